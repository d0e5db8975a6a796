"""API: the same services for machines, with the same actor."""
