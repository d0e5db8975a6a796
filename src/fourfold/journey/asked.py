"""What one person asked of a second in vain, wherever it was asked."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from fourfold.access import in_vain
from fourfold.access import queries as access_queries
from fourfold.access.statements import composed
from fourfold.access.terms import Compartment
from fourfold.access.terms.endings import Asked, InVain
from fourfold.assessment.queries import vain as assessment
from fourfold.audit.terms import Actor
from fourfold.cases.queries import vain as cases
from fourfold.orders.queries import vain as orders
from fourfold.people.queries import vain as people
from fourfold.plan.queries import vain as plan

#: In which compartment the words of an answer are, where the case alone does not open them.
WORDS_IN = {
    Asked.ADDRESS: Compartment.VICTIM_CONTACT,
    Asked.MESSAGE: Compartment.VICTIM_CONTACT,
    Asked.SIGNATURE: Compartment.RISK,
}


def asked_in_vain(*, actor: Actor, at: datetime) -> tuple[tuple[InVain, str], ...]:
    """Return what the actor asked for of late and nobody confirmed, each with the reference of its case, if any.

    Nothing of a case that is shut to the actor by now. Parts, ends, walls and agreements have rows of their own. One
    statement where there is nothing.
    """
    read = in_vain_of(actor, at)
    if not read:
        return ()
    by: dict[str, Any] = {"actor": actor, "at": at}
    found = in_vain.all_of(_kinds(**by), read)
    files = [one.file for one in found if one.file]
    references = cases.references_of(files, **by) if files else {}
    return tuple(
        (one, references[one.file] if one.file else "")
        for one in found
        if one.file is None or (one.file in references and _may_read(one, **by))
    )


@composed
def in_vain_of(actor: Actor, at: datetime) -> QuerySet[Any, Any]:
    """Return the rows of what the actor asked for in vain, of every kind."""
    return in_vain.in_one_list(_kinds(actor=actor, at=at))


def _kinds(*, actor: Actor, at: datetime) -> list[in_vain.Found]:
    from fourfold.governance.queries import vain as governance  # brings the statistics, which no command waits for

    by: dict[str, Any] = {"actor": actor, "at": at}
    of_cases = (*cases.in_vain(**by), *assessment.in_vain(**by), *people.in_vain(**by))
    of_steps = (*orders.in_vain(**by), *plan.in_vain(**by), *governance.in_vain(**by))
    return [in_vain.accounts(**by), *of_cases, *of_steps]


def _may_read(one: InVain, *, actor: Actor, at: datetime) -> bool:
    """Return whether the words of an answer are open to the actor still: a part in the case may have ended since."""
    needs = WORDS_IN.get(one.what)
    return needs is None or (one.file is not None and access_queries.opened(actor, one.file, at=at).may_read(needs))
