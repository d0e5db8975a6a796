"""Intake: what was reported, word for word."""
