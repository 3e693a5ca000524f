"""Plain values that know nothing of jobs: texts, redaction, suggestions, descriptions."""
