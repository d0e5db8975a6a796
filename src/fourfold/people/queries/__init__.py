"""Reading about people: their records, and how a victim may be reached."""

from fourfold.people.queries.records import found, subject, subject_row, victim, victim_row

__all__ = ["found", "subject", "subject_row", "victim", "victim_row"]
