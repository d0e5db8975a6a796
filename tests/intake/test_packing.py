"""A row that was packed where it was read is the row that the framework would have kept, byte for byte and in its proof."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import RFC_4122

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.base import new_id
from fourfold.gateways.bulk import _line, insert_rows, insert_values
from fourfold.intake.batch_proofs import form_of, root_of
from fourfold.intake.models import Allegation
from fourfold.intake.rules.feeds import Press, Reader, ReadRow
from fourfold.intake.rules.feeds.misplaced import _ODD, are_plain
from fourfold.intake.rules.feeds.packing import _inside, id_of_row, in_ascii, quoted
from fourfold.intake.services.filing import filed
from tests.cast import NOW, Cast
from tests.intake.feeds import HEADER, row, small

ODD = 'Said “no”\\N \\;\tthen\n"left"\r 日本 \x7f\u2028'


def read(**cells: str) -> ReadRow:
    return Reader(small(), HEADER, site="northmoor", at=NOW).read(7, row("1", **cells))


def held(cast: Cast) -> dict[str, object]:
    mine = {"controller": "northmoor-police", "basis": "police.law_enforcement", "source": "feed"}
    return {**mine, "recorded_at": NOW + timedelta(microseconds=1), "recorded_by": cast.officer.staff}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "cells",
    [
        {},
        {"Story": ODD, "Name": ODD.strip()[:100], "Weapon": "Y", "Ex": "Y"},
        {"Class": "T", "When": "", "Weapon": "N", "Born": ""},
        {"Class": "8Q", "Told": "23/11/2026", "Story": "He has a knife and said he will kill her. " + ODD},
    ],
)
def test_a_packed_row_is_kept_and_proved_as_any_other(cast: Cast, cells: dict[str, str]) -> None:
    told = read(**cells)
    shared = {"received_at": NOW, "run_id": None, **held(cast)}
    press = Press(form := form_of(Allegation, shared))
    packed = press.packed(told, new_id())
    insert_values(Allegation, (*form.stored, "batch"), [(*packed.values, 3)])
    other = replace(told, told=replace(told.told, reference="2"))
    plain = filed(other.told, held=held(cast), received_at=NOW, row_hash=told.content, row_number=7)
    plain.batch = 3
    insert_rows([plain])
    kept, beside = Allegation.objects.unscoped("test").order_by("reference").values()
    assert {**kept, "id": 0, "reference": ""} == {**beside, "id": 0, "reference": ""}
    assert kept["id"] == packed.pk
    assert root_of([packed]) == root_of(Allegation.objects.unscoped("test").filter(reference="1"))


def test_what_copy_reads_otherwise_is_written_so_that_it_means_itself() -> None:
    assert _line(("a", None, 3, True, "é")) == "a\t\\N\t3\tTrue\té\n"
    assert _line(("a\tb", None, "\\N", "x\ny\rz")) == "a\\tb\t\\N\t\\\\N\tx\\ny\\rz\n"
    assert _line(("\\", "plain")) == "\\\\\tplain\n"


@given(st.integers(0, 2**47), st.lists(st.integers(1, 2**32 - 1), min_size=2, max_size=20, unique=True))
def test_identifiers_sort_by_the_beginning_and_the_row_and_nobody_guesses_the_next(
    begun: int, numbers: list[int]
) -> None:
    ids = [id_of_row(begun, number) for number in sorted(numbers)]
    assert ids == sorted(ids)
    assert all(each.version == 7 and each.variant == RFC_4122 for each in ids)
    assert id_of_row(begun, numbers[0]) != id_of_row(begun, numbers[0])
    assert id_of_row(begun + 1, 1) > id_of_row(begun, numbers[0])


SIGNS = 'aZk09 @./-,+"\\\t\n\r\x00\x1f\x7fé日\u2028'


@given(st.lists(st.text(SIGNS, max_size=6), max_size=5))
def test_texts_without_quotes_are_written_as_json_writes_each(texts: list[str]) -> None:
    for quote in (quoted, in_ascii):
        assert list(_inside(quote, texts)) == [quote(text)[1:-1] for text in texts]


CELLS = ("flat 3", "Flat earth", "A1", "AB1", "Ann1", "", "05/03/1985", "1/1/1919", "01.02.2031", "3/4/185", "07700 9")


@given(st.lists(st.sampled_from(CELLS) | st.text(SIGNS, max_size=6), min_size=1, max_size=4))
def test_what_is_plainly_what_its_column_is_is_odd_nowhere(cells: list[str]) -> None:
    for detail, odd in _ODD.items():
        assert not (are_plain(detail, cells) and odd.search("\n".join(cells)))
    for detail, usual in (("name", ["Ann1", "Bo", ""]), ("birth", ["05/03/1985", ""]), ("phone", ["07", ""])):
        assert are_plain(detail, usual)
