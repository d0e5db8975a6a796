"""The invented export has every column that the shipped example mapping reads, and no other."""

from __future__ import annotations

from pathlib import Path

from fourfold.demo import feed
from fourfold.intake.mapping_drafts import checked
from fourfold.intake.mappings import read_mapping
from tests.cast import NOW


def test_the_export_has_every_column_of_the_mapping(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    feed.write(path, [feed.act("1", NOW, "8Q", "He waited at the bus stop again.")])
    found = checked(path, read_mapping(feed.MAPPING), at=NOW)
    assert (found.read, found.accepted, found.unread) == (1, 1, ())
