"""Broken feeds: every fault in one file, and each costs its own row alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from fourfold.audit import queries as audit_queries
from fourfold.intake import queries, services
from fourfold.intake.models import Allegation, Quarantined
from tests.cast import NOW, Cast
from tests.intake.feeds import HEADER, row, small, text_of


def line(*cells: str) -> bytes:
    """Return one row as it stands in a file, without the header."""
    return text_of([cells]).split("\n", 1)[1].encode()


GOOD = [line(*row(f"good-{number}")) for number in range(40)]
BAD = {
    "no such date": line(*row("b1", Told="31/02/2026")),
    "date in the future": line(*row("b2", When="01/01/2030 10:00", Told="01/01/2030")),
    "wrong number of cells": line(*row("b3"), "one more"),
    "required cell is empty": line(*row("")),
    "code not in the mapping": line(*row("b5", Class="ZZ")),
    "reference used twice": line(*row("good-0", Story="something else")),
    "cell too large": line(*row("b7", Story="x" * 10_000_000)),
    "character that no text holds": line(*row("b8", Story="a\x00b")),
    "encoding": line(*row("b9")).replace(b"Anna", b"Ann\xe9"),
    "quote not closed": line(*row("b10")).replace(b"He texted", b'"He texted'),
}
FORMULA = line(*row("formula", Story="=SUM(A1:A9)"))


def broken(folder: Path) -> Path:
    """Write a file with every fault between good rows, with a byte order mark and rows of several lines."""
    story = line(*row("story", Story='First line,\nsecond "line"\n\nlast'))
    rows = [*GOOD[:20], FORMULA, *BAD.values(), story, *GOOD[20:]]
    path = folder / "broken.csv"
    path.write_bytes(b"\xef\xbb\xbf" + (",".join(HEADER) + "\n").encode() + b"".join(rows))
    return path


def test_every_fault_costs_its_own_row_alone(cast: Cast, tmp_path: Path) -> None:
    path = broken(tmp_path)
    totals = services.import_file(actor=cast.analyst, path=path, mapping=small(), site="northmoor", at=NOW)
    assert dict(totals.reasons) == dict.fromkeys(BAD, 1)
    assert (totals.read, totals.accepted, totals.quarantined) == (42 + len(BAD), 42, len(BAD))
    words = dict(Allegation.objects.unscoped("test").values_list("reference", "words"))
    assert words["formula"] == "=SUM(A1:A9)"
    assert words["story"] == 'First line,\nsecond "line"\n\nlast'
    assert audit_queries.verify().clean
    assert list(queries.faults_of_batches()) == []


def test_running_it_again_changes_nothing(cast: Cast, tmp_path: Path) -> None:
    path = broken(tmp_path)
    for _ in range(2):
        totals = services.import_file(actor=cast.analyst, path=path, mapping=small(), site="northmoor", at=NOW)
    assert (totals.accepted, totals.duplicates, totals.quarantined) == (0, 42, len(BAD))
    assert Quarantined.objects.count() == len(BAD)


def test_what_waits_can_be_read_by_a_person(cast: Cast, tmp_path: Path) -> None:
    services.import_file(actor=cast.analyst, path=broken(tmp_path), mapping=small(), site="northmoor", at=NOW)
    held = {one.fault: one for one in Quarantined.objects.all()}
    assert held["no such date"].row_number == 23
    assert held["no such date"].column == "Told"
    large = held["cell too large"]
    assert large.raw["Story"]["length"] == 10_000_000
    assert len(large.raw["Story"]["sha256"]) == 64
    assert len(json.dumps(large.raw)) < 5_000, "a cell of ten megabytes is not kept whole"
    assert held["character that no text holds"].raw["Story"] == "a\\x00b"
    assert held["encoding"].raw["Name"] == "Ann\\xe9 Karlsen"
    for one in held.values():
        assert one.reason.endswith(".")
        assert len(one.reason) > 20


def test_a_file_of_broken_rows_alone_is_read_to_its_end(cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes((",".join(HEADER) + "\n").encode() + b"\n".join([b'"' + b"x" * 50] * 300))
    totals = services.import_file(actor=cast.analyst, path=path, mapping=small(), site="northmoor", at=NOW)
    assert (totals.read, totals.quarantined) == (300, 300)


@pytest.mark.parametrize(
    "content", [b"\x00" * 1000, b"\xff" * 1000, b"PK\x03\x04" + bytes(range(256)) * 40, b"%PDF-1.7\n%\xe2\xe3"]
)
def test_what_is_no_feed_at_all_is_refused_in_words(cast: Cast, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "feed.csv"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"[A-Z].{20,}\."):
        services.import_file(actor=cast.analyst, path=path, mapping=small(), site="northmoor", at=NOW)
    assert not Allegation.objects.unscoped("test").exists()


MEASURE = """
import resource, sys
from pathlib import Path
from fourfold.gateways import delimited
from fourfold.intake.services.sorting import Seen, read_rows
from fourfold.intake.rules.feeds import Reader
from tests.intake.feeds import small
from tests.cast import NOW
lines = delimited.lines(Path(sys.argv[1]), encoding="utf-8", delimiter=",")
reader, seen, count = Reader(small(), next(lines).cells, site="x", at=NOW), Seen(), 0
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for line in lines:
    so_far, _ = read_rows([line], reader, seen)
    count += so_far.read
print(count, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_a_feed_is_never_whole_in_memory(tmp_path: Path) -> None:
    """Three hundred thousand rows cost what one batch does: what was seen lies on disk."""
    path = tmp_path / "long.csv"
    with path.open("w") as file:
        file.write(",".join(HEADER) + "\n")
        for number in range(300_000):
            file.write(",".join(row(str(number))) + "\n")
    environment = {"DJANGO_SETTINGS_MODULE": "fourfold.config.settings", "FOURFOLD_DATA_DIR": str(tmp_path / "data")}
    script = f"import django; django.setup()\n{MEASURE}"
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
        env={**environment, "PATH": "/usr/bin"},
    )
    rows, megabytes = map(int, done.stdout.split())
    assert rows == 300_000
    assert megabytes < 40
