"""What was done, found and failed: the journal's database, and what can be asked of it."""
