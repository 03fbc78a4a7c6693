"""Captions a person can read: where to break, and when to show what."""
