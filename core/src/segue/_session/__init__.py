"""The session of a client: its state, and the flows of its methods."""
