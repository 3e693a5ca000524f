"""Configuration files, their settings, credentials and addresses."""
