"""Every bad input that the issue of feeds names ends in quarantine with a clerk's reason, or refuses the whole file."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from fourfold.intake import services
from fourfold.intake.models import Allegation, ImportRun, Quarantined
from fourfold.intake.terms import CannotImport, Totals
from tests.cast import NOW, Cast
from tests.faults.test_import_broken import line
from tests.intake.feeds import HEADER, row, small
from tests.intake.test_importing import proven

HEAD = (",".join(HEADER) + "\n").encode()
GOOD = [line(*row(f"good-{number}")) for number in range(60)]
NAMES = ("Анна Каренина", "王小明", "محمد علي", "Ἀθηνᾶ", "ശ്രീദേവി", "Zoë Ångström", "🙂 Kim", "Núñez‐Íñiguez")


def imported(cast: Cast, folder: Path, content: bytes, **more: Any) -> Totals:
    """Import bytes as a feed and check that the totals hold."""
    path = folder / "feed.csv"
    path.write_bytes(content)
    totals = services.import_file(actor=cast.analyst, path=path, mapping=small(**more), site="northmoor", at=NOW)
    assert totals.read == totals.accepted + totals.duplicates + totals.quarantined
    return totals


def test_all_of_them_in_one_file_cost_their_own_rows_alone(cast: Cast, tmp_path: Path) -> None:
    bad = {
        "encoding": line(*row("mixed", Name="Zoë")).replace("ë".encode(), b"\xeb"),
        "quote not closed": line(*row("open")).replace(b"He texted", b'"He texted'),
        "header repeated": HEAD,
        "no such date": line(*row("serial", Told="46349.4")),
        "hour of the clock change": line(*row("clocks", When="25/10/2026 01:30")),
        "cell too large": line(*row("large", Story="x" * 1_000_000)),
        "reference used twice": line(*row("good-3", Story="another crime altogether")),
    }
    scripts = [line(*row(f"name-{number}", Name=name)) for number, name in enumerate(NAMES)]
    cut = line(*row("cut"))[:30]
    rows = [*GOOD[:30], *bad.values(), HEAD.upper(), *scripts, *GOOD[30:], cut]
    totals = imported(cast, tmp_path, HEAD + b"".join(rows))
    assert dict(totals.reasons) == {**dict.fromkeys(bad, 1), "header repeated": 2, "row breaks off": 1}
    assert totals.accepted == len(GOOD) + len(NAMES)
    kept = Allegation.objects.unscoped("test").filter(reference__startswith="name-")
    assert set(kept.values_list("victim_name", flat=True)) == set(NAMES)
    for held in Quarantined.objects.all():
        assert held.reason.endswith(".")
        assert not {"Traceback", "Exception", "None", "codec"} & set(held.reason.split())
    assert proven()


def test_rows_in_utf_8_among_rows_of_windows_wait_and_nobody_is_misspelt(cast: Cast, tmp_path: Path) -> None:
    of_windows = line(*row("w", Name="Zoë")).decode().encode("cp1252")
    content = HEAD + b"".join(GOOD) + of_windows + line(*row("u", Name="Zoë"))
    totals = imported(cast, tmp_path, content, file={"encoding": "cp1252"})
    assert (totals.accepted, dict(totals.reasons)) == (61, {"encoding": 1})
    assert Allegation.objects.unscoped("test").get(reference="w").victim_name == "Zoë"
    assert "it means “Zoë”" in Quarantined.objects.get().reason


def test_a_quote_that_is_never_closed_deep_in_the_file_costs_one_row(cast: Cast, tmp_path: Path) -> None:
    rows = [line(*row(str(number))) for number in range(3_000)]
    rows[2_700] = rows[2_700].replace(b"He texted", b'"He texted')
    totals = imported(cast, tmp_path, HEAD + b"".join(rows))
    assert (totals.accepted, dict(totals.reasons)) == (2_999, {"quote not closed": 1})
    assert Quarantined.objects.get().row_number == 2_702


@pytest.mark.parametrize(
    ("kind", "content", "said"),
    [
        ("csv", "Ref;Told\n1;2\n".encode("utf-16"), "begins as utf-16 does"),
        ("csv", HEAD + "".join("Zoë" + "," * 8 + "\n" for _ in range(50)).encode("cp1252"), "The file is not utf-8"),
        ("xlsx", b"PK\x03\x04" + b"x" * 200, "not a workbook"),
        ("parquet", b"PAR1" + b"x" * 200, "damaged or breaks off"),
        ("jsonl", b"Ref,Told\n1,2\n", "no JSON records"),
        ("jsonl", json.dumps([{"Ref": "1"}]).encode(), "one JSON list"),
    ],
)
def test_a_file_that_is_something_else_is_refused_before_anything_is_stored(
    cast: Cast, tmp_path: Path, kind: str, content: bytes, said: str
) -> None:
    with pytest.raises(CannotImport, match=said):
        imported(cast, tmp_path, content, file={"kind": kind})
    assert not ImportRun.objects.exists()


def test_a_workbook_that_breaks_off_after_many_rows_is_refused_before_the_first(cast: Cast, tmp_path: Path) -> None:
    book = Workbook()
    for cells in (HEADER, *(row(str(number)) for number in range(1_200))):
        book.active.append(list(cells))
    book.save(tmp_path / "whole.xlsx")
    with zipfile.ZipFile(tmp_path / "whole.xlsx") as whole, zipfile.ZipFile(tmp_path / "cut.xlsx", "w") as cut:
        for member in whole.infolist():
            content = whole.read(member)
            is_sheet = member.filename.startswith("xl/worksheets/")
            cut.writestr(member.filename, content[: len(content) * 9 // 10] if is_sheet else content)
    with pytest.raises(CannotImport, match=r"breaks off|damaged|not a workbook"):
        imported(cast, tmp_path, (tmp_path / "cut.xlsx").read_bytes(), file={"kind": "xlsx"})
    assert not Allegation.objects.unscoped("test").exists()
    assert not ImportRun.objects.exists()
