"""Governance: correction, disclosure, retention, oversight."""
