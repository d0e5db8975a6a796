"""What somebody said of whom reports concern, for the rules that join reports; shown to nobody."""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID

from fourfold.cases.models import CaseAct
from fourfold.linkage.models import Match
from fourfold.linkage.terms import Verdict

INSIDE = "compared by rules, shown to nobody"


def said_of_people() -> tuple[
    dict[UUID, tuple[UUID | None, UUID | None]], dict[UUID, tuple[frozenset[UUID], frozenset[UUID]]]
]:
    """Return who each allegation concerns as confirmed now, and who it does not; for rules, shown to nobody."""
    standing = Match.objects.unscoped(INSIDE).filter(undone_at__isnull=True)
    confirmed: dict[UUID, tuple[UUID | None, UUID | None]] = {}
    not_them: dict[UUID, tuple[set[UUID], set[UUID]]] = defaultdict(lambda: (set(), set()))
    rows = standing.filter(verdict__in=(Verdict.SAME, Verdict.NOT_SAME)).values_list(
        "allegation", "victim", "subject", "verdict"
    )
    for allegation, victim, subject, verdict in rows.iterator(chunk_size=5_000):
        if verdict == Verdict.SAME:
            before = confirmed.get(allegation, (None, None))
            confirmed[allegation] = (victim or before[0], subject or before[1])
        else:
            not_them[allegation][0 if victim else 1].add(victim or subject)
    return confirmed, {key: (frozenset(a), frozenset(b)) for key, (a, b) in not_them.items()}


def third_parties_told() -> dict[UUID, frozenset[UUID]]:
    """Return the reports that tell of a third party, and near which victims by their cases; for rules, shown to nobody."""
    third = Match.objects.unscoped(INSIDE).filter(verdict=Verdict.THIRD, undone_at__isnull=True)
    near: dict[UUID, set[UUID]] = {pk: set() for pk in third.values_list("allegation", flat=True)}
    joined = CaseAct.objects.unscoped(INSIDE).filter(allegation__in=third.values("allegation"), left_at__isnull=True)
    for pk, victim in joined.values_list("allegation", "case__victim"):
        near[pk].add(victim)
    return {pk: frozenset(each) for pk, each in near.items()}
