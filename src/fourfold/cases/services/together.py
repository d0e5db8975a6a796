"""The class check of every report of a course: each has its own answer before one outcome is written for all."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from fourfold.access import services as access
from fourfold.access.terms import Permission
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.cases.services.desk import acts_against, class_expected_of
from fourfold.cases.terms import ReportSaid
from fourfold.fields import Unfit
from fourfold.intake.models import Allegation
from fourfold.linkage import queries as linkage
from fourfold.people.models import Subject, Victim
from fourfold.words import sentence


def refuse_unanswered_classes(
    *,
    actor: Actor,
    reports: Sequence[Allegation],
    said: Mapping[object, ReportSaid],
    pair: tuple[Victim | None, Subject | None],
    case: Case | None,
    at: datetime,
) -> None:
    """Refuse an outcome while the class check of a report is not answered, and say of which. Raises Unfit.

    Counted over all of these reports, the acts of the pair and those of the case; a report of a third party owes none.
    Nothing is written: whoever triages does that next.
    """
    access.require(actor, Permission.ALLEGATION_TRIAGE, at=at, site=reports[0].site)
    acts = acts_against(actor, *pair, case, reports, at)
    third = linkage.of_third_parties([each.pk for each in reports])
    missing = []
    for report in reports:
        answer = said[report.pk]
        if report.pk in third or answer.class_asked or answer.class_kept_because.strip():
            continue
        if (expected := class_expected_of(report, acts)) is not None:
            where = f"class-{report.pk}"
            missing.append((where, sentence("{1}: {2} Say what is done about it.", report.reference, expected.says)))
    if missing:
        raise Unfit(*missing[0], *missing[1:])
