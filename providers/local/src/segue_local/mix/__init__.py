"""From rendered notes to a finished stereo mix, block by block."""
