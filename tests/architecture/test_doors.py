"""Every door that was once found open is attacked by a test that each engine runs, whatever it asks of the database."""

from __future__ import annotations

import ast
from pathlib import Path

TESTS = Path(__file__).parents[1]
#: Marks that keep a test to one engine.
KEPT = ("one_database", ".postgres")
#: What a test of it shows: nobody makes those who approve, or themselves the officer; a referral is no oracle, a number
#: gives no name and a told one is not used; what is withdrawn stays in; the log stays clean and names forged rows; a pack
#: gives nothing away, nor does a message; nobody locks others out; signing in, the host, a transfer; and no input fails.
DOORS = {
    *("accounts", "parts", "referrals", "numbers", "safe contact", "withdrawal", "the log", "forged rows"),
    *("redaction", "messages", "lock-out", "sign-in", "the host", "transfers", "bad input"),
}


def attacked() -> set[str]:
    """Return the doors at which a test attacks that is not kept to one engine."""
    found = set()
    for path in TESTS.rglob("test_*.py"):
        text = path.read_text(encoding="utf-8")
        if "mark.door(" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            marks = [ast.unparse(each) for each in getattr(node, "decorator_list", ())]
            if not any(one in mark for mark in marks for one in KEPT):
                found |= {ast.literal_eval(mark.partition("door(")[2][:-1]) for mark in marks if "mark.door(" in mark}
    return found


def test_every_door_is_attacked_on_each_engine() -> None:
    assert attacked() == DOORS
