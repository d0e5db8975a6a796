"""Names of our own for what a file calls otherwise: keys that can stand in forms, addresses and hashes.

The same file always gives the same names, and what it was called there is kept beside them.
"""

import re
import unicodedata
from collections.abc import Iterable

LONGEST_KEY = 60
RESERVED = frozenset({"note", "other", "absent"})
"""Words that stand behind a key in a form, and so cannot be one."""

_UNFIT = re.compile(r"[^a-z0-9]+")


def slug(text: str, joint: str = "_") -> str:
    """Return small letters, digits and joints, or nothing where no letter or digit is in it."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return _UNFIT.sub(joint, plain).strip(joint)[:LONGEST_KEY].rstrip(joint)


def key(text: str, prefix: str) -> str:
    """Return a key that begins with a letter; the prefix stands before what does not."""
    found = slug(text)
    if found and found[0].isalpha() and found not in RESERVED:
        return found
    return f"{prefix}_{found}"[:LONGEST_KEY].rstrip("_") if found else prefix


def version(written_version: str) -> int:
    found = re.match(r"[vV]?(\d{1,6})", written_version)
    return max(int(found.group(1)), 1) if found else 1


def published(written_version: str) -> str:
    """Return the version that a file gives itself; an address takes none with a blank or a bar in it."""
    return "" if any(letter.isspace() or letter == "|" for letter in written_version) else written_version


class Keys:
    """Hands out keys, each once."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)
        self._times: dict[str, int] = {}

    def take(self, text: str, prefix: str) -> str:
        """Return the key for a text, with a number behind it where another has it already."""
        wanted = key(text, prefix)
        found = wanted
        while found in self._taken:
            self._times[wanted] = self._times.get(wanted, 1) + 1
            number = str(self._times[wanted])
            found = f"{wanted[: LONGEST_KEY - len(number) - 1]}_{number}"
        self._taken.add(found)
        return found
