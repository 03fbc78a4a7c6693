"""Word lists: reading, checking and merging them. Values in, values out; no pipeline, no engine."""
