"""What people are known by besides the name, told by hand: read from the fields of a form, and whether it can be kept."""

from collections.abc import Iterator, Mapping

from fourfold.intake.rules.feeds.identifiers import LONGEST, MOST, is_registration, texts_in
from fourfold.intake.terms import KnownBy, KnownKind, PersonAsTold, Told
from fourfold.words import sentence

#: What begins a new entry in a field.
SEPARATOR = ";"


def known_by_typed(fields: Mapping[KnownKind, str]) -> tuple[KnownBy, ...]:
    """Return what was typed, each once: one on a line, or several with a semicolon between; “none” and its like are not."""
    return tuple(
        dict.fromkeys(
            KnownBy(kind, text)
            for kind, typed in fields.items()
            for line in typed.splitlines()
            for text in texts_in(line, SEPARATOR)
        )
    )


def why_not_known_by(told: Told) -> tuple[str, str] | None:
    """Return the field and the reason for which what somebody is known by cannot be kept, with how to mend it, or None."""
    first = (("victim", told.victim), ("subject", told.subject))
    people = (*first, *((str(each.role), each.person) for each in told.further))
    return next((problem for part, person in people for problem in _problems(part, person)), None)


def _problems(part: str, person: PersonAsTold) -> Iterator[tuple[str, str]]:
    for kind, value in ((each.kind, each.value) for each in person.known_by):
        if why := _why_not(kind, value):
            yield f"{part}.{kind}", why
    if len(set(person.known_by)) > MOST:
        yield (
            f"{part}.{person.known_by[-1].kind}",
            sentence("Keep to {1} cars, accounts and other names of one person.", MOST),
        )


def _why_not(kind: KnownKind, value: str) -> str:
    if "\x00" in value:
        return "This has a character in it that no text holds (NUL). Take it out."
    if len(value) > LONGEST:
        return sentence("Each can have {1} characters. Shorten it, or put each on a new line.", LONGEST)
    if kind is KnownKind.VEHICLE and not is_registration(value):
        return sentence("“{1}” is not a number plate. Write it as AB12 CDE.", value)
    if kind is KnownKind.ACCOUNT and not value.rpartition(":")[2].strip(" @"):
        return sentence("“{1}” names no account. Write it as instagram: handle.", value)
    return "" if value.strip() else "Write it, or leave it out."
