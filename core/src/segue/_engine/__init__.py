"""Core's own flows: submit, wait, download, resume, failover. Pure."""
