"""Which number may stand on a unit's list of numbers to call."""

import re
from collections.abc import Iterable

from fourfold.people.rules.identifiers import phone_key

SECOND = "You asked for this number yourself. Somebody else rings it and confirms it."
#: Digits and the spaces between them: nothing else leaves in a message.
_WRITTEN = re.compile(r"\+?\d+(?: \d+)*", re.ASCII)


def as_listed(number: str) -> str:
    """Return a number as messages would say it."""
    return " ".join(number.split())


def why_not_ask(number: str, listed: Iterable[str], *, waits: bool = False) -> str | None:
    """Return why a number cannot be asked for, or None; `listed` are those on the list. A short number tells whose it is.

    `waits`: one waits already, and the next is asked for when somebody has answered.
    """
    said = as_listed(number)
    if len(said) > 20 or not _WRITTEN.fullmatch(said) or not phone_key(said):
        return "Write the whole telephone number, with digits and spaces only."
    if phone_key(said) in {phone_key(each) for each in listed}:
        return "This number is on the list already."
    return "Another number waits for a second person. Let somebody confirm it, or end it, first." if waits else None
