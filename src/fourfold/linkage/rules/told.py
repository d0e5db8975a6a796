"""What was told of a person, as it is compared. Pure, so that other processes can work it out by the hundred thousand."""

from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache
from operator import itemgetter

from fourfold.intake.rules.columns import NAMES_OF_EACH
from fourfold.intake.terms import KnownBy, KnownKind
from fourfold.linkage.rules.names import is_name
from fourfold.linkage.rules.weighing import are_plainly_apart, keys
from fourfold.linkage.terms import Traits
from fourfold.people.rules import key_of, name_words, parse_birth, split_name
from fourfold.people.rules.identifiers import other_name_key
from fourfold.people.rules.records import sex_of
from fourfold.people.rules.search_keys import STRENGTH, number_of
from fourfold.people.terms import InvalidBirth, MarkKind


def traits_told(told: tuple[str, ...], known_by: Iterable[KnownBy], plates: tuple[str, ...], on: date) -> Traits:
    """Return what was told of a person, by the columns in their order, normalised; what cannot be read is not known."""
    name, birth, sex, *reached = _told(told)
    said = [(kind, value) for kind, value in zip(_REACHED, reached, strict=True) if value]
    if plates:
        said += [(MarkKind.VEHICLE, plate) for plate in plates]
    if known_by:
        said += marks_told(name, known_by)
    return Traits(
        name=name if name and is_name(name) else "",
        birth_on=readable_birth(birth, on=on) if birth else None,
        sex=sex_of(sex) if sex else "",
        marks=frozenset([(kind, key) for kind, value in said if (key := key_of(kind, value))]),
    )


def are_apart_from_all(told: tuple[str, ...], others: Iterable[Traits], on: date) -> bool:
    """Return whether the sex or the day of birth tells somebody, of whom these columns are all that was told, apart from
    each of some others: what `Likely` looks at first, of reports by the million.
    """
    _, birth, sex, *_ = _told(told)
    who = Traits(birth_on=readable_birth(birth, on=on) if birth else None, sex=sex_of(sex) if sex else "")
    return all(are_plainly_apart(who, other) for other in others)


#: How somebody is reached, each with the column that tells it.
REACHES = tuple((kind, kind.value) for kind in (MarkKind.PHONE, MarkKind.EMAIL, MarkKind.ADDRESS))
_REACHED = tuple(kind for kind, _ in REACHES)
_told = itemgetter(*map(NAMES_OF_EACH.index, ("name", "birth", "sex", *(name for _, name in REACHES))))


def marks_told(name: str, known_by: Iterable[KnownBy]) -> Iterator[tuple[MarkKind, str]]:
    """Yield what somebody is known by as marks; another name only where it is a whole one, and not the name itself."""
    for each in known_by:
        kind = _KINDS[each.kind]
        value = _whole(each.value, name) if each.kind is KnownKind.FORMER_SURNAME else each.value
        if kind is not MarkKind.OTHER_NAME or (is_name(value) and other_name_key(value) != other_name_key(name)):
            yield kind, value


_KINDS = {
    KnownKind.VEHICLE: MarkKind.VEHICLE,
    KnownKind.ACCOUNT: MarkKind.ACCOUNT,
    KnownKind.ALIAS: MarkKind.OTHER_NAME,
    KnownKind.FORMER_SURNAME: MarkKind.OTHER_NAME,
}


def _whole(surname: str, name: str) -> str:
    """Return a former surname with the forename before it, unless it was told with it."""
    given = split_name(name)[0] if is_name(name) else ""
    return surname if set(name_words(given)) <= set(name_words(surname)) else f"{given} {surname}"


def numbers_of(site: str, part: str, told: Traits) -> dict[int, int]:
    """Return under which numbers somebody of a site who is so told of is looked for, each with what sharing it says."""
    return {number_of(site, part, sort, key): STRENGTH[sort] for sort, key in keys(told)}


@lru_cache(maxsize=65_536)
def readable_birth(text: str, *, on: date) -> date | None:
    """Return a day of birth as told, or None where it is no day: the words stay in the allegation."""
    try:
        return parse_birth(text, on=on)
    except InvalidBirth:
        return None
