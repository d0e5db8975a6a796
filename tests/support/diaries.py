"""Small makers for the tests of the diary: a link that was used, her diary open, an entry. All invented."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.support import queries
from fourfold.support import services as support
from fourfold.support.models import DiaryEntry
from fourfold.support.terms import OpenDiary, PictureBrought, Readers, Written
from tests.cast import Cast
from tests.support.builders import NOON, case_of

WORD = "plum tree"
HER_WORDS = "He was parked across from the shop when I finished. He drove off when I looked."


@dataclass
class Diary:
    """A diary that stands open: who acts, what her device holds, and the diary itself."""

    case: Case
    her: Actor
    secret: str
    open: OpenDiary


def open_diary(cast: Cast, case: Case | None = None, *, at: datetime = NOON) -> Diary:
    """Give the victim a link, let her device take it, and open the diary."""
    case = case or case_of(cast)
    _, code = support.give_diary_link(actor=cast.advocate, case=case, at=at)
    her, link = queries.link_of_code(code, at=at)
    secret = support.bind_device(actor=her, link=link, word=WORD, hers_alone=True, at=at)
    _, device = queries.device_of_secret(secret)
    return Diary(case, her, secret, queries.diary_of(device, opened_at=at, seen_at=at, at=at))


def write(diary: Diary, *, at: datetime = NOON, picture: bytes = b"", **changes: object) -> DiaryEntry:
    """Let her write what happened, with `changes`."""
    written = Written(**({"words": HER_WORDS, "told_at": at, "readers": Readers.ADVOCATE} | changes))  # type: ignore[arg-type]
    pictures = [PictureBrought(picture)] if picture else []
    return support.write_entry(actor=diary.her, diary=diary.open, written=written, pictures=pictures, at=at)
