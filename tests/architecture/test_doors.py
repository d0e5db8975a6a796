"""Every door that was once found open is attacked by a test that each engine runs, and has its row on the page of doors."""

from __future__ import annotations

import ast
import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs/reference/doors.md"
#: Marks that keep a test to one engine.
KEPT = ("one_database", ".postgres")
#: What a test of it shows: nobody makes those who approve, or themselves the officer; a referral is no oracle, a number
#: gives no name and a told one is not used; what is withdrawn stays in; the log stays clean and names forged rows; a pack
#: gives nothing away, nor does a message; nobody locks others out; signing in, the host, a transfer; and no input fails.
DOORS = {
    *("accounts", "parts", "referrals", "numbers", "safe contact", "withdrawal", "the log", "forged rows"),
    *("redaction", "messages", "lock-out", "sign-in", "the host", "transfers", "bad input"),
}
SAID = ("Attack", "Rule", "Tests", "Siblings")
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def attacked() -> dict[str, set[str]]:
    """Return the doors at which a test attacks that is not kept to one engine, with these tests."""
    found: dict[str, set[str]] = {}
    for path in TESTS.rglob("test_*.py"):
        text = path.read_text(encoding="utf-8")
        if "mark.door(" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            marks = [ast.unparse(each) for each in getattr(node, "decorator_list", ())]
            if not any(one in mark for mark in marks for one in KEPT):
                for mark in (mark for mark in marks if "mark.door(" in mark):
                    door = ast.literal_eval(mark.partition("door(")[2][:-1])
                    name = f"{path.relative_to(TESTS.parent).as_posix()}::{node.name}"  # type: ignore[attr-defined]
                    found.setdefault(door, set()).add(name)
    return found


def rows() -> dict[str, dict[str, str]]:
    """Return what the page says of each door, by its heading and by what is said."""
    doors = PAGE.read_text(encoding="utf-8").partition("\n## What stays")[0].split("\n## ")[1:]
    return {
        door.partition("\n")[0]: dict(
            re.findall(r"^- \*\*(\w+):\*\* (.+?)(?=^- \*\*|\Z)", door, re.MULTILINE | re.DOTALL)
        )
        for door in doors
    }


def test_every_door_is_attacked_on_each_engine() -> None:
    assert attacked().keys() == DOORS


def test_the_page_names_for_each_door_attack_rule_tests_and_siblings_that_exist() -> None:
    page, marked = rows(), attacked()
    assert page.keys() == DOORS
    for door, said in page.items():
        assert said.keys() == set(SAID), door
        rule = [PAGE.parent / path for path in re.findall(r"\]\((\S+?)\)", said["Rule"])]
        assert rule, door
        assert all(path.resolve().is_file() for path in rule), rule
        named = {f"{path}::{name}" for path, name in NAMED.findall(said["Tests"])}
        assert named >= marked[door], door
    for path, name in NAMED.findall(PAGE.read_text(encoding="utf-8")):
        assert f"def {name}(" in (TESTS.parent / path).read_text(encoding="utf-8"), f"{path}::{name}"
