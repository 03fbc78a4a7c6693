"""What a night can do to a run: killed, full, locked, corrupt; and still nothing is lost."""
