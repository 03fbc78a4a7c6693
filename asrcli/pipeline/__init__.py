"""What happens to a recording, one stage per module."""
