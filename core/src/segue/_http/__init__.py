"""The drivers and their network."""
