"""Access: roles, purposes, compartments, grants and walls: who may see what, and why."""
