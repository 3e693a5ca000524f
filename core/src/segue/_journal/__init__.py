"""The journal as a SQLite file, and the rules that every journal uses."""
