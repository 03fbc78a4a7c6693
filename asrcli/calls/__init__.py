"""Calls: what the channels of a recording hold, who leaks into whom, and who spoke how long."""
