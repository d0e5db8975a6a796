"""Small makers for the tests of linkage and cases: an allegation as told, a pair, an open case. Every name is invented."""

from __future__ import annotations

from copy import copy
from datetime import datetime, timedelta

from fourfold.access import queries as access_queries
from fourfold.audit.terms import Actor
from fourfold.base import new_id, new_reference
from fourfold.cases import services as cases
from fourfold.cases.models import Case, CaseAct
from fourfold.cases.terms import Outcome
from fourfold.duties import services as duties
from fourfold.gateways.bulk import insert_rows
from fourfold.intake.models import Allegation
from fourfold.intake.terms import Channel, RecordingClass, Urgency
from fourfold.people.models import Subject, Victim
from fourfold.people.terms import Part
from tests.cast import NOW, Cast
from tests.remembered import remembered

HER = {
    "victim_name": "Nora Quill",
    "victim_birth": "3 May 1985",
    "victim_sex": "F",
    "victim_phone": "07700 900123",
}
HIM = {
    "subject_name": "Dean Marlow",
    "subject_birth": "11/02/1979",
    "subject_sex": "M",
    "subject_phone": "07700 900777",
}


def told(actor: Actor, *, at: datetime = NOW, happened: datetime | None = None, **more: object) -> Allegation:
    """Keep an allegation about her and him, as a feed would have brought it; `more` replaces any column."""
    columns = {
        "site": "northmoor",
        "channel": Channel.FEED,
        "system": "crimes",
        "reference": new_reference("T", 9),
        "told_at": at,
        "received_at": at,
        "occurred_from": happened or at,
        "recorded_class": RecordingClass.MALICIOUS_COMMUNICATIONS,
        "words": "Flowers were left on the step again.",
        "behaviours": ["contacts"],
        "relationship": "former partner",
        "former_partner": True,
        "urgency": Urgency.ROUTINE,
        **HER,
        **HIM,
        **access_queries.held_by(actor, "feed", at=at),
        **more,
    }
    return Allegation.objects.create(**columns)


def known(
    cast: Cast,
    allegation: Allegation,
    victim: Victim | None = None,
    subject: Subject | None = None,
    *,
    at: datetime = NOW,
) -> tuple[Victim, Subject]:
    """Confirm victim and subject of an allegation; whoever is not named is put on record from what was told."""
    hers = cases.confirm_match(actor=cast.analyst, allegation=allegation, part=Part.VICTIM, victim=victim, at=at)
    his = cases.confirm_match(actor=cast.analyst, allegation=allegation, part=Part.SUBJECT, subject=subject, at=at)
    return hers.victim, his.subject  # type: ignore[return-value]


@remembered
def open_case(cast: Cast, *, at: datetime = NOW, **more: object) -> Case:
    """Tell an allegation, confirm its people and triage it to panel."""
    allegation = told(cast.analyst, at=at, **more)  # type: ignore[arg-type]
    known(cast, allegation, at=at)
    return triaged(cast, allegation, at=at)


def triaged(cast: Cast, allegation: Allegation, *, outcome: Outcome = Outcome.PANEL, at: datetime = NOW) -> Case:
    """Triage an allegation and return its case."""
    triage = cases.triage(actor=cast.analyst, allegation=allegation, outcome=outcome, reason="A pattern.", at=at)
    return triage.case  # type: ignore[return-value]


def further_act(cast: Cast, case: Case, *, at: datetime, **more: object) -> Allegation:
    """Tell one more allegation about the people of a case and triage it into the case."""
    allegation = told(cast.analyst, at=at, **more)  # type: ignore[arg-type]
    known(cast, allegation, case.victim, case.subject, at=at)
    triaged(cast, allegation, outcome=Outcome.ADVICE_ONLY, at=at)
    return allegation


def acts(cast: Cast, case: Case, *days: int, start: datetime = NOW) -> list[Allegation]:
    """Add an act for each number of days after `start`."""
    return [further_act(cast, case, at=start + timedelta(days=day)) for day in days]


def long_course(case: Case, many: int, *, newest: datetime) -> None:
    """Write acts of a case past the services, one a minute up to the newest, each as the one that it has."""
    act = CaseAct.objects.unscoped("test").select_related("allegation").get(case=case)
    reports, rows = [], []
    for number in range(many):
        report, row = copy(act.allegation), copy(act)
        report.pk, row.pk, report.reference = new_id(), new_id(), f"LONG-{number}"
        row.allegation, row.happened_at = report, newest - timedelta(minutes=number)
        reports.append(report)
        rows.append(row)
    insert_rows(reports)
    insert_rows(rows)
    list(duties.checked(mend=True))
