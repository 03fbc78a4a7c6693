"""Programs that the benchmark starts: one for each tool, as its own documentation uses it."""
