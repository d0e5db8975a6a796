"""Linkage: is this the same person, the same course of conduct? It proposes; a person decides."""
