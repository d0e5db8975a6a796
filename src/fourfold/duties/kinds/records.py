"""What waits about what is on record: challenges, confidences and packs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from fourfold.duties.kinds.asking import LONDON, WHY, Files, Kind, asked, due, rows_of
from fourfold.duties.models import Duty
from fourfold.governance.models import (
    Challenge,
    ChallengeAnswered,
    ConfidenceAnswer,
    ConfidenceAsked,
    ConfidenceDecision,
    ConfidenceSigned,
    DisposalAsked,
    HoldLifted,
    MoreAsked,
    MoreCame,
    Pack,
    PackMadeAgain,
    PackReleased,
    RetentionReview,
)
from fourfold.governance.terms import RequestState

_open_challenges = asked(lambda files: rows_of(Challenge, files).filter(answered=None))


def _challenges(files: Files) -> Iterator[Duty]:
    from fourfold.governance.queries.retaining import (
        waits_of,  # which loads statistics; every command loads this module
    )

    rows = list(_open_challenges(files))
    waits = waits_of(rows) if rows else {}
    for row in rows:
        came = [(one.asked_on, getattr(one, "came", None)) for one in waits[row.pk]]
        said = {
            "by_whom": row.by_whom,
            "received_on": row.received_on.isoformat(),
            "waits": [[asked.isoformat(), one and one.came_on.isoformat()] for asked, one in came],
        }
        due_at, case = datetime.combine(row.due_on, time(17), tzinfo=LONDON), row.case_id
        yield due("challenges", case, row.pk, due_at, said=said)


@asked
def _confidences_asked(files: Any) -> Any:
    answered = ConfidenceAnswer.objects.unscoped(WHY).filter(asked=OuterRef("pk"))
    rows = rows_of(ConfidenceAsked, files).filter(Q(decision=None) | _TO_SIGN).annotate(answered=Exists(answered))
    of = ("pk", "case_id", "recorded_at", "expires_on", "answered", "decision__recorded_by")
    return rows.values_list(*of)


def _confidences(files: Files) -> Iterator[Duty]:
    """Yield what waits for the victim's word, for the advocate's, or for a second advocate's under a release that the
    victim refused: never what was answered, or whether there is anything."""
    for pk, case, asked_at, expires_on, is_answered, decided_by in _confidences_asked(files):
        waits = RequestState.TO_DECIDE if is_answered else RequestState.WAITING_FOR_VICTIM
        said = {"state": RequestState.WAITING_FOR_SIGNATURE if decided_by else waits}
        yield due(
            "confidences",
            case,
            pk,
            asked_at,
            until=datetime.combine(expires_on + timedelta(days=1), time(), tzinfo=LONDON),
            asked_by=decided_by,
            said=said,
        )


@asked
def _disposals_asked(files: Any) -> Any:
    rows = rows_of(DisposalAsked, files).filter(answered_at=None)
    return rows.values_list("pk", "case_id", "recorded_by", "recorded_at")


def _disposals(files: Files) -> Iterator[Duty]:
    """Yield the disposals that somebody asked for and nobody has answered, each with who may not sign it."""
    from fourfold.governance.queries.disposing import kept_apart

    for pk, case, by, at in _disposals_asked(files):
        said = {"asked_at": at.isoformat(), "apart": sorted(map(str, kept_apart(case)))}
        yield due("disposals", case, pk, None, asked_by=by, said=said)


@asked
def _not_released(files: Any) -> Any:
    last = PackMadeAgain.objects.unscoped(WHY).filter(pack=OuterRef("pk")).order_by("-recorded_at", "-pk")
    rows = rows_of(Pack, files).filter(release=None)
    rows = rows.annotate(waits=Coalesce(Subquery(last.values("undecided")[:1]), F("undecided"), 0))
    of = ("pk", "case_id", "due_on", "recorded_by", "recorded_at", "kind", "application__kind", "waits")
    return rows.values_list(*of)


def _packs(files: Files) -> Iterator[Duty]:
    """Yield the packs that nobody has released, each with how many of its words nobody had decided when its files were made."""
    for pk, case, due_on, by, made_at, kind, order, waits in _not_released(files):
        said = {"kind": kind, "order": order, "made_at": made_at.isoformat(), "undecided": waits}
        yield due("packs", case, pk, datetime.combine(due_on, time(23, 59), tzinfo=LONDON), asked_by=by, said=said)


_TO_SIGN = Q(decision__releases=True, decision__overrides=True, decision__signature=None)


KINDS = (
    Kind("challenges", (Challenge, ChallengeAnswered, MoreAsked, MoreCame), _challenges, (Challenge, "about")),
    Kind("confidences", (ConfidenceAsked, ConfidenceAnswer, ConfidenceDecision, ConfidenceSigned), _confidences),
    Kind("disposals", (DisposalAsked, RetentionReview, HoldLifted), _disposals),
    Kind("packs", (Pack, PackMadeAgain, PackReleased), _packs, (Pack, "asked_by")),
)
