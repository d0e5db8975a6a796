"""Every item of the model's documentation names a file that is there, and no file of the model goes unnamed for long."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[3] / "docs/reference/capacity.md"
ROW = re.compile(r"^\| (?P<item>[^|]+) \| [^|]+ \| (?P<shown>[^|]+) \|$", re.MULTILINE)


def test_every_item_is_shown_by_a_file_that_is_there():
    rows = [row for row in ROW.finditer(PAGE.read_text(encoding="utf-8")) if row["item"] not in ("item", "---")]
    assert len(rows) >= 20
    for row in rows:
        links = re.findall(r"\]\(([^)]+)\)", row["shown"])
        assert links, row["item"]
        for link in links:
            assert (PAGE.parent / link).resolve().is_file(), f"{row['item']}: {link}"


def test_all_parts_of_the_check_list_are_there():
    text = PAGE.read_text(encoding="utf-8")
    for item in ("1.1", "1.2", "1.3", "2.1", "2.2", "2.3", "2.4", "2.5", "3.1", "3.2", "3.3", "3.4", "4.1", "4.2", "4.3", "5.1",
                 "5.2", "5.3", "5.4", "6.1"):  # fmt: skip
        assert f"\n| {item} " in text, item
