"""Audit: who did, saw or was refused what; append-only and provable."""
