"""Running unattended: when to stop, what to leave behind, whom to tell, and how to be started."""
