"""One form, filled in at two places: what each changed is kept, and what both changed is asked about."""

from collections.abc import Mapping
from dataclasses import dataclass

Typed = Mapping[str, tuple[str, ...]]
"""What stands in each field; several values where several may be chosen, none where it is blank."""


@dataclass(frozen=True)
class Merged:
    """What the form says now, and the fields that both changed, each to something else."""

    typed: dict[str, tuple[str, ...]]
    both: tuple[str, ...]


def merged(base: Typed, theirs: Typed, mine: Typed) -> Merged:
    """Return the two changes of `base` as one form. Where both changed a field, mine stands and the field is named:
    nothing typed is lost, and nothing is decided by who came second. Fields that `mine` does not hold were not on
    that page, and stay as they are in `theirs`."""
    typed = {name: theirs.get(name, ()) for name in dict.fromkeys([*theirs, *mine])}
    both: list[str] = []
    for name, said in mine.items():
        was, there = base.get(name, ()), theirs.get(name, ())
        if said == was:
            continue
        typed[name] = said
        if there not in (was, said):
            both.append(name)
    return Merged({name: said for name, said in typed.items() if said}, tuple(both))
