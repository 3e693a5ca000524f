"""Providers and hooks: found, loaded and validated."""
