"""What a report comes to for looking it up: its people's keys, how their names sound, what the subject is held to do.

Pure, so that other processes can work it out by the hundred thousand, and give it as the tables take it.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from multiprocessing.connection import Connection
from operator import itemgetter
from typing import Any, NamedTuple

from fourfold.cases.rules.behaviours import kinds
from fourfold.cases.rules.grouping import SEVERAL, names_somebody
from fourfold.intake.rules.columns import NAMES_OF_EACH
from fourfold.intake.rules.exchanged import numbers_of
from fourfold.intake.rules.feeds.packing import stored
from fourfold.intake.rules.feeds.read_ahead import answer
from fourfold.intake.rules.mentions import proposed_and_signs
from fourfold.intake.rules.roles_held import Pair
from fourfold.intake.terms import KnownBy, KnownKind, PersonAsTold
from fourfold.linkage import rules as linkage
from fourfold.linkage.terms import Traits
from fourfold.people.rules import name_words, sound_key, sound_keys
from fourfold.people.rules.phonetics import sound_of
from fourfold.people.rules.search_keys import number_of
from fourfold.people.terms import MarkKind, Part

MOST_SOUNDS = 6
PARTS = tuple(part.value for part in Part)
OTHER_NAMES = (KnownKind.ALIAS, KnownKind.FORMER_SURNAME)
Person = tuple[tuple[str, ...], tuple[KnownBy, ...]]
"""What was told of somebody, in the order of `NAMES_OF_EACH`, and what else they are known by."""


class Said(NamedTuple):
    """A report as its latest version tells it, and its victim and subject as they were told first."""

    pk: str
    site: str
    at: datetime | str
    words: str
    behaviours: Sequence[str]
    people: tuple[Person, Person]
    first: tuple[Person, Person]
    version: int
    judged: Mapping[str, bool]


class Gists(NamedTuple):
    """Rows for the tables of summaries, of sounds and of keys; these in the order of their index."""

    summaries: list[dict[str, Any]]
    sounds: list[tuple[str, str, str, str, str]]
    keys: list[tuple[int, int, str]]

    @property
    def packed(self) -> tuple[tuple[str, ...], list[tuple[Any, ...]], list[Any], list[Any]]:
        """The same with the columns of the summaries, and what each holds as every database takes it."""
        rows = [
            tuple([value if type(value) is str else _in_table(value) for value in summary.values()])
            for summary in self.summaries
        ]
        return tuple(self.summaries[0]) if rows else (), rows, self.sounds, self.keys


def work_out(pipe: Connection, on: date) -> None:
    """Work out batches that come through a pipe, until its other end closes."""
    answer(pipe, lambda batch: gists(batch, on).packed)


def gists(batch: Iterable[Said], on: date) -> Gists:
    """Return what reports come to."""
    found = Gists([], [], [])
    for said in batch:
        victim, subject = traits = _traits(said, on)
        found.summaries.append(_summary(said, victim, subject))
        found.sounds.extend(_sounds_of(said))
        found.keys.extend(_keys_of(said, traits))
    found.keys.sort(key=itemgetter(0))  # page by page of the index
    return found


def _traits(said: Said, on: date) -> tuple[Traits, Traits]:
    (victim, of_victim), (subject, of_subject) = said.people
    return (
        linkage.traits_told(victim, of_victim, (), on),
        linkage.traits_told(subject, of_subject, linkage.plates_in(said.words), on),
    )


def _keys_of(said: Said, traits: tuple[Traits, Traits]) -> list[tuple[int, int, str]]:
    """Return under which keys a report is looked for. Rows of a feed are held against what was told first."""
    pk, site, of = said.pk, said.site, of_site(said.site)
    victim, subject = [PersonAsTold(*told, known_by=known) for told, known in said.first]  # in the order of the columns
    found = [(number ^ of, 0, pk) for number in numbers_of(Pair(victim, subject))]
    for part, told in zip(PARTS, traits, strict=True):
        found += [(number, strength, pk) for number, strength in linkage.numbers_of(site, part, told).items()]
    return found


@lru_cache
def of_site(site: str) -> int:
    """Return what makes the keys of what two sites' reports tell never the same."""
    return number_of(site, "", "told", "")


def _sounds_of(said: Said) -> list[tuple[str, str, str, str, str]]:
    """Return as rows how each name of a report sounds: the family name as a whole, and every word of the name.

    Then how their other names sound, as far as the name does not sound so itself. Identifiers sort beside that of the
    summary: what is written together then lies in one page, by the million too. There are 4,096; nobody has so many names.
    """
    pk, beside = said.pk, said.pk[:-3]
    found = list[tuple[str, str, str, str, str]]()
    for part, (told, known_by) in zip(PARTS, said.people, strict=True):
        known = dict.fromkeys(_sounds(told[_NAME]), "")
        # A single word among other names is one as well.
        for other in (each.value for each in known_by if each.kind in OTHER_NAMES) if known_by else ():
            for sound in _sounds(other or told[_NAME]):
                known.setdefault(sound, other)
        found += [(f"{beside}{n:03x}", pk, part, *heard) for n, heard in enumerate(known.items(), len(found))]
    return found


_NAME = NAMES_OF_EACH.index("name")


def _sounds(name: str) -> tuple[str, ...]:
    return sound_keys(name)[:MOST_SOUNDS] if names_somebody(name) else ()


def _summary(said: Said, victim: Traits, subject: Traits) -> dict[str, Any]:
    proposed, signs = proposed_and_signs(said.words)
    return {
        "id": said.pk,
        "allegation_id": said.pk,
        "version": said.version,
        "keyed": True,
        "happened_at": said.at,
        "kinds": list(kinds(said.behaviours, proposed, said.judged)),
        "dangers": [str(sign) for sign in signs],
        "victim_other_sound": other_sound(victim.name),
        "subject_vehicle": key_of_kind(subject, MarkKind.VEHICLE),
        "victim_marks": marks_of(victim),
        "subject_marks": marks_of(subject),
        **_keys("victim", victim),
        **_keys("subject", subject),
    }


def _keys(part: str, told: Traits) -> dict[str, object]:
    sound, birth = sound_key(told.name) if told.name else "", told.birth_on
    reached = (key_of_kind(told, kind) for kind, _ in linkage.REACHES)
    return dict(zip(_KEYS[part], (sound, birth, *reached), strict=True))


_KEYS = {part: [f"{part}_{name}" for name in ("sound", "birth_on", *dict(linkage.REACHES).values())] for part in PARTS}


def other_sound(name: str) -> str:
    """Return how the first word of a name sounds, for a report that has the names the wrong way round."""
    words = name_words(name)
    return sound_of(words[0])[:40] if words else ""


def key_of_kind(told: Traits, kind: MarkKind) -> str:
    """Return the first of somebody's marks of a kind."""
    if not told.marks:
        return ""
    keys = [key for each, key in told.marks if each == kind]
    return (keys[0] if len(keys) == 1 else min(keys))[:120] if keys else ""


def marks_of(told: Traits) -> list[list[str]]:
    """Return as JSON holds it what somebody may have several of: cars, accounts, other names."""
    return sorted([[str(kind), key] for kind, key in told.marks if kind in SEVERAL]) if told.marks else []


def _in_table(value: object) -> object:
    if type(value) is str:
        return value
    if isinstance(value, list):
        return json.dumps(value) if value else "[]"
    return value.isoformat() if type(value) is date else stored(value)
