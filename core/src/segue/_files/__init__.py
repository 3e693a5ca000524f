"""Files: written whole or not at all, verified, converted, tagged and named."""
