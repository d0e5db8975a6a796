"""What reports told before a form asks it: to stand in its fields with its source, until a person confirms it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from uuid import UUID

from django.db.models import Q

from fourfold.access import queries as access_queries
from fourfold.access.terms import Compartment
from fourfold.assessment.queries.filling import FormPage
from fourfold.audit.terms import Actor
from fourfold.cases.models import BehaviourJudged, CaseAct
from fourfold.intake import queries as intake
from fourfold.intake.models import Allegation
from fourfold.intake.rules import relationship_meant, words_beside_answer
from fourfold.intake.terms import Behaviour, Channel
from fourfold.words import Word

#: The forms that ask what a report told already; what it says answers their questions with yes, and never with no.
ASKED_AGAIN = frozenset({"first-line"})
YES = "yes"
DIFFER = Word("Neither is filled in. Ask which is right.")
NO_WEAPON = Word("Answered: no weapon.")
OF_ONE_ACT = Word("That was said of one act, so it is not filled in. Answer for all acts.")
BEHAVIOURS: dict[str, frozenset[str]] = {
    "property": frozenset({Behaviour.INTERFERES}),
    "loitering": frozenset({Behaviour.LOITERS, Behaviour.WATCHES, Behaviour.FOLLOWS, Behaviour.MONITORS}),
    "third_parties": frozenset({Behaviour.THROUGH_OTHERS}),
    "threats": frozenset({Behaviour.THREATENS}),
    "violence": frozenset({Behaviour.ATTACKS}),
}


@dataclass(frozen=True)
class ToldBefore:
    """What one report says about one question: the option, when it was told, and by whom (empty: a feed or the victim).

    `beside`: its answer and its words, where the one denies what the other says, or its no; then it chooses no option, and
    `ask` says why.
    """

    item: str
    code: str
    told_at: datetime
    by: str
    reports: int = 1
    beside: str = ""
    ask: str = ""


def told_before(*, actor: Actor, page: FormPage, at: datetime) -> tuple[ToldBefore, ...]:
    """Return what the reports of a case say of a form's questions, the latest that says so; nothing that is closed to
    the reader, nothing on which reports differ, nothing that nobody told, and nothing in a round, in which each rater
    says it for themselves. At most five statements.
    """
    if page.form.key not in ASKED_AGAIN or page.round is not None:
        return ()
    opened = access_queries.opened(actor, page.case, at=at)
    if not (opened.may_read(Compartment.CORE) and opened.may_read(Compartment.RISK)):
        return ()
    told = Q(left_at__isnull=True) | Q(same_as__isnull=False)  # a report that counts with another tells what it tells
    acts = CaseAct.objects.of(opened).filter(told).select_related("allegation__summary")
    acts = list(acts.order_by("-happened_at", "id"))
    standing = {act.allegation_id: act for act in acts if act.left_at is None}
    rows = intake.as_told_last({act.allegation_id: act.allegation for act in acts}.values())
    found = [*_behaviours(rows, breaches={act.allegation_id for act in standing.values() if act.is_breach})]
    if opened.may_read(Compartment.SUBJECT_IDENTITY):
        found.extend(_relationship(rows))
    if len(standing) > 1:
        first = min((row for row in rows if row.pk in standing), key=lambda row: row.told_at)
        found.append(_source("earlier_reports", YES, first, reports=len(standing)))
    return tuple(found)


def _behaviours(rows: list[Allegation], breaches: Collection[UUID]) -> Iterator[ToldBefore]:
    confirmed = _confirmed(rows)
    for item, kinds in BEHAVIOURS.items():
        yield from _first(item, (row for row in rows if kinds & (_keyed(row) | confirmed[row.pk])))
    yield from _weapons(rows)
    yield from _first("breach", (row for row in rows if row.pk in breaches))


def _weapons(rows: list[Allegation]) -> Iterator[ToldBefore]:
    """Yield the latest report that told of a weapon; or, where none did, the latest whose words do and whose answer denies
    it; or the latest that said no.
    """
    told = list(_first("weapons", (row for row in rows if row.weapon)))
    against = ((row, beside) for row in rows if (beside := words_beside_answer(row.weapon, row.words)))
    differ = [replace(_source("weapons", "", row), beside=beside, ask=DIFFER) for row, beside in islice(against, 1)]
    denied = (
        replace(_source("weapons", "", row), beside=NO_WEAPON, ask=OF_ONE_ACT) for row in rows if row.weapon is False
    )
    yield from told or differ or islice(denied, 1)


def _keyed(row: Allegation) -> set[str]:
    """Return the behaviours that were keyed with a report, but for those that somebody rejected since."""
    summary = row._state.fields_cache.get("summary")
    return set(row.behaviours) & set(summary.kinds) if summary else set(row.behaviours)


def _confirmed(rows: list[Allegation]) -> dict[UUID, set[str]]:
    """Return the behaviours that somebody confirmed of each report: what its words alone propose is nobody's answer yet."""
    judged = BehaviourJudged.objects.unscoped("of acts that are open to the reader").seen()
    found: dict[UUID, set[str]] = defaultdict(set)
    standing = judged.filter(allegation__in=[row.pk for row in rows], shown=True, undone_at__isnull=True)
    for allegation, behaviour in standing.values_list("allegation", "behaviour"):
        found[allegation].add(behaviour)
    return found


def _relationship(rows: list[Allegation]) -> Iterator[ToldBefore]:
    told = [(code, row) for row in rows if (code := relationship_meant(row.relationship, row.former_partner))]
    if len({code for code, _ in told}) == 1:
        yield _source("relationship", *told[0])


def _first(item: str, rows: Iterable[Allegation]) -> Iterator[ToldBefore]:
    for row in rows:
        yield _source(item, YES, row)
        return


def _source(item: str, code: str, row: Allegation, *, reports: int = 1) -> ToldBefore:
    by = row.teller if row.channel == Channel.REFERRAL else ""
    return ToldBefore(item, code, row.told_at, by, reports)
