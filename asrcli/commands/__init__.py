"""What the user types: one group of commands per file, thin, nothing decided here twice."""
