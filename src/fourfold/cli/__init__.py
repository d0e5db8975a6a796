"""The fourfold command: the same services from a terminal."""
