"""How tasks and queries are constructed."""
