"""What core adds to an effect, and the loops that run a flow."""
