"""What somebody asked for and nobody confirmed, as a row of their day: why, and where to ask again."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from django.urls import reverse

from fourfold import journey
from fourfold.access import queries as access
from fourfold.access.terms import Permission, Role
from fourfold.access.terms.endings import Asked, Ending
from fourfold.audit.terms import Actor
from fourfold.cases.queries.parts import EndTold, PartShown, ends_in_vain
from fourfold.journey.asked import in_vain_of
from fourfold.programme.queries import name_of
from fourfold.web.worklist import WorkRow, source
from fourfold.words import Sentence, Word, sentence

UNANSWERED = "nobody answered in time"


def in_vain(one: PartShown | EndTold, *, opens: bool) -> WorkRow:
    """Return the row; `opens`: whoever reads it opens the pages of a case."""
    what = one.ending.words if isinstance(one, EndTold) else Word("a part in a case")
    whom = of_whom(one) if isinstance(one, EndTold) else sentence("{1}, {2}", one.who, one.kind.words)
    return replace(
        not_confirmed(
            sentence("{1} ({2})", what, whom),
            one.refused or "",
            by=one.answered_by,
            href=_where_asked(one, opens=opens),
        ),
        case=one.reference if opens else "",
        detail="" if opens else one.reference,
    )


def not_confirmed(what: Sentence, because: str, *, by: str, href: str, case: str = "") -> WorkRow:
    """Return the row of what was asked for in vain: refused by somebody (`by`), closed, or answered by nobody in time."""
    said = sentence("{1} said no: {2}", by, because) if by else sentence("closed: {1}", because or Word(UNANSWERED))
    return WorkRow(due_at=None, what=sentence("Not confirmed: {1}", what), href=href, why=said, case=case, mine=True)


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


@source(Permission.SITE_VIEW, ahead=lambda actor, at: [in_vain_of.call(actor, at)])
def asked_in_vain(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield what the reader asked of a second person, and nobody confirmed, with why and where to ask again.

    What they asked to end too, but for whoever finds it in oversight or among the parts in cases.
    """
    told = (Permission.ENDING_CONFIRM, Permission.PART_CONFIRM)
    if access.may(actor, Permission.ACCOUNT_MANAGE) and not any(access.may(actor, one) for one in told):
        yield from (in_vain(end, opens=False) for end in ends_in_vain(actor=actor, at=at))
    for one, reference in journey.asked_in_vain(actor=actor, at=at):
        if reference:
            href = reverse("case:pattern", kwargs={"reference": reference})
        else:
            href = reverse("desk:list") if one.what is Asked.JOIN else reverse("sites:list")
        yield not_confirmed(sentence("{1}", one.what.words), one.because, by=one.by, href=href, case=reference)
