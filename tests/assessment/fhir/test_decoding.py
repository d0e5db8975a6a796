"""Bytes into JSON: what is read, and what is refused in words that say where and why."""

from decimal import Decimal

import pytest

from fourfold.assessment.fhir import decoding
from fourfold.assessment.fhir.decoding import decode, encode
from fourfold.assessment.fhir.terms import Refused


def refusal(raw: bytes) -> str:
    with pytest.raises(Refused) as caught:
        decode(raw)
    return f"{caught.value.finding.where}: {caught.value.finding.message}"


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "The file is empty"),
        (b"   \n ", "The file is empty"),
        (b"<Questionnaire/>", "This is XML or HTML"),
        (b"%PDF-1.7", "This is a PDF document"),
        (b"\x89PNG\r\n", "This is a picture (PNG)"),
        (b"PK\x03\x04\xff", "This is a packed file (ZIP"),
        (b"---\nresourceType: Questionnaire", "This is YAML"),
        (b"# a form\ntitle: x\nquestions:\n  - a\n", "This is YAML"),
        (b"RIFF\x00\x00\x00\x00WEBP", "This is a picture"),
        (b"\x00\x00\x00\x18ftypheic", "This is a picture"),
        (b"II*\x00", "This is a picture (TIFF)"),
        (b"7z\xbc\xaf\x27\x1c", "This is a packed file (7z)"),
        (b"id: gad7\nresourceType: Questionnaire", "This is YAML"),
        (b"question,a,b\nHow are you?,0,1\n", "This is a table (CSV)"),
        (b"PHQ-9\nOver the last two weeks, how often were you bothered?\n", "This is plain text"),
        (b'{"a" 1}', "line 1, column 6"),
        (b'{"a": 1}\n{"b": 2}', "must hold one JSON document"),
        (b'{"a": "x', "line 1, column 7"),
        (b'{\n  "a": nope}', "line 2, column 8"),
        (b'{"a": NaN}', "holds NaN"),
        (b'{"a": -Infinity}', "holds -Infinity"),
        (b'{"a": 1e999999}', "The number 1e999999 is beyond"),
        (b'{"a": ' + b"9" * 60 + b"}", "is beyond what a form can mean"),
        (b'{"a": "\xff"}', "line 1, column 8: Line 1, column 8: this is not UTF-8"),
        ("{}".encode("utf-16"), "not in UTF-8 but in UTF-16"),
        (b'{"a": "\\ud83d"}', "half a character"),
    ],
)
def test_what_is_no_json_is_refused_with_its_place(raw: bytes, words: str) -> None:
    assert words in refusal(raw)


def test_a_key_that_stands_twice_is_refused_with_line_and_column() -> None:
    said = refusal(b'{"resourceType": "Questionnaire",\n "item": [{"linkId": "1",\n  "text": "a", "text": "b"}]}')
    assert said.startswith("line 3, column 16")
    assert "the key “text” stands twice" in said


def test_a_key_that_is_written_in_another_way_stands_twice_all_the_same() -> None:
    assert "stands twice" in refusal(b'{"text": 1, "te\\u0078t": 2}')


def test_the_same_key_in_two_objects_is_no_fault() -> None:
    assert decode(b'[{"a": 1}, {"a": 2}]')[0] == [{"a": 1}, {"a": 2}]


def test_a_byte_order_mark_is_skipped_and_told() -> None:
    document, notes = decode(b"\xef\xbb\xbf{}")
    assert document == {}
    assert "byte order mark" in notes[0].message


def test_numbers_are_exact() -> None:
    assert decode(b'{"a": 0.1, "b": 7, "c": 1.50}')[0] == {"a": Decimal("0.1"), "b": 7, "c": Decimal("1.50")}


def test_a_whole_pair_of_surrogates_is_a_character() -> None:
    assert decode(b'{"a": "\\ud83d\\ude00"}')[0] == {"a": "\U0001f600"}


@pytest.mark.parametrize("depth", [decoding.DEEPEST_JSON + 1, 5_000])
def test_brackets_within_brackets_have_a_limit(depth: int) -> None:
    assert f"more than {decoding.DEEPEST_JSON} brackets" in refusal(b"[" * depth + b"]" * depth)
    assert f"more than {decoding.DEEPEST_JSON} brackets" in refusal(b"[" * depth)


def test_brackets_inside_a_text_do_not_count() -> None:
    assert decode(b'"' + b"[" * 5_000 + b'\\"{"')[0].startswith("[[")


def test_brackets_up_to_the_limit_are_read() -> None:
    assert decode(b"[" * decoding.DEEPEST_JSON + b"]" * decoding.DEEPEST_JSON)[0]


def test_size_has_a_limit_that_is_named() -> None:
    assert f"at most {decoding.MOST_BYTES:,} are read" in refusal(b" " * (decoding.MOST_BYTES + 1))
    assert "objects and lists" in refusal(b"[" + b"{}," * (decoding.MOST_BRACKETS // 2) + b"{}]")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({"b": 1, "a": [True, None]}, b'{"a":[true,null],"b":1}'),
        ({"a": Decimal("1.50")}, b'{"a":1.5}'),
        ({"a": Decimal("-0")}, b'{"a":0}'),
        ({"a": Decimal("1E+3")}, b'{"a":1000}'),
        ({"a": 'é\n"x"'}, '{"a":"é\\n\\"x\\""}'.encode()),
        ([], b"[]"),
    ],
)
def test_canonical_json_has_one_way_to_say_a_thing(value: object, written: bytes) -> None:
    assert encode(value) == written
    assert encode(decode(written)[0]) == written
