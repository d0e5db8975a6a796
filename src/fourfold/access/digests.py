"""What a line a day says to whoever works here: two numbers, and nothing else."""

#: One title for every digest: a mailbox is read over a shoulder, and by whoever hosts it.
TITLE = "Work"


def text(today: int, late: int) -> str:
    """Return the whole of what a digest says: how many things are due today and overdue, never which or about whom."""
    said = [f"{today} due today"] if today else []
    said += [f"{late} overdue"] if late else []
    return f"{', '.join(said).capitalize() or 'Nothing due'}. Sign in to see what.\n"
