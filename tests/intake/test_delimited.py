"""Text files of rows: taken apart as Python's own reader would, and one row's trouble never another's."""

from __future__ import annotations

import csv
import hashlib
import io
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fourfold.gateways import delimited, text_lines
from fourfold.gateways.tables import CannotRead, Line, Trouble
from tests.intake.feeds import REPOSITORY, real


def lines(path: Path, content: str | bytes, **more: str) -> list[Line]:
    """Write a file and read it."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    given_ = {"encoding": "utf-8", "delimiter": ",", **more}
    text_lines.examine(path, given_["encoding"])
    return list(delimited.lines(path, **given_))


def cells(found: list[Line]) -> list[tuple[str, ...]]:
    """Return the cells of the rows without trouble."""
    return [line.cells for line in found if line.trouble is None]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "feed.csv"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a,b\n1,2\n", [("a", "b"), ("1", "2")]),
        ("a,b\r\n1,2\r\n", [("a", "b"), ("1", "2")]),
        ("a,b\r1,2", [("a", "b"), ("1", "2")]),
        ("a,b\n1,2", [("a", "b"), ("1", "2")]),
        ('a,b\n"1,1","2""2"\n', [("a", "b"), ("1,1", '2"2')]),
        ('a,b\n"1\n1",2\n3,4\n', [("a", "b"), ("1\n1", "2"), ("3", "4")]),
        ('a,b\n"1\r\n\r\n1",2\n', [("a", "b"), ("1\r\n\r\n1", "2")]),
        ('a,b\n5" pipe,2\n3,4\n', [("a", "b"), ('5" pipe', "2"), ("3", "4")]),
        ('a,b\n1,"2"x\n', [("a", "b"), ("1", "2x")]),
        ("a,b\n\n,\n1,2\n\n", [("a", "b"), ("1", "2")]),
        ("a,b\n1\n1,2,3\n", [("a", "b"), ("1",), ("1", "2", "3")]),
        ("a,b\n =1+1,@x\n", [("a", "b"), (" =1+1", "@x")]),
        ("\ufeffa,b\n1,2\n", [("a", "b"), ("1", "2")]),
        ("a,b\n1,\x00\n", [("a", "b"), ("1", "\x00")]),
    ],
)
def test_rows_are_taken_apart(path: Path, content: str, expected: list[tuple[str, ...]]) -> None:
    assert cells(lines(path, content)) == expected


def test_another_delimiter(path: Path) -> None:
    assert cells(lines(path, 'a;b\n"1;1";2,2\n', delimiter=";")) == [("a", "b"), ("1;1", "2,2")]


def test_a_row_has_the_number_of_the_line_on_which_it_begins(path: Path) -> None:
    assert [line.number for line in lines(path, 'a,b\n"1\n1\n1",2\n\n3,4\n')] == [1, 2, 6]


cell = st.text(st.characters(codec="utf-8", exclude_characters="\x00", exclude_categories=("Cs",)), max_size=8)


@settings(max_examples=200)
@given(table=st.lists(st.tuples(cell, cell, cell).filter(any), min_size=1, max_size=8))
def test_what_a_writer_wrote_is_what_is_read(
    table: list[tuple[str, str, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("written") / "feed.csv"
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([("x", "y", "z"), *table])
    assert cells(lines(path, out.getvalue()))[1:] == table


@settings(max_examples=300)
@given(text=st.text(alphabet='a",\n', max_size=12), opened=st.booleans())
def test_a_quote_is_open_where_python_sees_it_open(text: str, opened: bool) -> None:
    line = text.replace("\n", "")
    begun = '"' if opened else ""
    rows = list(csv.reader([begun + line + "\n", "END\n"]))
    joined = len(rows) == 1 and "END" in rows[0][-1]
    assert delimited.leaves_open(line, ",", opened=opened) is joined


def test_every_row_of_the_public_feeds_is_as_python_reads_it(tmp_path: Path) -> None:
    for name in ("chicago_crimes", "chicago_crimes_2022_slim", "lapd_crimes"):
        path, _, _ = real(name, tmp_path)
        with path.open(newline="") as file:
            expected = [tuple(row) for row in csv.reader(file)]
        assert cells(list(delimited.lines(path, encoding="utf-8", delimiter=","))) == expected


# ---- quotes that nobody closed -------------------------------------------------------------------------------------


def test_a_quote_never_closed_costs_its_own_row_alone(path: Path) -> None:
    found = lines(path, 'a,b\n1,2\n3,"4\n5,6\n7,8\n')
    assert cells(found) == [("a", "b"), ("1", "2"), ("5", "6"), ("7", "8")]
    assert [(line.number, line.trouble, line.cells) for line in found if line.trouble] == [
        (3, Trouble.UNCLOSED, ('3,"4',))
    ]


def test_a_quote_closed_by_a_later_stray_one_costs_its_own_row_alone(path: Path) -> None:
    found = lines(path, 'a,b\n1,"2\n3,4\n5,"6"\n7,8\n')
    assert cells(found) == [("a", "b"), ("3", "4"), ("5", "6"), ("7", "8")]
    assert [line.number for line in found if line.trouble] == [2]


def test_rows_inside_a_cell_are_rows_when_the_file_is_wide(path: Path) -> None:
    found = lines(path, 'a,b,c,d,e\n1,2,3,4,"5\n1,2,3,4,5\n1,2,3,4,5" and more\n1,2,3,4,5\n')
    assert [line.number for line in found if line.trouble] == [2]
    assert len(cells(found)) == 4


def test_a_story_with_commas_and_lines_is_no_row(path: Path) -> None:
    story = "He came, then he left,\nand came, again, later.\n\nThen: nothing."
    out = io.StringIO()
    csv.writer(out).writerows([("a", "b", "c", "d", "e"), ("1", "2", "3", "4", story)])
    assert cells(lines(path, out.getvalue()))[1][-1] == story


def test_many_open_quotes_cost_one_row_each(path: Path) -> None:
    rows = "".join(f'{number},"x\n' if number % 10 == 0 else f"{number},x\n" for number in range(1, 101))
    found = lines(path, "a,b\n" + rows)
    assert len(found) == 101
    assert len([line for line in found if line.trouble]) == 10


# ---- size ----------------------------------------------------------------------------------------------------------


def test_a_cell_of_ten_megabytes_is_one_row_and_the_next_is_read(path: Path) -> None:
    found = lines(path, "a,b\n1," + "x" * 10_000_000 + "\n3,4\n")
    assert len(found[1].cells[1]) == 10_000_000
    assert found[2].cells == ("3", "4")


def test_a_row_too_large_to_take_apart_keeps_its_beginning_length_and_hash(path: Path) -> None:
    row = "1," + "x" * (text_lines.LONGEST_ROW + 10) + "\n"
    found = lines(path, f"a,b\n{row}3,4\n")
    large = found[1]
    assert (large.number, large.trouble, large.length) == (2, Trouble.TOO_LARGE, len(row))
    assert large.sha256 == hashlib.sha256(row.encode()).hexdigest()
    assert large.cells[0].startswith("1,xxx")
    assert len(large.cells[0]) == text_lines.SHOWN
    assert found[2].cells == ("3", "4")


def test_a_row_too_large_at_the_end_of_the_file(path: Path) -> None:
    found = lines(path, "a,b\n1," + "x" * (text_lines.LONGEST_ROW * 2))
    assert [line.trouble for line in found] == [None, Trouble.TOO_LARGE]


def test_reading_holds_a_row_at_a_time(path: Path) -> None:
    path.write_text("a,b\n" + "1,2\n" * 300_000)
    tracemalloc.start()
    assert sum(1 for _ in delimited.lines(path, encoding="utf-8", delimiter=",")) == 300_001
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000


# ---- encodings -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "named"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("cp1252", "cp1252"), ("latin-1", "latin-1"), ("utf-16", "utf-16")],
)
def test_text_is_read_in_the_encoding_that_was_named(path: Path, encoding: str, named: str) -> None:
    found = lines(path, "a,b\nZoë,“x”\n".replace("“x”", "é").encode(encoding), encoding=named)
    assert cells(found) == [("a", "b"), ("Zoë", "é")]


@pytest.mark.parametrize(
    ("content", "encoding", "said"),
    [
        (b"", "utf-8", "The file is empty"),
        ("a,b\nZoë,x\n".encode("cp1252"), "utf-8", r"byte 7 \(line 2\) is 0xEB, which utf-8 cannot have there"),
        ("a,b\nZoë,x\n".encode(), "cp1252", "The file is utf-8, not cp1252"),
        ("a,b\n“Zoë”,x\n".encode(), "cp1252", "It is utf-8: change the encoding in the mapping to utf-8"),
        (bytes(range(256)) * 9, "cp1252", "It is not utf-8 either"),
        ("a,b\nZoë,x\n".encode(), "latin-1", "The file is utf-8, not latin-1"),
        ("a,b\n1,2\n".encode("utf-16"), "utf-8", "begins as utf-16 does, not utf-8"),
        ("a,b\n1,2\n".encode("utf-32"), "utf-8", "begins as utf-32 does"),
        (b"a,b\n\x81,2\n", "cp1252", "is 0x81, which cp1252 cannot have there"),
        (b"\xff\xfea\x00,", "utf-16", "The file is not utf-16"),
        ("a,b\nZoë,x\n".encode(), "ascii", "is 0xC3, which ascii cannot have there"),
    ],
)
def test_another_encoding_is_named_with_the_first_byte(path: Path, content: bytes, encoding: str, said: str) -> None:
    path.write_bytes(content)
    with pytest.raises(CannotRead, match=said):
        text_lines.examine(path, encoding)


def test_the_first_bad_byte_is_found_beyond_the_first_block(path: Path) -> None:
    path.write_bytes(b"x" * (text_lines.BLOCK - 1) + b"\n" + b"\xe9\n")
    with pytest.raises(CannotRead, match=rf"byte {text_lines.BLOCK + 1:,} \(line 2\)"):
        text_lines.examine(path, "utf-8")


def test_a_letter_across_two_blocks_is_a_letter(path: Path) -> None:
    path.write_bytes(b"x" * (text_lines.BLOCK - 1) + "é\n".encode())
    assert text_lines.examine(path, "utf-8").size == text_lines.BLOCK + 2


def test_a_letter_cut_at_the_end_is_named(path: Path) -> None:
    path.write_bytes(b"a,b\n1,2\n\xc3")
    with pytest.raises(CannotRead, match="byte 9"):
        text_lines.examine(path, "utf-8")


def test_one_bad_row_among_many_good_ones_is_that_rows_trouble(path: Path) -> None:
    found = lines(path, b"a,b\n" + b"1,2\n" * 100 + b"3,caf\xe9\n" + b"1,2\n")
    assert found[101].cells == ("3", "caf\udce9")
    assert len(found) == 103


def test_the_hash_is_that_of_the_bytes(path: Path) -> None:
    path.write_bytes(b"a,b\r\n1,2\r\n")
    examined = text_lines.examine(path, "utf-8")
    assert (examined.sha256, examined.size) == (hashlib.sha256(b"a,b\r\n1,2\r\n").hexdigest(), 10)


def test_nothing_here_reads_outside_the_repository_by_name() -> None:
    assert (REPOSITORY / "pyproject.toml").exists()


@settings(max_examples=60)
@given(
    st.lists(
        st.lists(st.sampled_from(["", "a", "é", '"b,c"', '"q""q"', 'q"q', '"', '"x\ny"', "\r"]), max_size=4),
        max_size=12,
    ),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["", "\n", '\n"open', "\nbroken"]),
)
def test_lines_taken_apart_together_are_those_taken_apart_one_by_one(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], ends: str, last: str
) -> None:
    path, together = tmp_path_factory.mktemp("lines") / "feed.csv", delimited.AT_ONCE
    content = ends.join(["h,i,j", *(",".join(cells) for cells in rows)]) + last
    found = lines(path, content)
    try:
        delimited.AT_ONCE = 0
        assert lines(path, content) == found
        delimited.AT_ONCE = 3
        assert lines(path, content) == found
    finally:
        delimited.AT_ONCE = together


# ---- files that leave ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", ["", "\n", "\ufeff", "\u00a0", " \t", "\u200b", "\u2060\u00ad", "\x0b"])
@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff20"])
def test_no_cell_of_a_file_is_a_formula_whatever_stands_before_it(before: str, sign: str) -> None:
    (cell,) = next(csv.reader(io.StringIO(delimited.written([[f"{before}{sign}1+1"]]), newline="")))
    assert cell == f"'{before}{sign}1+1"


@pytest.mark.parametrize(
    "text", ["calls;=1+1", 'calls";=1+1', "calls\t=1+1", "two\r\n=lines", "Northmoor", "14 Bank, top", ""]
)
def test_a_cell_stays_one_cell_and_what_computes_nothing_stays_as_it_is(text: str) -> None:
    file = delimited.written([[text, 3, -2]])
    assert list(csv.reader(io.StringIO(file, newline=""))) == [[text, "3", "-2"]]
    assert file.startswith('"') or not set(text) & set(";,\t\r\n")


def test_one_writer_writes_every_file_of_text() -> None:
    source = Path(delimited.__file__).parents[1]
    writers = {
        str(path.relative_to(source))
        for path in source.rglob("*.py")
        if "csv.writer" in path.read_text() or "csv.DictWriter" in path.read_text()
    }
    assert writers == {"demo/feed.py"}, (
        "the invented feed is read by Fourfold alone; a file for people goes through delimited.written"
    )
