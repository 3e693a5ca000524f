"""The drivers, and HTTP."""
