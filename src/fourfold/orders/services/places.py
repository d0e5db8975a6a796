"""Asking before a place of the victim stands in words that are served on the subject."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.orders import rules
from fourfold.orders.queries.whereabouts import Whereabouts
from fourfold.orders.terms import CannotOrder, ConditionDraft


def places_on_purpose(
    actor: Actor,
    case: Case,
    hidden: Whereabouts,
    drafts: Iterable[ConditionDraft],
    *,
    at: datetime,
    by_court: bool = True,
) -> tuple[ConditionDraft, ...]:
    """Return the drafts, the reason only with those that name a place of the victim; raise CannotOrder where one lacks it.

    The refusal tells that a typed word is a place of the victim, so whoever is told so is remembered.
    """
    kept = []
    for draft in drafts:
        found = hidden.places_in(draft.text)
        if why := rules.why_not_name_places(found, draft.place, by_court=by_court):
            audit.refused(actor, "order.place_named", at=at, rule="a place of the victim in a condition", file=case.pk)
            raise CannotOrder(*why)
        kept.append(draft if found else replace(draft, place=None))
    return tuple(kept)
