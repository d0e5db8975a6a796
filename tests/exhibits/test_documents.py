"""The writers of documents: what is in the value is in the file, nothing else is, and a screen reader finds its way."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import UTC, datetime

import docx as word
import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fourfold.gateways import documents
from fourfold.gateways.columns import column_widths, wide
from fourfold.gateways.documents import Document, Facts, Heading, Paragraph, Signature, Table
from fourfold.gateways.reading_back import docx_parts

WHOLE = Document(
    title="Panel decision FF-7KQ2M9T",
    subtitle="Sitting of 26 November 2026",
    marking="OFFICIAL-SENSITIVE. For one partner only.",
    made_at=datetime(2026, 11, 26, 14, 41, tzinfo=UTC),
    blocks=(
        Heading("How we understand it"),
        Paragraph("A first paragraph.\nA second one."),
        Facts((("Level", "very high"), ("Next review", "3 December 2026"))),
        Table("Measures decided", ("Measure", "Owner"), (("New lock", "Housing"), ("Arrest", "Police"))),
    ),
)


def text_of_pdf(content: bytes) -> str:
    """Everything that the pages say."""
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)


def text_of_docx(content: bytes) -> str:
    """Everything that the document says, tables and headers too."""
    file = word.Document(io.BytesIO(content))
    cells = [cell.text for table in file.tables for row in table.rows for cell in row.cells]
    header = file.sections[0].header.paragraphs
    return "\n".join([*(part.text for part in header), *(part.text for part in file.paragraphs), *cells])


ARIAL_DAY = 3.15
"""Centimetres of “27 November 2026” in Arial of 10.5 points, as its maker's table of widths has them."""

WRITERS = [(documents.pdf, text_of_pdf), (documents.docx, text_of_docx)]


@pytest.mark.parametrize(("write", "read"), WRITERS)
def test_everything_in_the_value_is_in_the_file(write, read) -> None:
    said = read(write(WHOLE))
    for words in (
        "Panel decision FF-7KQ2M9T",
        "Sitting of 26 November 2026",
        "OFFICIAL-SENSITIVE. For one partner only.",
        "How we understand it",
        "A first paragraph.",
        "A second one.",
        "Level: very high",
        "Measures decided",
        "New lock",
        "Police",
    ):
        assert words in said


def test_a_pdf_is_tagged_titled_and_says_its_language() -> None:
    reader = pypdf.PdfReader(io.BytesIO(documents.pdf(WHOLE)))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] == pypdf.generic.BooleanObject(True)
    assert root["/Lang"] == "en-GB"
    assert "/StructTreeRoot" in root
    assert root["/ViewerPreferences"]["/DisplayDocTitle"] == pypdf.generic.BooleanObject(True)
    assert reader.metadata is not None
    assert reader.metadata.title == WHOLE.title
    assert b"pdfuaid" in root["/Metadata"].get_object().get_data()


def test_a_pdf_has_headings_and_a_table_with_a_head() -> None:
    reader = pypdf.PdfReader(io.BytesIO(documents.pdf(WHOLE)))
    kinds = set(structure(reader.trailer["/Root"]["/StructTreeRoot"]))
    assert {"/H1", "/H2", "/P", "/Table", "/TH", "/TD", "/Caption"} <= kinds


def structure(node) -> list[str]:
    """The kinds of element in a structure tree."""
    found = [node["/S"]] if "/S" in node else []
    children = node.get("/K", [])
    for child in children if isinstance(children, list) else [children]:
        inner = child.get_object() if hasattr(child, "get_object") else child
        if isinstance(inner, dict):
            found += structure(inner)
    return found


def test_a_word_file_has_headings_a_language_and_names_no_stranger() -> None:
    file = word.Document(io.BytesIO(documents.docx(WHOLE)))
    assert [part.text for part in file.paragraphs if part.style.name == "Heading 1"] == [WHOLE.title]
    assert [part.text for part in file.paragraphs if part.style.name == "Heading 2"] == ["How we understand it"]
    assert (file.core_properties.title, file.core_properties.author) == (WHOLE.title, "Fourfold")
    assert (file.core_properties.last_modified_by, file.core_properties.language) == ("Fourfold", "en-GB")
    assert file.core_properties.comments == ""
    assert "tblHeader" in file.tables[0].rows[0]._tr.xml
    assert (round(file.sections[0].page_width.cm), file.styles["Heading 2"].font.name) == (21, "Arial")
    number, kind, words = column_widths([("No.", "1"), ("Kind", "requirement"), ("What", "word " * 60)])
    assert number < kind < words, "a column is as wide as what stands in it"
    assert abs(number + kind + words - 16.6) < 0.01


@pytest.mark.parametrize(("write", "read"), WRITERS)
def test_a_table_without_rows_says_so_in_words(write, read) -> None:
    said = read(write(replace(WHOLE, blocks=(Table("Breaches", ("Day", "Condition"), ()),))))
    assert "Breaches: none on record." in said
    assert "Condition" not in said


def test_a_row_stays_on_one_page_and_one_longer_than_a_page_loses_nothing() -> None:
    filling = tuple((f"{number}", " ".join(["lock"] * 40)) for number in range(60))
    pages = pypdf.PdfReader(io.BytesIO(documents.pdf(replace(WHOLE, blocks=(Table("All", ("N", "What"), filling),)))))
    assert len(pages.pages) > 2
    assert all(page.extract_text().count("lock") % 40 == 0 for page in pages.pages)
    long = " ".join(f"w{number}w" for number in range(3_000))
    said = text_of_pdf(documents.pdf(replace(WHOLE, blocks=(Table("All", ("N", "What"), (("1", long),)),))))
    assert all(f"w{number}w" in said for number in range(3_000))
    rows = word.Document(io.BytesIO(documents.docx(WHOLE))).tables[0].rows
    assert "cantSplit" in rows[1]._tr.xml


def test_a_short_table_stays_on_one_page_and_a_long_one_is_broken_between_rows() -> None:
    def kept(rows: int) -> list[bool]:
        table = Table("Cost a year", ("What", "Middle"), (("Staff of the unit", "£1,730,000"),) * rows)
        file = word.Document(io.BytesIO(documents.docx(replace(WHOLE, blocks=(table,)))))
        return [all(p.paragraph_format.keep_with_next for p in row.cells[0].paragraphs) for row in file.tables[0].rows]

    assert kept(9) == [True] * 9 + [False]
    assert not any(kept(40))


def test_a_word_of_a_narrow_column_is_not_written_over_its_neighbour() -> None:
    row = ("25 September 2026", "malicious communications", "T-XHFZR36BY", "Flowers on the step. " * 30)
    table = Table("Each act", ("Day", "Recorded as", "Reference", "Account as told"), (row,))
    left: dict[str, float] = {}
    pypdf.PdfReader(io.BytesIO(documents.pdf(replace(WHOLE, blocks=(table,))))).pages[0].extract_text(
        visitor_text=lambda words, place, *_: left.setdefault(words.strip(), place[4])
    )
    assert left["T-XHFZR36BY"] - left["communications"] > 72, "the word is 71 points wide"


def test_the_same_value_gives_the_same_pdf() -> None:
    assert documents.pdf(WHOLE) == documents.pdf(WHOLE)


MARKUP = '#import "x": y\n$ \\ *bold* _low_ <label> @cite = // /* `code` [x] <w:t>&amp; {{ jinja }}'


@pytest.mark.parametrize(("write", "read"), WRITERS)
def test_words_are_words_and_never_markup(write, read) -> None:
    said = read(write(replace(WHOLE, blocks=(Paragraph(MARKUP), Table("=1+1", ("#a",), (("*b*",),))))))
    for words in ('#import "x": y', "*bold*", "<label>", "&amp;", "{{ jinja }}", "=1+1", "#a", "*b*"):
        assert words in said


@pytest.mark.parametrize(("write", "read"), WRITERS)
@settings(max_examples=15)
@given(words=st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=40))
def test_whatever_was_typed_a_file_is_made(write, read, words: str) -> None:
    blocks = (Heading(words), Paragraph(words), Facts(((words, words),)), Table(words, (words,), ((words,),)))
    assert read(write(replace(WHOLE, blocks=blocks))).startswith("OFFICIAL")


@pytest.mark.parametrize(
    ("typed", "stands"),
    [
        ("Žofia Łęcka — “no”", "Žofia Łęcka — “no”"),
        ("中 Žofia", "[U+4E2D] Žofia"),
        ("😀", "[U+1F600]"),
        ("a\u0378b", "a[U+0378]b"),
    ],
)
def test_a_character_that_the_font_cannot_draw_stands_as_its_code(typed: str, stands: str) -> None:
    blocks = (Paragraph(typed),)
    assert stands in text_of_pdf(documents.pdf(replace(WHOLE, blocks=blocks)))
    assert typed in text_of_docx(documents.docx(replace(WHOLE, blocks=blocks)))


def test_nothing_turns_the_reading_round() -> None:
    said = text_of_docx(documents.docx(replace(WHOLE, blocks=(Paragraph("low\u202ehgih\u2066"),))))
    assert "lowhgih" in said


def test_a_word_file_holds_nothing_beside_the_value() -> None:
    archive = zipfile.ZipFile(io.BytesIO(documents.docx(WHOLE)))
    inside = " ".join(
        archive.read(name).decode("utf-8", "ignore") for name in archive.namelist() if name.endswith(".xml")
    )
    assert "python-docx" not in inside


@pytest.mark.parametrize("write", [documents.pdf, documents.docx])
def test_a_document_is_made_at_any_moment_and_is_then_the_same_bytes(write) -> None:
    made = replace(WHOLE, made_at=datetime(2026, 11, 26, 14, 41, 7, 123456, tzinfo=UTC))
    assert write(made) == write(made)


def test_a_packed_document_does_not_say_when_it_was_packed() -> None:
    with zipfile.ZipFile(io.BytesIO(documents.docx(WHOLE))) as packed:
        assert {member.date_time for member in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize("lines", range(28, 40))
def test_nothing_is_signed_on_a_page_without_what_is_signed(lines: int) -> None:
    """Whatever stands before it, the statement and the lines under it come on one page."""
    filler = Paragraph("\n".join(f"Line {number}." for number in range(lines)))
    signed = (Heading("Declaration"), Paragraph("I believe that it is true."), Signature(("Signed", "Name", "Date")))
    content = documents.pdf(replace(WHOLE, blocks=(filler, *signed)))
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]
    (last,) = (text for text in pages if "Signed" in text)
    assert "I believe that it is true." in last
    assert "Declaration" in last


def test_short_columns_that_would_fill_a_page_leave_room_for_the_first() -> None:
    head = (
        "Site",
        "Left the desk",
        "advice only",
        "sent elsewhere",
        "consultation",
        "to the panel",
        "managed directly",
    )
    rows = (("Hampshire and Isle of Wight", *("785",) * 6),)
    content = documents.pdf(replace(WHOLE, blocks=(Table("Flow", head, rows),)))
    assert "Hampshire and" in text_of_pdf(content)


def test_each_page_says_which_document_it_is_of() -> None:
    pages = pypdf.PdfReader(io.BytesIO(documents.pdf(replace(WHOLE, blocks=(Paragraph("A line.\n" * 90),))))).pages
    assert len(pages) > 1
    for number, page in enumerate(pages, start=1):
        assert f"{WHOLE.title}, page {number} / {len(pages)}" in page.extract_text()


def test_a_word_file_numbers_its_pages() -> None:
    content = documents.docx(WHOLE)
    footer = word.Document(io.BytesIO(content)).sections[0].footer._element.xml
    assert 'w:instr="PAGE"' in footer
    assert 'w:instr="NUMPAGES"' in footer
    assert f"{WHOLE.title}, page " in footer


def test_a_day_stays_on_one_line_in_a_word_processor_where_there_is_room_and_lines_to_sign_stand_in_one_column() -> (
    None
):
    day = "27 November 2026"
    actions = column_widths(
        [("Action", "Agree a safe way home"), ("Owner", "Northmoor Advocacy"), ("Due", day), ("Strand", "victim safety"),
         ("Type", "victim safety planning")]
    )  # fmt: skip
    assert actions[2] >= ARIAL_DAY + 0.38, "the day and the room beside it"
    assert round(sum(actions), 2) == 16.6
    lines = signed("Signed", "Rank and number")
    assert {each.text.partition("\t")[2] for each in lines} == {"_" * 50}
    assert len({each.paragraph_format.tab_stops[0].position for each in lines}) == 1


def signed(*labels: str) -> list:
    file = word.Document(io.BytesIO(documents.docx(replace(WHOLE, blocks=(Signature(labels),)))))
    return [each for each in file.paragraphs if "____" in each.text]


@pytest.mark.parametrize(
    ("longest", "room"), [("Chair: Theo Lantersby", 4.2), ("For the commissioner (a police and crime commissioner)", 7)]
)
def test_lines_to_sign_stand_one_under_the_other_however_long_what_stands_beside_them(
    longest: str, room: float
) -> None:
    lines = signed(longest, "Date")
    (at,) = {each.paragraph_format.tab_stops[0].position.cm for each in lines}
    assert at >= room, "in bold letters the first takes 4 centimetres"
    assert {round(each.paragraph_format.left_indent.cm, 1) for each in lines} == {round(at, 1)}, "a longer one wraps"
    assert at + 0.206 * lines[0].text.count("_") <= 16.6, "the line ends on the page"
    assert ":\t" not in lines[0].text


EXHIBITS = [("Exhibit", "FF-M31TST7/1"), ("Kind", "picture"), ("Kept", "30 November 2026"), ("SHA-256", "46ff4c55" * 8)]
ORDERS = [
    ("Order", "interim stalking protection order"), ("Court", "Halton Magistrates' Court (invented)"),
    ("Made", "20 November 2026"), ("Served", "20 November 2026"), ("Until", "further order"), ("Conditions", "4"),
]  # fmt: skip
ACTIONS = [
    ("Action", "Apply for a stalking protection order with conditions on place and contact (the victim is told first)"),
    ("Owner", "Forensic mental health, Cheshire"), ("Due", "13 November 2026"), ("Strand", "psychological"),
    ("Type", "victim safety planning"),
]  # fmt: skip
ACTS = [
    ("Day", "12 November 2026"), ("Recorded as", "malicious communications"), ("Reference", "CH-BREACH-1"),
    ("Account as told", "He wrote from a new account: now you have made me do this. The order says no contact." * 3),
]  # fmt: skip


@pytest.mark.parametrize("columns", [EXHIBITS, ORDERS, ACTIONS, ACTS])
def test_no_day_of_a_pack_or_of_minutes_is_broken_over_lines(columns: list[tuple[str, ...]]) -> None:
    widths = column_widths(columns)
    days = [width for width, (_, *texts) in zip(widths, columns, strict=True) if texts[0].endswith(" 2026")]
    assert min(days) >= ARIAL_DAY + 0.38
    assert round(sum(widths), 2) == 16.6
    others = {width: len(texts[0]) for width, (_, *texts) in zip(widths, columns, strict=True) if width not in days}
    assert others[max(others)] == max(others.values()), "the longest text has the most room"
    head, row = tuple(each for each, _ in columns), tuple(each for _, each in columns)
    table = word.Document(io.BytesIO(documents.docx(replace(WHOLE, blocks=(Table("Each", head, (row,)),))))).tables[0]
    assert [round(cell.width.cm, 1) for cell in table.rows[1].cells] == [round(each, 1) for each in widths]


@pytest.mark.parametrize(
    "said", ["0.60 (0.41 to 0.88)", "−26.0 to −10.6", "1,816 (1,705 to 1,935)", "45% (40% to 51%)"]
)
def test_a_number_with_its_range_stands_on_one_line(said: str) -> None:
    columns = [("What", "how the victim is, points on “Safety check-in”"), ("As it came", said), ("Shrunken", said)]
    widths = column_widths(
        [*columns, ("Where no difference was shown", "not shown and not ruled out: 0.47 or under " * 3)]
    )
    assert min(widths[1:3]) >= wide(said)


def test_words_with_a_to_between_them_are_no_range() -> None:
    narrow, _ = column_widths([("Who", "contact to victim"), ("Account", "He came to the door. " * 30)])
    assert narrow < wide("contact to victim")


def test_what_a_case_is_called_stays_on_one_line_of_a_title() -> None:
    made = documents.docx(WHOLE)
    with zipfile.ZipFile(io.BytesIO(made)) as packed:
        assert b"noBreakHyphen" in packed.read("word/document.xml")
    assert ("word/document.xml", "Panel decision FF-7KQ2M9T") in [
        (at, said.split("\n")[0]) for at, said in docx_parts(made)
    ]
    for title, held in (("Advice on self-harm, FF-7KQ2M9T", 1), ("Does well-being last?", 0)):
        with zipfile.ZipFile(io.BytesIO(documents.docx(replace(WHOLE, title=title)))) as packed:
            said = packed.read("word/document.xml").decode()
        assert said.count("<w:noBreakHyphen/>") == held
        assert ("self-harm, FF" in said) is bool(held)


def test_what_names_some_facts_never_stands_alone_at_the_foot_of_a_page() -> None:
    act = Facts((("Act 4, 19 October 2026", "contacts"), ("As told", "He waited outside the gym. " * 80)))
    for lines in range(26, 34):
        made = documents.pdf(replace(WHOLE, blocks=(Paragraph("Before.\n" * lines), act)))
        first = pypdf.PdfReader(io.BytesIO(made)).pages[0].extract_text()
        assert ("Act 4" in first) is ("He waited" in first), lines
    long = word.Document(io.BytesIO(documents.docx(replace(WHOLE, blocks=(act,))))).paragraphs
    assert [part.paragraph_format.keep_with_next for part in long if "Act 4" in part.text] == [True]
