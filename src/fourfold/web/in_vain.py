"""What somebody asked for and nobody confirmed, as a row of their day: why, and where to ask again."""

from __future__ import annotations

from django.urls import reverse

from fourfold.access.terms import Role
from fourfold.access.terms.endings import Ending
from fourfold.cases.queries.parts import EndTold, PartShown
from fourfold.programme.queries import name_of
from fourfold.web.worklist import WorkRow
from fourfold.words import Sentence, Word, sentence


def in_vain(one: PartShown | EndTold, *, opens: bool) -> WorkRow:
    """Return the row; `opens`: whoever reads it opens the pages of a case."""
    what = one.ending.words if isinstance(one, EndTold) else Word("a part in a case")
    whom = of_whom(one) if isinstance(one, EndTold) else sentence("{1}, {2}", one.who, one.kind.words)
    if one.answered_by:
        why = sentence("{1} said no: {2}", one.answered_by, one.refused)
    else:
        why = sentence("closed: {1}", one.refused or Word("nobody answered in time"))
    return WorkRow(
        due_at=None,
        what=sentence("Not confirmed: {1} ({2})", what, whom),
        href=_where_asked(one, opens=opens),
        why=why,
        case=one.reference if opens else "",
        detail="" if opens else one.reference,
        mine=True,
    )


def of_whom(one: EndTold) -> Sentence:
    """Return who loses it, and as what."""
    if one.kind is None:
        return sentence("{1}", name_of(one.who))
    return sentence("{1}, {2}", one.who, one.kind.label if isinstance(one.kind, Role) else one.kind.words)


def _where_asked(one: PartShown | EndTold, *, opens: bool) -> str:
    """Return the page on which the same, or something else, can be asked for."""
    if opens and one.reference:
        return reverse("case:team", kwargs={"reference": one.reference})
    wall = isinstance(one, EndTold) and one.ending is Ending.WALL
    return reverse("oversight:standing") if wall else reverse("sites:list")
