"""Forks, event loops, threads and tracebacks of the process."""
