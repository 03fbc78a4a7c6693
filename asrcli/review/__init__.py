"""Doubt: which sentences a person should hear first, and why."""
