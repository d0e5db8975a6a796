"""The behaviours of one allegation: as told, as the words propose them, as somebody confirmed or rejected them."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.access.terms import existing
from fourfold.audit.terms import Actor
from fourfold.cases import rules
from fourfold.cases.models import BehaviourJudged
from fourfold.intake.rules import mentioned
from fourfold.intake.terms import Behaviour, Manner, Mentioned
from fourfold.linkage import queries as linkage


class Standing(StrEnum):
    """How a behaviour stands in one allegation."""

    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    TOLD = "told"
    PROPOSED = "proposed"
    MARKED = "marked only"


@dataclass(frozen=True)
class BehaviourShown:
    """One behaviour: how it stands, the very words with the manner in which each is said, and who judged it.

    `example`: one of the Act's seven. `id` is the judgement that stands, to be undone.
    """

    behaviour: Behaviour
    standing: Standing
    example: bool
    evidence: tuple[tuple[str, Manner], ...]
    id: UUID | None = None
    by: str = ""
    at: datetime | None = None
    reason: str = ""

    @property
    def asks(self) -> bool:
        """Whether somebody may still confirm or reject it."""
        return self.id is None


def behaviours_shown(allegation: UUID, told: tuple[Behaviour, ...], words: str) -> tuple[BehaviourShown, ...]:
    """Return the behaviours of which there is anything to say, the Act's seven first; two statements at most.

    For a page whose allegation has been opened.
    """
    judged = {
        Behaviour(row.behaviour): row
        for row in BehaviourJudged.objects.unscoped("the allegation was opened").filter(
            allegation=allegation, undone_at__isnull=True
        )
    }
    names = access_queries.names_of(row.judged_by for row in judged.values())
    said: dict[Behaviour, list[Mentioned]] = defaultdict(list)
    for one in mentioned(words):
        if one.behaviour is not None:
            said[one.behaviour].append(one)
    order = (*rules.SEVEN, *(each for each in Behaviour if each not in rules.SEVEN))
    return tuple(
        _shown(each, told, said[each], words, judged.get(each), names)
        for each in order
        if each in judged or each in told or said[each]
    )


def _shown(
    behaviour: Behaviour,
    told: tuple[Behaviour, ...],
    said: list[Mentioned],
    words: str,
    judged: BehaviourJudged | None,
    names: dict[UUID, str],
) -> BehaviourShown:
    evidence = tuple(dict.fromkeys((words[one.start : one.end], one.manner) for one in said))
    example = behaviour in rules.SEVEN
    if judged is not None:
        standing = Standing.CONFIRMED if judged.shown else Standing.REJECTED
        by = names.get(judged.judged_by, "a colleague")
        return BehaviourShown(behaviour, standing, example, evidence, judged.pk, by, judged.judged_at, judged.reason)
    if behaviour in told:
        return BehaviourShown(behaviour, Standing.TOLD, example, evidence)
    proposed = any(one.proposes for one in said)
    return BehaviourShown(behaviour, Standing.PROPOSED if proposed else Standing.MARKED, example, evidence)


def behaviour_judged(actor: Actor, judged: UUID, *, at: datetime) -> BehaviourJudged:
    """Return what was said of a behaviour, for a page to hand to a service, or raise NotFound."""
    rows = BehaviourJudged.objects.unscoped("opened in the next lines").select_related("allegation")
    row = existing(rows.filter(pk=judged).first())
    linkage.open_allegation(actor, row.allegation, at=at)
    return row
