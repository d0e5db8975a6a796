"""Decisions of governance as pure functions: may this leave, is this document clean, when is a case looked at again."""
