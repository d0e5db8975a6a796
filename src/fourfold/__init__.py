"""Fourfold: how a multi-agency stalking unit works, and how a programme learns what protects people."""
