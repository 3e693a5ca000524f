"""What stands behind a client."""
