"""Files from evidence apps and telephones: tolerant to read, sealed whole, nothing kept twice, nothing lost in silence."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.access.terms import NotFound, Refused
from fourfold.exhibits import queries as exhibits
from fourfold.intake.models import Allegation
from fourfold.support import phone_logs, queries
from fourfold.support import services as support
from fourfold.support.models import DiaryEntry, DiaryPicture
from fourfold.support.phone_logs import NotALog
from fourfold.support.terms import CannotKeepDiary
from tests.cast import Cast
from tests.exhibits.test_pictures import jpeg
from tests.support.builders import NOON, case_of

CSV = """Date,Time,What happened?,Location,Photo
24/10/2026,17:40,"He was parked outside, again.",the shop,IMG_1.jpg
25/10/2026,,He rang twice,,
,,Somebody left flowers,,
"""
WHEN = datetime(2026, 10, 24, 16, 40, tzinfo=UTC)


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name.replace("__", "."), content)
    return out.getvalue()


# ---- reading --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (CSV.encode(), "He was parked outside, again."),
        (CSV.replace(",", ";").encode("utf-8-sig"), "He was parked outside; again."),
        (CSV.encode("utf-16"), "He was parked outside, again."),
        (b"date\ttime\tnotes\n24.10.2026\t17:40\tHe stood there\n", "He stood there"),
        (
            b"Exported by App 3.1\n\nIncident date,Incident time,Details\n2026-10-24,5:40 PM,He stood there\n",
            "He stood there",
        ),
        (b'[{"timestamp":"2026-10-24T17:40:00+01:00","description":"He stood there"}]', "He stood there"),
        (b'{"app":"x","incidents":[{"occurredAt":1792860000,"notes":"He stood there"}]}', "He stood there"),
        (b'{"messages":[{"date":1792860000000,"body":"I can see you","from":"07700 900123"}]}', "I can see you"),
        (b"[24/10/2026, 17:40:00] Him: I can see you\nright now\n", "I can see you\nright now"),
        (b"24/10/2026, 5:40 pm - Him: I can see you", "I can see you"),
    ],
)
def test_dated_incidents_are_read_from_what_apps_and_phones_export(content: bytes, words: str) -> None:
    log = phone_logs.read(content)
    assert (log.rows[0].words, log.rows[0].occurred_from) == (words, WHEN)
    assert log.rows[0].time_known


def test_a_day_without_a_time_and_a_row_without_a_day_are_not_guessed() -> None:
    log = phone_logs.read(CSV.encode())
    assert [(row.time_known, row.occurred_from is None) for row in log.rows] == [
        (True, False),
        (False, False),
        (False, True),
    ]


def test_times_are_placed_in_the_zone_in_which_they_were_said() -> None:
    in_warsaw = phone_logs.read(CSV.encode(), "Europe/Warsaw").rows[0]
    assert (in_warsaw.occurred_from, in_warsaw.time_zone) == (WHEN - timedelta(hours=1), "Europe/Warsaw")
    own = phone_logs.read(b"date,time,timezone,notes\n2026-10-24,17:40,Asia/Karachi,He rang\n").rows[0]
    assert (own.occurred_from, own.time_zone) == (datetime(2026, 10, 24, 12, 40, tzinfo=UTC), "Asia/Karachi")


def test_what_else_stood_in_a_row_is_kept_beside_the_words() -> None:
    assert dict(phone_logs.read(CSV.encode()).rows[0].rest)["Location"] == "the shop"


def test_a_row_that_cannot_be_read_is_named_with_its_place() -> None:
    log = phone_logs.read(b"date,notes\n24/10/2026,He rang\nthe day after,He came\n26/10/2026,\n")
    assert [row.words for row in log.rows] == ["He rang"]
    assert [(each.row, each.why) for each in log.unread] == [
        (2, "the date cannot be read"),
        (3, "nothing in this row says what happened"),
    ]


def bomb() -> bytes:
    return zipped(log__csv=CSV.encode() + b"0" * 40_000_000)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"   \n",
        b"just a sentence",
        b"a,b\n1,2\n",
        b"{",
        b"[[[" * 50_000,
        b"\x00\x01\x02" * 100,
        b"PK\x03\x04 not a zip",
        zipped(readme__md=b"hello"),
        bomb(),
        b"date,notes\n" + b"24/10/2026,x\n" * (phone_logs.MOST_ROWS + 1),
    ],
    ids=["empty", "blank", "sentence", "no heading", "cut", "deep", "bytes", "no zip", "no log", "bomb", "too many"],
)
def test_what_is_no_log_is_refused_with_how_to_mend_it(content: bytes) -> None:
    with pytest.raises(NotALog, match=r"[.]$"):
        phone_logs.read(content)


@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
def test_no_bytes_make_the_reader_fall_over(content: bytes) -> None:
    for given_ in (content, b"date,notes\n" + content, b"[" + content, b"PK\x03\x04" + content):
        try:
            log = phone_logs.read(given_)
        except NotALog:
            continue
        assert all(row.words.strip() for row in log.rows)


# ---- keeping --------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_each_row_is_an_entry_and_the_file_stays_sealed_as_it_came(cast: Cast) -> None:
    case = case_of(cast)
    brought = support.bring_log(actor=cast.advocate, case=case, content=CSV.encode(), at=NOON)
    assert (brought.kept, brought.known, brought.unread) == (3, 0, 0)
    whole = exhibits.exhibit(actor=cast.advocate, file=case.pk, exhibit_id=brought.exhibit_id, at=NOON)
    assert whole.content == CSV.encode()
    page = queries.diary_file(actor=cast.advocate, reference=case.reference, at=NOON)
    assert sorted((entry.row, entry.words) for entry in page.entries)[0] == (1, "He was parked outside, again.")
    first = next(entry for entry in page.entries if entry.row == 1)
    custody = exhibits.custody(actor=cast.advocate, file=case.pk, exhibit_id=first.exhibit, at=NOON)
    assert custody[0].how == f"row 1 of the file {brought.sha256[:12]}"
    assert Allegation.objects.unscoped("test").filter(channel="diary").count() == 0


@pytest.mark.django_db
def test_the_same_file_again_brings_nothing_and_a_longer_one_brings_what_is_new(cast: Cast) -> None:
    case = case_of(cast)
    support.bring_log(actor=cast.advocate, case=case, content=CSV.encode(), at=NOON)
    with pytest.raises(CannotKeepDiary, match="already added"):
        support.bring_log(actor=cast.advocate, case=case, content=CSV.encode(), at=NOON)
    before = list(DiaryEntry.objects.unscoped("test").order_by("id").values())
    longer = (CSV + "26/10/2026,09:00,He wrote to her sister,,\n").encode()
    again = support.bring_log(actor=cast.advocate, case=case, content=longer, at=NOON + timedelta(days=1))
    assert (again.kept, again.known) == (1, 3)
    assert [row for row in DiaryEntry.objects.unscoped("test").order_by("id").values() if row in before] == before
    assert DiaryEntry.objects.unscoped("test").count() == 4


@pytest.mark.django_db
def test_two_equal_rows_of_one_log_stay_two(cast: Cast) -> None:
    case = case_of(cast)
    rows = b"date,time,notes\n" + b"24/10/2026,17:40,silent call\n" * 2
    assert support.bring_log(actor=cast.advocate, case=case, content=rows, at=NOON).kept == 2


@pytest.mark.django_db
def test_a_picture_in_the_zip_comes_with_its_row_drawn_anew(cast: Cast) -> None:
    case = case_of(cast)
    content = zipped(log__csv=CSV.encode(), IMG_1__jpg=jpeg())
    support.bring_log(actor=cast.advocate, case=case, content=content, at=NOON)
    page = queries.diary_file(actor=cast.advocate, reference=case.reference, at=NOON)
    (shown,) = next(entry for entry in page.entries if entry.row == 1).pictures
    assert shown.shown
    _, copy = exhibits.picture(actor=cast.advocate, file=case.pk, exhibit_id=shown.id, at=NOON)
    assert b"CNRY" not in exhibits.content_of_copy(copy)
    original = exhibits.exhibit(actor=cast.advocate, file=case.pk, exhibit_id=shown.id, at=NOON)
    assert original.content == jpeg()
    for name in ("officer", "analyst", "clinician", "olu"):
        with pytest.raises(NotFound):
            exhibits.picture(actor=cast.actor(name), file=case.pk, exhibit_id=shown.id, at=NOON)


@pytest.mark.django_db
def test_a_path_in_a_zip_leads_nowhere(cast: Cast) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("../../etc/log.csv", CSV)
        packed.writestr("/abs/IMG_1.jpg", jpeg())
    assert support.bring_log(actor=cast.advocate, case=case_of(cast), content=out.getvalue(), at=NOON).kept == 3
    assert DiaryPicture.objects.unscoped("test").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["officer", "analyst", "second_advocate", "olu"])
def test_nobody_but_her_advocate_brings_a_file_in(cast: Cast, name: str) -> None:
    case = case_of(cast)
    with pytest.raises((Refused, NotFound)):
        support.bring_log(actor=cast.actor(name), case=case, content=CSV.encode(), at=NOON)


@pytest.mark.django_db
def test_a_row_from_tomorrow_is_on_record_as_not_readable(cast: Cast) -> None:
    rows = json.dumps([{"date": "2031-01-01", "notes": "later"}, {"date": "2026-10-24", "notes": "then"}]).encode()
    brought = support.bring_log(actor=cast.advocate, case=case_of(cast), content=rows, at=NOON)
    assert (brought.kept, brought.unread) == (1, 1)


class Counted:
    """A pattern that says of what it was asked, and how."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self.pattern, self.asked = pattern, []  # type: ignore[var-annotated]

    def match(self, text: str) -> re.Match[str] | None:
        """Ask once, from the beginning."""
        self.asked.append(text)
        return self.pattern.match(text)


def test_a_cell_of_files_is_read_once_however_long_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cell of a million letters held a worker for minutes: each part is asked once from its beginning, up to a bound."""
    counted = Counted(phone_logs._NAMES_PICTURE)
    monkeypatch.setattr(phone_logs, "_NAMES_PICTURE", counted)
    cell = "one.png; two.JPEG|notes.txt," + "a" * 10 * phone_logs.LONGEST_CELL + ".png"
    read = phone_logs.read(json.dumps([{"date": "24/10/2026", "notes": "He rang", "attachment": cell}]).encode())
    assert read.rows[0].files == ("one.png", "two.JPEG")
    assert len(counted.asked) == 4
    assert sum(map(len, counted.asked)) <= phone_logs.LONGEST_CELL
