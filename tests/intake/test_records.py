"""JSON Lines and Parquet: the same lines as a text file gives, and one record's trouble never another's."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from fourfold.gateways import columnar, json_lines, text_lines
from fourfold.gateways.tables import CannotRead, Line, Trouble


def lines(folder: Path, content: str | bytes) -> list[Line]:
    """Write a file of records and read it."""
    path = folder / "feed.jsonl"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(json_lines.lines(path, encoding="utf-8"))


def table(path: Path, select: str) -> Path:
    """Write the answer to a question as Parquet."""
    with duckdb.connect() as memory:
        memory.execute(f"COPY ({select}) TO '{path}' (FORMAT parquet)")
    return path


# ---- JSON Lines ---------------------------------------------------------------------------------------------------


def test_the_columns_are_all_keys_that_occur(tmp_path: Path) -> None:
    found = lines(tmp_path, '\ufeff{"a": 1}\n\n{"b": "x", "a": null}\n')
    assert [line.cells for line in found] == [("a", "b"), ("1", ""), ("", "x")]
    assert [line.number for line in found] == [0, 1, 3]


@pytest.mark.parametrize(
    ("value", "cells"),
    [
        ({"n": 1.10}, {"n": "1.1"}),
        ({"yes": True, "no": False}, {"yes": "TRUE", "no": "FALSE"}),
        ({"victim": {"name": "Zoë", "at": {"post": "N1"}}}, {"victim.name": "Zoë", "victim.at.post": "N1"}),
        ({"codes": ["8Q", "58B"]}, {"codes": "8Q; 58B"}),
        ({"people": [{"role": "V"}, {"role": "S"}]}, {"people.1.role": "V", "people.2.role": "S"}),
        ({"words": 'a\nb,"c"'}, {"words": 'a\nb,"c"'}),
        ({"name": "Анна 安娜 أنا"}, {"name": "Анна 安娜 أنا"}),
    ],
)
def test_a_record_may_hold_others(tmp_path: Path, value: dict[str, object], cells: dict[str, str]) -> None:
    header, row = lines(tmp_path, json.dumps(value))
    assert dict(zip(header.cells, row.cells, strict=True)) == cells


def test_numbers_come_as_they_are_written(tmp_path: Path) -> None:
    assert lines(tmp_path, '{"a": 12345678901234567890.10}')[1].cells == ("12345678901234567890.10",)


@pytest.mark.parametrize(
    ("line", "trouble"),
    [
        ('{"a": 1, "a": 2}', Trouble.KEY_TWICE),
        ('{"v": {"x": 1, "x": 2}}', Trouble.KEY_TWICE),
        ('{"v.x": 1, "v": {"x": 2}}', Trouble.KEY_TWICE),
        ("[1, 2]", Trouble.NOT_A_RECORD),
        ('"text"', Trouble.NOT_A_RECORD),
        ("{'a': 1}", Trouble.NOT_A_RECORD),
        ('{"a": NaN}', Trouble.NOT_A_RECORD),
        ('{"a":' + "[" * 100_000, Trouble.NOT_A_RECORD),
    ],
)
def test_a_line_that_is_no_record_costs_itself_alone(tmp_path: Path, line: str, trouble: Trouble) -> None:
    _, *found = lines(tmp_path, f'{{"a": "before"}}\n{line}\n{{"a": "after"}}\n')
    assert [one.trouble for one in found] == [None, trouble, None]
    assert found[2].cells[0] == "after"


def test_the_last_record_cut_in_two_says_that_the_file_ends_there(tmp_path: Path) -> None:
    assert lines(tmp_path, '{"a": 1}\n{"a": "cut of')[-1].trouble is Trouble.BROKEN_OFF


def test_a_line_too_long_to_hold_comes_with_its_length_and_hash(tmp_path: Path) -> None:
    large = json.dumps({"a": "x" * text_lines.LONGEST_ROW})
    _, first, second = lines(tmp_path, f'{large}\n{{"a": 1}}\n')
    assert (first.trouble, first.length, len(first.sha256)) == (Trouble.TOO_LARGE, len(large) + 1, 64)
    assert second.cells == ("1",)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('[{"a": 1},\n{"a": 2}]\n', "one JSON list"),
        ("a,b\n1,2\n3,4\n", "3 of 3 lines are no JSON records"),
        ("\n".join(json.dumps({f"k{n}": 1}) for n in range(2_001)), "more than 2,000 keys"),
    ],
)
def test_what_is_no_file_of_records_is_refused_before_a_record_is_given(
    tmp_path: Path, content: str, said: str
) -> None:
    with pytest.raises(CannotRead, match=said):
        lines(tmp_path, content)


# ---- Parquet ------------------------------------------------------------------------------------------------------


def test_parquet_gives_the_texts_that_a_text_file_would(tmp_path: Path) -> None:
    path = table(
        tmp_path / "feed.parquet",
        "SELECT 1 AS id, DATE '2026-11-23' AS day, TIMESTAMP '2026-11-23 10:05:00' AS at, TRUE AS yes, NULL AS none, "
        "TIMESTAMPTZ '2026-11-23 00:00:00+00' AS zoned, encode('Zoë') AS bytes, ['8Q', '58B'] AS codes",
    )
    header, row = columnar.lines(path)
    assert dict(zip(header.cells, row.cells, strict=True)) == {
        "id": "1",
        "day": "2026-11-23",
        "at": "2026-11-23 10:05:00",
        "yes": "TRUE",
        "none": "",
        "zoned": "2026-11-23 00:00:00+00:00",
        "bytes": "Zoë",
        "codes": "8Q; 58B",
    }


def test_parquet_may_hold_people_within_a_row(tmp_path: Path) -> None:
    path = table(
        tmp_path / "feed.parquet",
        "SELECT 1 AS id, [{'role': 'V', 'name': 'A'}] AS people "
        "UNION ALL SELECT 2, [{'role': 'S', 'name': 'B'}, {'role': 'V', 'name': 'C'}]",
    )
    header, first, second = columnar.lines(path)
    assert header.cells == ("id", "people.1.role", "people.1.name", "people.2.role", "people.2.name")
    assert first.cells == ("1", "V", "A", "", "")
    assert second.cells == ("2", "S", "B", "V", "C")


@pytest.mark.parametrize("kept", [4, 0.5, 0.9])
def test_parquet_that_breaks_off_or_is_none_is_refused(tmp_path: Path, kept: float) -> None:
    path = table(tmp_path / "feed.parquet", "SELECT range AS id, repeat('x', 50) AS words FROM range(1000)")
    whole = path.read_bytes()
    path.write_bytes(whole[: int(kept if kept > 1 else len(whole) * kept)])
    with pytest.raises(CannotRead, match=r"damaged or breaks off"):
        columnar.examine(path)
    path.write_bytes(b"Ref,Told\n1,2\n")
    with pytest.raises(CannotRead, match="is not Parquet"):
        columnar.examine(path)


def test_parquet_with_flipped_bytes_is_refused_or_read_to_its_end(tmp_path: Path) -> None:
    path = table(tmp_path / "feed.parquet", "SELECT range AS id, hash(range)::VARCHAR AS words FROM range(5000)")
    whole = bytearray(path.read_bytes())
    for place in range(200, len(whole), len(whole) // 12):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            columnar.examine(path)
        except CannotRead:
            continue
        assert sum(1 for _ in columnar.lines(path)) == 5_001


MEASURE = """
import resource, sys
from pathlib import Path
from fourfold.gateways import columnar, json_lines
path = Path(sys.argv[1])
lines = columnar.lines(path) if path.suffix == ".parquet" else json_lines.lines(path, encoding="utf-8")
next(lines), next(lines)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
count = sum(1 for _ in lines)
print(count, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.parametrize("kind", ["parquet", "jsonl"])
def test_a_feed_of_records_is_never_whole_in_memory(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"feed.{kind}"
    select = "SELECT range AS id, repeat(hash(range)::VARCHAR, 50) AS words FROM range(100000)"
    with duckdb.connect() as memory:
        memory.execute(f"COPY ({select}) TO '{path}' (FORMAT {'parquet' if kind == 'parquet' else 'json'})")
    done = subprocess.run([sys.executable, "-c", MEASURE, str(path)], capture_output=True, text=True, check=True)
    rows, megabytes = map(int, done.stdout.split())
    assert rows == 99_999
    assert megabytes < 60, f"a hundred thousand rows of 1,000 characters took {megabytes} MB"
