"""Who must step aside: what a member declares, and what the record itself suggests. No framework, no clock."""

from collections.abc import Collection, Iterator

from fourfold.panel.terms import AtTable, Phase
from fourfold.words import sentence

BOTH_SIDES = frozenset({"clinician_of_victim", "clinician_of_subject"})
ASIDE = "You have stepped aside from this item. A colleague from your profession gives the view."


def detected(
    name: str, family_names: Collection[str], relations: Collection[str], *, known_here: bool
) -> Iterator[str]:
    """Yield what the record suggests of somebody at the table; each is answered before that person speaks or decides.

    `family_names` are those of the victim and the subject, `known_here` says that the desk was told that somebody who
    works here knows the subject or somebody close.
    """
    families = {family.casefold() for family in family_names if family.strip()}
    if name.split() and name.rsplit(maxsplit=1)[-1].casefold() in families:
        yield "You share a family name with somebody in this case."
    if set(relations) >= BOTH_SIDES:
        yield "You treat both the victim and the subject."
    if known_here:
        yield "The desk was told that somebody who works here knows the subject or people close to them."


def why_not_speak(standing: AtTable) -> str | None:
    if standing.aside:
        return ASIDE
    if standing.open:
        return sentence("First say whether you must step aside. {1}", " ".join(standing.open))
    return None


def why_not_declare(standing: AtTable, phase: Phase, *, aside: bool, because: str) -> tuple[str, str] | None:
    """Return the field and reason for which a declaration cannot be kept, or None."""
    if phase is Phase.DECIDED:
        return "aside", "This item is decided. Tell the chair, who may bring the case before a new sitting."
    if standing.aside:
        return "aside", "You have already stepped aside. You cannot come back to this item."
    if not aside and not because.strip():
        return "because", "Say why this is not a conflict. The chair will read it."
    return None
