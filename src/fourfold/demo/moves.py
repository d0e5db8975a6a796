"""The moves of a case, played by whoever may: told, confirmed, taken on, staffed, assessed, heard, decided.

The leading cases and the story are put together from these. Rows of other slices are handed on and never opened.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from fourfold import journey
from fourfold.access.terms import RelationKind, Role
from fourfold.assessment import services as assessment
from fourfold.assessment.terms import Answer as Given
from fourfold.cases import services as cases
from fourfold.cases.terms import Answer, Level, Outcome, ScreeningAnswers
from fourfold.demo import wordings
from fourfold.demo.founding import Company
from fourfold.demo.invented import Person
from fourfold.intake.terms import Channel, PersonAsTold, RecordingClass, Told
from fourfold.linkage import services as linkage
from fourfold.panel import queries as panel_queries
from fourfold.panel import services as panel
from fourfold.panel.terms import DecisionDraft, MeasureDraft, Strand
from fourfold.people.terms import Part

Row = Any

FOUR = ScreeningAnswers(
    fixated=Answer.YES,
    obsessive=Answer.YES,
    unwanted=Answer.YES,
    repeated=Answer.YES,
    immediate_danger=Answer.NO,
    known_to_staff=Answer.NO,
    reclassification_asked=True,
)

#: Days to the review that a decision sets in the early months of a case, when the clocks run at half their time.
REVIEW_DAYS = {Level.VERY_HIGH: 1, Level.HIGH: 3, Level.MEDIUM: 14, Level.LOW: 28}

TEAM = (
    (RelationKind.OIC, Role.POLICE_OFFICER),
    (RelationKind.ADVOCATE, Role.VICTIM_ADVOCATE),
    (RelationKind.CLINICIAN_OF_SUBJECT, Role.MENTAL_HEALTH_PROFESSIONAL),
    (RelationKind.OUTREACH, Role.OUTREACH_WORKER),
)


@dataclass(frozen=True)
class Pair:
    """A victim and a subject who are told of together."""

    victim: Person
    subject: Person
    relationship: str = "former partner"

    def told(self, company: Company, at: datetime, words: str, recorded: RecordingClass, **more: Any) -> Told:
        """Return an act of this subject against this victim as a feed tells it, an hour after it happened."""
        values: dict[str, Any] = {
            "site": company.site,
            "channel": Channel.FEED,
            "told_at": at,
            "words": words,
            "occurred_from": at - timedelta(hours=1),
            "recorded_class": recorded,
            "class_as_recorded": f"{recorded.value} {recorded.words}",
            "former_partner": self.relationship == "former partner",
            "place": self.victim.address.split(", ")[1],
            "victim": as_told(self.victim),
            "subject": as_told(self.subject, self.relationship),
        }
        return Told(**{**values, **more})


def as_told(person: Person, relationship: str = "") -> PersonAsTold:
    return PersonAsTold(
        name=person.name,
        birth=f"{person.birth:%d/%m/%Y}",
        sex=person.sex,
        phone=person.phone,
        email=person.email,
        address=person.address,
        relationship=relationship,
    )


# ---- the desk ------------------------------------------------------------------------------------------------------


def take_on(
    company: Company, tellings: Sequence[Told], *, at: datetime, outcome: Outcome = Outcome.PANEL, reason: str
) -> Row:
    """Receive what was told, confirm the same two people each time, let all of it leave the desk; return the case."""
    received = [receive(company, told) for told in tellings]
    victim, subject = _confirmed(company, received[0], None, None)
    for allegation in received[1:]:
        _confirmed(company, allegation, victim, subject)
    analyst = company.of(Role.POLICE_ANALYST, at)
    triage = journey.case_taken_on(
        actor=analyst, allegation=received[-1], answers=FOUR, outcome=outcome, reason=reason, at=at
    )
    for allegation in received[:-1]:
        because = "an earlier act of the course of conduct that was taken on"
        cases.triage(actor=analyst, allegation=allegation, outcome=outcome, reason=because, at=at)
    return triage.case


def receive(company: Company, told: Told) -> Row:
    """Receive what was told twenty minutes later, with proposals of whom it may concern."""
    received_at = told.told_at + timedelta(minutes=20)
    return journey.allegation_told(actor=company.of(Role.POLICE_ANALYST, received_at), told=told, at=received_at)


def _confirmed(company: Company, allegation: Row, victim: Row, subject: Row) -> tuple[Row, Row]:
    """Confirm victim and subject of an allegation; with nobody named they go on record from what was told."""
    at = allegation.received_at + timedelta(minutes=20)
    analyst = company.of(Role.POLICE_ANALYST, at)
    of_victim = linkage.confirm_match(actor=analyst, allegation=allegation, part=Part.VICTIM, victim=victim, at=at)
    of_subject = linkage.confirm_match(actor=analyst, allegation=allegation, part=Part.SUBJECT, subject=subject, at=at)
    return of_victim.victim, of_subject.subject


def give_team(company: Company, case: Row, *, at: datetime) -> None:
    """Let the coordinator ask for officer, advocate, clinician and outreach worker, and each agency's lead confirm."""
    coordinator = company.of(Role.UNIT_COORDINATOR, at)
    for kind, role in TEAM:
        taker = company.of(role, at)
        lead = company.lead_of(taker.partner, at)
        cases.assign(actor=coordinator, case=case, staff=taker.staff, kind=kind, at=at, confirmed_by=lead)


# ---- assessing -----------------------------------------------------------------------------------------------------


def first_line(*yes: str, unknown: Sequence[str] = ()) -> tuple[Given, ...]:
    """Return a filled-in first-line checklist about a former partner: yes to some, not known to some, no to the rest."""
    notes = dict.fromkeys(yes, "as the victim said, and as the records say")
    items = (*wordings.FIRST_LINE_ITEMS, "separation", "children")
    answers = {item: "yes" if item in yes else "not_known" if item in unknown else "no" for item in items}
    return (
        Given("relationship", "former_partner"),
        *(Given(item, answer, note=notes.get(item, "")) for item, answer in answers.items()),
    )


def judgement(level: Level) -> tuple[Given, ...]:
    """Return a structured professional judgement in its main parts: what drives it, one scenario, what is concluded."""
    return (
        Given(
            "seen", text="The officer, the victim's statement, the earlier records. The subject declined to be seen."
        ),
        Given("contact", "present", axis="now"),
        Given("momentum", "present", axis="now"),
        Given("preoccupation", "present", axis="now"),
        Given("illness", "omit", axis="now"),
        Given("anchors", "partly", axis="now"),
        Given("formulation", text=wordings.FORMULATIONS[0]),
        Given("motive", "rejected"),
        Given("story", repeat=1, text="The subject comes to the house when the decree arrives, after drinking."),
        Given("likelihood", "moderate", repeat=1),
        Given("severity", "high", repeat=1),
        Given(
            "warning_signs", repeat=1, text="Messages about money stop; the subject asks others where the victim is."
        ),
        Given("persistence", "high"),
        Given("violence", "moderate"),
        Given("fear_reasonable", "well_founded"),
        Given("imminence", "weeks"),
        Given("prioritisation", str(level), note="acts closer together, and nothing that holds the subject back"),
    )


def assess(company: Company, case: Row, level: Level, *, at: datetime) -> None:
    """Let the officer fill in the first-line checklist and the clinician the judgement, both at this level."""
    assessment.record_assessment(
        actor=company.of(Role.POLICE_OFFICER, at),
        case=case,
        instrument="first-line",
        answers=first_line("fear", "earlier_reports", "loitering", "escalation", "threats", unknown=("weapons",)),
        professional_level=level,
        reason="threats, and acts that come closer together",
        minutes=35,
        at=at,
    )
    assessment.record_assessment(
        actor=company.of(Role.MENTAL_HEALTH_PROFESSIONAL, at),
        case=case,
        instrument="judgement",
        answers=judgement(level),
        reason="the fear is well founded",
        minutes=110,
        informed_by="officer, records",
        at=at + timedelta(hours=3),
    )


# ---- the panel -----------------------------------------------------------------------------------------------------


def bring_before_panel(company: Company, found: Sequence[Row], *, starts_at: datetime, at: datetime) -> list[Row]:
    """Call a sitting with some cases before it, and return its items in the order in which they are heard."""
    coordinator, chair = company.of(Role.UNIT_COORDINATOR, at), company.of(Role.PANEL_CHAIR, at)
    sitting = panel.convene(
        actor=coordinator, site=company.site, starts_at=starts_at, chair=chair.staff, cases=found, at=at
    )
    page = panel_queries.sitting(actor=coordinator, sitting_id=sitting.pk, at=at)
    return [panel_queries.item_to_decide(actor=chair, item_id=row.id, at=at) for row in page.items]


def give_view(company: Company, item: Row, role: Role, level: Level, *, at: datetime) -> None:
    profession = _PROFESSION_OF[role]
    panel.give_view(
        actor=company.of(role, at),
        item=item,
        level=level,
        position=wordings.POSITIONS[profession][0],
        proposes=wordings.PROPOSALS[profession],
        at=at,
    )


_PROFESSION_OF = {
    Role.POLICE_OFFICER: "police",
    Role.MENTAL_HEALTH_PROFESSIONAL: "mental health",
    Role.OUTREACH_WORKER: "outreach",
    Role.VICTIM_ADVOCATE: "advocacy",
}
FOUR_PROFESSIONS = tuple(_PROFESSION_OF)


def hear(company: Company, item: Row, levels: Sequence[Level], *, at: datetime) -> None:
    """Let the four professions give their views, each alone, and the chair open them half an hour later."""
    for role, level in zip(FOUR_PROFESSIONS, levels, strict=True):
        give_view(company, item, role, level, at=at)
    opened_at = at + timedelta(minutes=30)
    panel.open_views(actor=company.of(Role.PANEL_CHAIR, opened_at), item=item, at=opened_at)


def draft(company: Company, level: Level, on: date, *, order: bool, safety: str = wordings.SAFETY[0]) -> DecisionDraft:
    """Return a decision that answers everything: four strands, each with owner and date."""
    measures = tuple(
        MeasureDraft(
            strand,
            what,
            f"{company.site}-{partner}",
            due_on=on + timedelta(days=days),
            tell_victim_first=first,
            kind=wordings.KINDS[what],
        )
        for (strand, what, partner, first), days in zip(wordings.MEASURES, (2, 5, 14, 21, 10, 3, 4), strict=True)
        if order or not (strand is Strand.LEGAL and first)
    )
    return DecisionDraft(
        formulation=wordings.FORMULATIONS[0],
        level=str(level),
        victim_safety=safety,
        order_considered="yes" if order else "no",
        order_reason=wordings.ORDER_REASONS["yes" if order else "no"],
        measures=measures,
        alternatives_rejected=wordings.ALTERNATIVES[0],
        dissent="Mental health would have begun direct work at once, and agrees to wait until the investigation is over.",
        authority="The unit's information-sharing agreement, for casework",
        review_on=on + timedelta(days=REVIEW_DAYS[level]),
        under_investigation=Answer.YES,
        without_assessment=wordings.WITHOUT_ASSESSMENT,
    )


def decide(company: Company, item: Row, level: Level, *, order: bool, at: datetime) -> Row:
    """Let the chair record the decision, with an action for each of its measures."""
    on = at.date()
    return journey.panel_decided(
        actor=company.of(Role.PANEL_CHAIR, at), item=item, draft=draft(company, level, on, order=order), at=at
    )
