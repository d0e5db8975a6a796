"""What gives her away is found however it is written, and what does not is left alone."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fourfold.gateways import documents
from fourfold.gateways.documents import Document, Paragraph, Table
from fourfold.gateways.reading_back import CannotRead, docx_parts, pdf_parts
from fourfold.governance import packs
from fourfold.governance.rules import redaction
from fourfold.governance.rules.redaction import Redactor
from fourfold.governance.terms import Found, Sought

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
ADDRESS = "14 Elder Bank Lane, Northwich, CW9 5QT"


def found(text: str, *sought: Sought) -> bool:
    return bool(redaction.find([("page 1", text)], sought))


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("phone", "07700 900123", "call +44 7700 900 123 after ten"),
        ("phone", "+447700900123", "07700-900-123"),
        ("phone", "07700900123", "0 7 7 0 0 9 0 0 1 2 3"),
        ("email", "nora.quill@mail.invalid", "NORA.QUILL @ MAIL.INVALID"),
        ("vehicle", "AB12 CDE", "a blue car, ab12cde"),
        ("vehicle", "AB12CDE", "A B 1 2 C D E"),
        ("account", "nora_q_85", "@nora q 85"),
        ("name", "Zoë", "zoe was there"),
        ("name", "Nora Quill", "NORA  QUILL"),
        ("name", "quill", "Mrs Quill's door"),
        ("code phrase", "how is the garden", "How is the garden?"),
    ],
)
def test_a_value_is_found_however_it_is_written(kind: str, value: str, text: str) -> None:
    assert found(text, Sought(kind, value))
    assert found(text.upper(), Sought(kind, value))


@pytest.mark.parametrize("text", ["Elder Bank Lane", "elderbank lane", "CW95QT", "ELDER BANK LANE 14", "cw9 5qt"])
def test_an_address_is_found_by_its_road_and_its_postcode(text: str) -> None:
    assert found(f"seen near {text} at night", *redaction.address_sought(ADDRESS))


def test_a_town_is_sought_apart_from_the_road() -> None:
    kinds = {one.value: one.kind for one in redaction.address_sought(ADDRESS)}
    assert kinds["Northwich"] == "town"
    assert kinds["Elder Bank Lane"] == kinds["CW9 5QT"] == "address"


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [("name", "ann", "it was planned"), ("name", "may", "the mayor"), ("phone", "07700 900123", "07700 900124")],
)
def test_what_only_looks_alike_is_left_alone(kind: str, value: str, text: str) -> None:
    assert not found(text, Sought(kind, value))


def test_a_name_that_is_his_own_or_a_month_is_sought_only_as_a_whole() -> None:
    sought = redaction.names_sought(["May Marlow", "Nora"], own=["Dean Marlow"], template=[packs.MONTHS])
    assert {one.value for one in sought} == {"may marlow", "nora"}
    assert not found("24 May 2026, Dean Marlow", *sought)
    assert found("with May Marlow", *sought)


def test_a_finding_says_the_kind_and_the_place_and_never_the_value() -> None:
    (one,) = redaction.find([("page 2", "Quill")], [Sought("name", "quill")])
    assert one == Found("name", "page 2")


@pytest.mark.parametrize("value", ["07700 900123", "AB12 CDE", "14 Elder Bank Lane"])
def test_what_is_masked_is_gone_and_the_rest_stays(value: str) -> None:
    kind = "phone" if value[0] == "0" else "vehicle"
    text = redaction.Redactor([Sought(kind, value)]).masked(f"He said {value} twice: {value.lower()}.")
    assert text == f"He said {redaction.MASK} twice: {redaction.MASK}."


@settings(max_examples=120, deadline=None)
@given(
    before=st.text(max_size=20),
    after=st.text(max_size=20),
    value=st.text("ABCDEFGHJKLMNPRSTUVWXYZ23456789", min_size=5, max_size=9),
    gaps=st.lists(st.sampled_from(["", " ", "-", ". "]), min_size=9, max_size=9),
)
def test_whatever_stands_around_it_what_was_masked_is_not_found_again(
    before: str, after: str, value: str, gaps: list[str]
) -> None:
    typed = "".join(letter + gap for letter, gap in zip(value, gaps, strict=False)).strip(" -.")
    one = Sought("vehicle", value)
    text = f"{before}\n{typed}\n{after}"
    assert found(text, one)
    left = redaction.Redactor([one]).masked(text)
    assert redaction.MASK in left
    assert value.casefold() not in left.casefold()


# ---- reading back -------------------------------------------------------------------------------------------------

CANARY = "CNRYROAD"


def _document(**change: str) -> Document:
    value = {"title": "Title", "subtitle": "Subtitle", "marking": "Marking"} | change
    return Document(**value, made_at=AT, blocks=(Paragraph(change.get("block", "Words.")),))  # type: ignore[arg-type]


@pytest.mark.parametrize("place", ["title", "subtitle", "marking"])
def test_a_word_is_read_back_wherever_it_was_put(place: str) -> None:
    document = _document(**{place: CANARY})
    for parts in (pdf_parts(documents.pdf(document)), docx_parts(documents.docx(document))):
        assert redaction.find(parts, [Sought("name", CANARY)])
    clean = _document()
    for parts in (pdf_parts(documents.pdf(clean)), docx_parts(documents.docx(clean))):
        assert not redaction.find(parts, [Sought("name", CANARY)])


def test_a_word_in_the_properties_of_a_word_processor_file_is_read_back() -> None:
    made = io.BytesIO(documents.docx(_document()))
    with zipfile.ZipFile(made, "a") as packed:
        packed.writestr("customXml/itemX.xml", f"<note by='{CANARY}'/>")
    assert redaction.find(docx_parts(made.getvalue()), [Sought("name", CANARY)])


def test_a_word_in_a_pdf_that_no_page_leads_to_is_read_back() -> None:
    import pypdf

    writer = pypdf.PdfWriter(clone_from=io.BytesIO(documents.pdf(_document())))
    writer.add_metadata({"/Keywords": CANARY})
    stream = io.BytesIO()
    writer.write(stream)
    assert redaction.find(pdf_parts(stream.getvalue()), [Sought("name", CANARY)])


@pytest.mark.parametrize("parts", [pdf_parts, docx_parts])
def test_what_cannot_be_read_back_is_refused(parts: object) -> None:
    with pytest.raises(CannotRead):
        parts(b"not a document")  # type: ignore[operator]


def test_a_hash_is_broken_where_the_line_ends_and_read_back_whole() -> None:
    digest = "a3" * 32
    table = Table("Documents", ("Kind", "SHA-256"), ((("a photograph of a page of the diary " * 2), digest),))
    made = documents.pdf(Document("Title", "Subtitle", "Marking", AT, (table,)))
    assert digest in dict(pdf_parts(made))["page 1"].replace("\n", "")


def test_no_picture_of_another_document_comes_along() -> None:
    assert not [where for where, _ in docx_parts(documents.docx(_document())) if "thumbnail" in where]


@pytest.mark.parametrize(
    ("text", "stands"),
    [
        ("He rang from 07700 900321 four times.", "four times."),
        ("He rang from 07700 900321 twenty two times.", "twenty two times."),
        ("oh seven seven double oh nine oh oh three two one, twice", ", twice"),
    ],
)
def test_a_count_that_is_said_after_a_number_is_no_part_of_it(text: str, stands: str) -> None:
    (seen,) = Redactor([Sought("phone", "07700 900321")]).seen(text)
    assert text[seen.end :].strip() == stands


@pytest.mark.parametrize(
    "text",
    [
        "Crime reference SE 123456 refers.",
        "Our ref. SE123456, and the crime reference number NE 654321.",
        "Exhibits SE 123456 and SE 123457 were seized.",
        "Incident number TQ123456.",
        "The report TQ 123456 was read.",
    ],
)
def test_what_a_crime_or_an_exhibit_is_called_by_is_no_square_of_the_grid(text: str) -> None:
    assert Redactor([], called=["TQ 123456"]).seen(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "map reference SE 123456",
        "grid ref: SE 123456",
        "OS ref SE123456",
        "The victim lives at SE 123456.",
        "Exhibit 4 shows SE 123 456.",
        "Incident number 12 at SE 123456",
        "The report TQ 123457 was read.",
        "Her grid-ref SE123456",
        "map-reference is SE 123456",
        "grid  ref SE123456",
        "NGR ref. SE123456",
        "grid square reference SE123456",
        "six-figure ref SE123456",
        "She is staying at her sister's, ref SE 123456",
    ],
)
def test_a_square_of_the_grid_is_still_found(text: str) -> None:
    (seen,) = Redactor([], called=["TQ 123456"]).seen(text)
    assert seen.kind == "place"


def test_what_stands_in_the_next_sentence_is_no_second_reference() -> None:
    (seen,) = Redactor([]).seen("Crime reference number SE123456. SJ891400 is where she lives.")
    assert (seen.start, seen.kind) == (33, "place")
