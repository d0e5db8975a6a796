"""Reading about people: their records, and how a victim may be reached."""

from fourfold.people.queries.records import found, subject, victim

__all__ = ["found", "subject", "victim"]
