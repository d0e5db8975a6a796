"""One case of the scenario, from what was told to the support of the victim, with a canary in every sensitive field."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from fourfold.access.terms import Compartment, RelationKind, Side
from fourfold.assessment import services as assessment
from fourfold.assessment.terms import Answer as Given
from fourfold.audit.terms import Actor
from fourfold.cases import services as cases
from fourfold.cases.terms import Answer, Level, Outcome, ScreeningAnswers
from fourfold.demo.scenario.canaries import Marker
from fourfold.demo.scenario.people import People
from fourfold.exhibits import services as exhibits
from fourfold.gateways import documents
from fourfold.intake import services as intake
from fourfold.intake.terms import Behaviour, Channel, PersonAsTold, RecordingClass, Told
from fourfold.panel import services as panel
from fourfold.panel.minutes import Form
from fourfold.panel.terms import DecisionDraft, MeasureDraft, MeasureKind, OrderConsidered, Strand
from fourfold.people.terms import Part, ThirdRole
from fourfold.plan import services as plan
from fourfold.plan.terms import Approach, Attendance, Because, Ending, Readiness, Status

WALKING = timedelta(minutes=10)
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@dataclass(frozen=True)
class Plan:
    """One case before it is made: its number and site, and who has which part in it."""

    number: int
    site: str
    team: dict[RelationKind, str]

    @property
    def side(self) -> Side:
        """Whose clinician works on the case."""
        return Side.VICTIM if RelationKind.CLINICIAN_OF_VICTIM in self.team else Side.SUBJECT

    @property
    def clinician(self) -> str:
        kind = RelationKind.CLINICIAN_OF_VICTIM if self.side is Side.VICTIM else RelationKind.CLINICIAN_OF_SUBJECT
        return self.team[kind]


@dataclass
class Work:
    """A case in the making: who does what, when, and the identifiers of what came of it by kind."""

    plan: Plan
    people: People
    say: Marker
    now: datetime
    made: dict[str, list[UUID]] = field(default_factory=dict)
    case: Any = None
    actions: dict[str, Any] = field(default_factory=dict)

    def actor(self, key: str) -> Actor:
        """Return who acts now; a short name is one of the site's crew."""
        self.now += WALKING
        return self.people.at(key if key in self.people.ids else f"{self.plan.site}-{key}", self.now)

    def named(self, kind: RelationKind) -> Actor:
        """Return who has this part in the case, acting now."""
        return self.actor(self.plan.team[kind])

    def keep(self, kind: str, row: Any) -> Any:
        self.made.setdefault(kind, []).append(row.pk)
        return row


def tell_and_open(work: Work) -> None:
    """Let two acts be told, say who is who, ask the desk's questions, open the case and put its people on it."""
    first = _told(work, 1)
    desk = work.actor("analyst")
    for part in Part:
        cases.confirm_match(
            actor=desk, allegation=first, part=part, reason=work.say.core(f"match.reason {part}"), at=work.now
        )
    _screen_and_triage(work, first)
    second = _told(work, 2)
    victim, subject = {"victim": work.case.victim}, {"subject": work.case.subject}
    for part, person in ((Part.VICTIM, victim), (Part.SUBJECT, subject)):
        cases.confirm_match(actor=work.actor("analyst"), allegation=second, part=part, at=work.now, **person)
    _screen_and_triage(work, second)
    _act_against_third_party(work)
    for kind, key in work.plan.team.items():
        cases.assign(
            actor=work.actor("coordinator"),
            case=work.case,
            staff=work.people.ids[key],
            kind=kind,
            at=work.now,
            confirmed_by=work.people.lead_of(key, work.now),
        )


def _act_against_third_party(work: Work) -> None:
    """Let an employer tell of an act, and bring it into the case as one against a third party."""
    say = work.say
    name = say.core("third_party.name", "Works of")
    told = Told(
        site=work.plan.site,
        channel=Channel.FEED,
        told_at=work.now,
        words=say.core("allegation.words third", "He rang the employer."),
        behaviours=(Behaviour.CONTACTS,),
        victim=PersonAsTold(name=name),
    )
    allegation = intake.receive_allegation(actor=work.actor("analyst"), told=told, at=work.now)
    work.keep("allegation", allegation)
    cases.name_third_party(
        actor=work.actor("analyst"),
        allegation=allegation,
        role=ThirdRole.EMPLOYER,
        name=name,
        safe_contact=say(Compartment.VICTIM_CONTACT, "third_party.safe_contact", "Only by the manager:"),
        at=work.now,
    )
    cases.triage(
        actor=work.actor("analyst"),
        allegation=allegation,
        outcome=Outcome.ADVICE_ONLY,
        reason=say.core("triage.reason third", "Against the employer:"),
        attached_to=work.case,
        at=work.now,
    )


def _told(work: Work, number: int) -> Any:
    say, contact, identity = work.say, Compartment.VICTIM_CONTACT, Compartment.SUBJECT_IDENTITY
    victim = PersonAsTold(
        name=f"Vera {say.core('victim.name', 'Inventa')}",
        birth=f"{work.plan.number:02d}/03/1985",
        sex="F",
        phone=f"07700 900{work.plan.number}{number}1",
        email=say.mailbox(contact, "victim.email"),
        address=say(contact, "victim.address", f"{number} Invented Row, Northmoor, Flat"),
    )
    subject = PersonAsTold(
        name=f"Sven {say(identity, 'subject.name', 'Fictus')}",
        birth=f"{work.plan.number:02d}/09/1979",
        sex="M",
        phone=f"07700 900{work.plan.number}{number}7",
        email=say.mailbox(identity, "subject.email"),
        address=say(identity, "subject.address", f"{number} Made-up Lane, Southmere, Flat"),
    )
    told = Told(
        site=work.plan.site,
        channel=Channel.FEED,
        told_at=work.now,
        words=say.core("allegation.words", "He stood outside again and left a note."),
        reference=say.core("allegation.reference", "R").replace(" ", ""),
        system="scenario",
        teller=say.core("allegation.teller", "Neighbour"),
        occurred_from=work.now - timedelta(hours=5),
        recorded_class=RecordingClass.HARASSMENT,
        class_as_recorded=say.core("allegation.class_as_recorded", "Harassment"),
        behaviours=(Behaviour.LOITERS, Behaviour.CONTACTS),
        place=say(contact, "allegation.place", "Outside the door,"),
        victim=victim,
        subject=subject,
        original={"narrative": say(Compartment.EVIDENCE_ORIGINAL, "allegation.original", "As it came:")},
    )
    teller = "P13" if work.plan.site == "northmoor" else "analyst"
    return work.keep("allegation", intake.receive_allegation(actor=work.actor(teller), told=told, at=work.now))


def _screen_and_triage(work: Work, allegation: Any) -> None:
    kept_because = work.say.core("screening.class_kept_because", "The force keeps its class:")
    answers = ScreeningAnswers(
        fixated=Answer.YES,
        repeated=Answer.YES,
        immediate_danger=Answer.NO,
        class_expected=RecordingClass.STALKING,
        class_kept_because=kept_because,
    )
    cases.screen(actor=work.actor("analyst"), allegation=allegation, answers=answers, at=work.now)
    triage = cases.triage(
        actor=work.actor("analyst"),
        allegation=allegation,
        outcome=Outcome.PANEL,
        reason=work.say.core("triage.reason", "A pattern:"),
        at=work.now,
    )
    work.case = triage.case


def assess(work: Work) -> None:
    """Let the clinician draft, then judge, with words in every field that holds some; the officer asks to go lower."""
    say = work.say
    work.keep(
        "draft",
        assessment.keep_draft(
            actor=work.actor(work.plan.clinician),
            case=work.case,
            instrument="judgement",
            answers=(Given("seen", text=say.risk("draft.answers", "Read so far:")),),
            first_level=None,
            informed_by=say.risk("draft.informed_by", "The file:"),
            at=work.now,
        ),
    )
    work.keep(
        "assessment",
        assessment.record_assessment(
            actor=work.actor(work.plan.clinician),
            case=work.case,
            instrument="judgement",
            answers=(
                Given("seen", text=say.risk("answer.text", "Read the file:")),
                Given("contact", axis="now", option="present", note=say.risk("answer.note", "Weekly:")),
                Given("formulation", text=say.risk("assessment.formulation", "Rejected, and counting:")),
            ),
            professional_level=Level.HIGH,
            reason=say.risk("assessment.reason", "Because of the nights:"),
            informed_by=say.risk("assessment.informed_by", "The advocate:"),
            minutes=45,
            at=work.now,
        ),
    )
    work.keep(
        "asked",
        assessment.ask_signature(
            actor=work.named(RelationKind.OIC),
            case=work.case,
            level=Level.MEDIUM,
            reason=say.risk("signature.reason", "Quieter since the warning:"),
            at=work.now,
        ),
    )


def decide(work: Work, item: Any) -> None:
    """Hear the four professions, open their views, decide, and open the actions."""
    work.keep("item", item)
    team = work.plan.team
    for key in (team[RelationKind.OIC], work.plan.clinician, team[RelationKind.OUTREACH], team[RelationKind.ADVOCATE]):
        panel.give_view(
            actor=work.actor(key),
            item=item,
            level=Level.HIGH,
            position=work.say.risk("view.position", "What worries us:"),
            proposes=work.say.risk("view.proposes", "We propose:"),
            at=work.now,
        )
    panel.open_views(actor=work.actor("chair"), item=item, at=work.now)
    decision = panel.record_decision(actor=work.actor("chair"), item=item, draft=_draft(work), at=work.now)
    work.keep("decision", decision)
    for action in plan.open_actions(actor=work.actor("coordinator"), decision=decision, at=work.now):
        work.keep("action", action)
        work.actions[action.strand] = action
    for form in Form:
        minutes = panel.make_minutes(
            actor=work.actor("coordinator"), item=item, partner=f"{work.plan.site}-nhs", form=form, at=work.now
        )
        work.keep("exhibit", minutes)


def _draft(work: Work) -> DecisionDraft:
    say, today = work.say, work.now.date()
    return DecisionDraft(
        formulation=say.risk("decision.formulation", "How it fits together:"),
        level=Level.HIGH,
        level_reason=say.risk("decision.level_reason", "Why high:"),
        victim_safety=say.risk("decision.victim_safety", "The victim is told first:"),
        order_considered=OrderConsidered.YES,
        order_reason=say.risk("decision.order_reason", "The acts go on:"),
        alternatives_rejected=say.risk("decision.alternatives_rejected", "A warning alone:"),
        dissent=say.risk("decision.dissent", "Outreach would wait:"),
        authority=say.risk("decision.authority", "Agreed by:"),
        review_on=today + timedelta(days=2),
        measures=tuple(
            MeasureDraft(
                strand=strand,
                what=say.core(f"measure.what {strand}", "Do this:"),
                owner_partner=f"{work.plan.site}-{partner}",
                due_on=today + timedelta(days=9),
                tell_victim_first=strand is Strand.LEGAL,
            )
            for strand, partner in ((Strand.VICTIM_SAFETY, "advocacy"), (Strand.LEGAL, "police"))
        ),
    )


def act(work: Work) -> None:
    """Update actions, plan and hold a session, log minutes, write a clinical note, keep a document."""
    _change_actions(work)
    _work_with_subject(work)
    plan.log_minutes(
        actor=work.actor(work.plan.clinician),
        case=work.case,
        minutes=50,
        worked_on=work.now.date(),
        on_what=work.say.core("minutes.on_what", "Worked on:"),
        at=work.now,
    )
    plan.write_clinical_note(
        actor=work.actor(work.plan.clinician),
        case=work.case,
        side=work.plan.side,
        text=work.say(Compartment.CLINICAL, "clinical_note.text", "Sleeps badly:", side=work.plan.side),
        at=work.now,
    )
    _keep_document(work)


def _change_actions(work: Work) -> None:
    say = work.say
    plan.update_action(
        actor=work.actor("coordinator"),
        action=work.actions[Strand.VICTIM_SAFETY],
        status=Status.NOT_DONE,
        because=Because.VICTIM_ASKED,
        reason=say.core("status.reason", "It was not possible:"),
        at=work.now,
    )
    untold = plan.ask_to_go_ahead(
        actor=work.actor("coordinator"),
        action=work.actions[Strand.LEGAL],
        reason=say.core("untold.reason", "The victim cannot be reached:"),
        at=work.now,
    )
    work.keep("asked", untold)
    plan.move_action(
        actor=work.actor("coordinator"),
        action=work.actions[Strand.LEGAL],
        owner=None,
        due_on=work.now.date() + timedelta(days=14),
        reason=say.core("moved.reason", "The court sits later:"),
        at=work.now,
    )


def _work_with_subject(work: Work) -> None:
    say, clinician = work.say, work.actor(work.plan.clinician)
    session = plan.plan_session(
        actor=clinician,
        case=work.case,
        strand=Strand.PSYCHOLOGICAL,
        planned_at=work.now,
        told_first=False,
        untold_because=say.core("session.untold_because", "Is held and asks for it:"),
        at=work.now,
    )
    work.keep("session", session)
    plan.settle_session(
        actor=work.actor(work.plan.clinician), session=session, attendance=Attendance.ATTENDED, at=work.now
    )
    begun = plan.begin_intervention(
        actor=clinician,
        case=work.case,
        strand=Strand.PSYCHOLOGICAL,
        kind=MeasureKind.SUBJECT_ASSESSMENT,
        approach=Approach.MOTIVATIONAL,
        goals=[say.risk("goal.what", "Names three limits:")],
        readiness=Readiness.CONTEMPLATION,
        at=work.now,
    )
    ended = say.core("intervention_ended.reason", "Nobody could take it on:")
    plan.end_intervention(actor=clinician, intervention=begun, how=Ending.WANT_OF_CAPACITY, reason=ended, at=work.now)


def _keep_document(work: Work) -> None:
    say = work.say
    document = documents.Document(
        title=say.risk("exhibit.docx title", "Chronology"),
        subtitle="Invented",
        marking="OFFICIAL-SENSITIVE",
        made_at=work.now,
        blocks=(documents.Paragraph(say.risk("exhibit.docx text", "What happened:")),),
    )
    kept = exhibits.keep(
        actor=work.actor("coordinator"),
        file=work.case.pk,
        kind="letter",
        title=say.risk("exhibit.title", "Chronology"),
        content=documents.docx(document),
        media_type=DOCX,
        compartment=Compartment.RISK,
        at=work.now,
    )
    work.keep("exhibit", kept)


def review(work: Work) -> None:
    cases.record_review(
        actor=work.actor("coordinator"),
        case=work.case,
        level=None,
        summary=work.say.risk("review.summary", "Still every week:"),
        at=work.now,
    )
