"""Forks, event loops, threads and tracebacks: what the process around Segue brings with it."""
