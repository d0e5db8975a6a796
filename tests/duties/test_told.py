"""What is written to colleagues and to a victim, and begun and not signed, waits as long as it does and for whom it does."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from fourfold.access.terms import Compartment, Refused, RelationKind
from fourfold.assessment import queries as forms
from fourfold.assessment import services as assessment
from fourfold.assessment.models import Draft
from fourfold.assessment.terms import Answer, CannotRecord
from fourfold.audit import services as audit
from fourfold.audit.models import Entry
from fourfold.cases import services as cases
from fourfold.cases.models import Case
from fourfold.cases.terms import CannotStep, Level, State
from fourfold.duties import services as duties
from fourfold.duties.models import Duty
from fourfold.gateways.transport import CannotDeliver, Declined, Envelope, NotKnown, Receipt
from fourfold.governance import services as governance
from fourfold.governance.models import ConfidenceAsked, ConfidenceDecision
from fourfold.governance.terms import CannotGovern, RequestDetails, VictimAnswer
from fourfold.people.models import Message
from fourfold.people.services import told_of_delivery
from fourfold.people.terms import Channel, UnsafeContact
from fourfold.support import services as support
from fourfold.support.models import AtRisk, DiaryEntry, PlanStep
from fourfold.support.rules.care import entitlements
from fourfold.support.terms import (
    AtRiskKind,
    AtRiskStepKind,
    AtRiskTold,
    CannotKeepDiary,
    CannotSupport,
    ContactOutcome,
    EntitlementAnswer,
    Mode,
    StepOutcome,
)
from tests.cast import NOW, Cast
from tests.duties.scene import said, waits
from tests.panel.scene import relate, wall_off
from tests.rehearsal import Rehearsal
from tests.support.builders import NOON, OPENED, agree, bring_in, case_of, reached
from tests.support.diaries import open_diary, write
from tests.support.test_measures import NINE

pytestmark = pytest.mark.django_db
KINDS = ("mentions", "forms_begun", "confidences", "messages_to_read", "messages_not_sent")
REFUSALS = (CannotKeepDiary, CannotGovern, CannotRecord, CannotStep, CannotSupport, Refused, UnsafeContact)
ASKED = RequestDetails(
    enquiry="Where he had her new number from.",
    sought="What she told about the flatmate",
    necessity="Nothing else shows it.",
    tried="His telephone was read.",
    authorised_by="DI R. Vale, inspector",
    expires_on=date(2027, 2, 1),
    told_her_at=NOW,
)


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case with its advocate and its officer, and what the victim agreed."""
    case = case_of(cast)
    agree(cast, case)
    return case


class _Carries(Rehearsal):
    """A provider that takes a message, refuses it, is not there, never answers, or finds our process gone."""

    def __init__(self, chance: Random) -> None:
        super().__init__()
        self.chance = chance

    def provider(self, channel: str) -> Any:
        return self

    def carry(self, envelope: Envelope) -> Receipt:
        fault = self.chance.choice((None, Declined, CannotDeliver, NotKnown, RuntimeError))
        if fault is not None:
            raise fault("It does not answer.")
        return Receipt("created")


class Step:
    """One step after another in a case, as chance has it."""

    def __init__(self, cast: Cast, case: Case, chance: Random) -> None:
        self.cast, self.case, self.chance, self.at = cast, case, chance, NOON

    def _row(self, table: Any, **of: Any) -> Any:
        found = list(table.objects.unscoped("test").filter(**of).order_by("pk"))
        return self.chance.choice(found) if found else None


class Asked(Step):
    """What colleagues say, begin and ask of each other in a case."""

    def comments(self) -> None:
        about: dict[str, Any] = {"words": "Look.", "compartment": Compartment.CORE, "at": self.at}
        mentioned = [self.cast.staff["advocate"].pk, self.cast.staff["clinician"].pk]
        cases.add_comment(actor=self.cast.officer, case=self.case, mentioned=mentioned, **about)

    def reads_comments(self) -> None:
        cases.read_mentions(actor=self.cast.advocate, case=self.case, at=self.at)

    def begins_a_form(self) -> None:
        row = self._row(Draft, signed=None, revised_by=None) if self.chance.random() < 0.5 else None
        assessment.keep_draft(
            actor=self.cast.officer,
            case=self.case,
            instrument="first-line",
            answers=(Answer("threats", option="yes"),),
            first_level=Level.HIGH if row else None,
            shows_advice=row is not None,
            revises=row,
            at=self.at,
        )

    def drops_a_form(self) -> None:
        if row := self._row(Draft, signed=None, revised_by=None, dropped_at=None):
            assessment.drop_draft(actor=self.cast.officer, draft=row, at=self.at)

    def signs_a_form(self) -> None:
        if row := self._row(Draft, signed=None, revised_by=None, dropped_at=None):
            about: dict[str, Any] = {
                "instrument": "first-line",
                "answers": forms.answers_of(row),
                "professional_level": Level.HIGH,
            }
            assessment.record_assessment(actor=self.cast.officer, case=self.case, draft=row, at=self.at, **about)

    def asks_for_a_confidence(self) -> None:
        governance.ask_for_confidence(actor=self.cast.officer, case=self.case, details=ASKED, at=self.at)

    def hears_the_victim(self) -> None:
        if row := self._row(ConfidenceAsked):
            answer = self.chance.choice((VictimAnswer.GIVEN, VictimAnswer.REFUSED))
            governance.record_victim_answer(actor=self.cast.advocate, asked=row, answer=answer, at=self.at)

    def decides(self) -> None:
        if row := self._row(ConfidenceAsked, decision=None):
            said: dict[str, Any] = {
                "releases": self.chance.random() < 0.8,
                "reason": "A life.",
                "released": "He owed money.",
            }
            against = self.chance.random() < 0.7
            governance.decide_on_confidence(actor=self.cast.advocate, asked=row, overrides=against, at=self.at, **said)

    def signs_a_release(self) -> None:
        if row := self._row(ConfidenceDecision, signature=None):
            agrees = self.chance.random() < 0.5
            governance.sign_release(
                actor=self.cast.second_advocate, asked=row.asked, agrees=agrees, reason="No.", at=self.at
            )


class Written(Step):
    """What is written to the victim, and what becomes of it."""

    def writes(self) -> None:
        text = self.chance.choice(("Are you free at ten?", "hello there, tomorrow?"))
        by: dict[str, Any] = {"actor": self.cast.advocate, "case": self.case, "channel": Channel.TEXT}
        support.send_message(text=text, at=self.at, **by)

    def lets_it_go(self) -> None:
        if row := self._row(Message, state="held"):
            given = self.chance.random() < 0.7
            support.read_message(actor=self.cast.second_advocate, message=row, given=given, words="No.", at=self.at)

    def sends(self) -> None:
        with suppress(RuntimeError):
            support.dispatch_messages(actor=self.cast.advocate, at=self.at, transport=_Carries(self.chance))

    def hears_of_delivery(self) -> None:
        if row := self._row(Message, state__in=("leaving", "sent")):
            receipt = Receipt(self.chance.choice(("delivered", "permanent-failure", "temporary-failure")))
            told_of_delivery(actor=self.cast.advocate, message=row.pk, receipt=receipt, at=self.at)

    def reaches(self) -> None:
        if self.chance.random() < 0.3:
            reached(self.cast, self.case, at=self.at, outcome=self.chance.choice(tuple(ContactOutcome)[:2]))


class Cared(Step):
    """What a victim writes, answers and is owed, and what their advocate does about it."""

    def writes_in_the_diary(self) -> None:
        write(self._diary(), at=self.at)

    def asks_for_a_call(self) -> None:
        diary = self._diary()
        support.ask_contact(actor=diary.her, diary=diary.open, words="after six", at=self.at)

    def _diary(self) -> Any:
        return open_diary(self.cast, self.case, at=self.at)

    def is_read(self) -> None:
        if row := self._row(DiaryEntry, read__isnull=True):
            support.mark_read(actor=self.cast.advocate, entry=row, at=self.at)

    def reaches(self) -> None:
        reached(self.cast, self.case, at=self.at, incoming=True)

    def answers_alarmingly(self) -> None:
        said: dict[str, Any] = {"instrument": "phq-9", "answers": {NINE[8]: "s1"}, "mode": Mode.IN_PERSON}
        support.take_measure(actor=self.cast.advocate, case=self.case, at=self.at, **said)

    def plans(self) -> None:
        day = self.at.date() + timedelta(days=self.chance.randrange(30))
        support.plan_step(actor=self.cast.advocate, case=self.case, words="A lock.", review_on=day, at=self.at)

    def reviews(self) -> None:
        if row := self._row(PlanStep):
            ends = self.chance.random() < 0.5
            outcome = StepOutcome.ENDED if ends else StepOutcome.WORKS
            next_on = None if ends else self.at.date() + timedelta(days=9)
            support.review_step(
                actor=self.cast.advocate, step=row, outcome=outcome, words="Done.", next_on=next_on, at=self.at
            )

    def fears_for_a_child(self) -> None:
        told = AtRiskTold("a son", AtRiskKind.CHILD, "At the gate.", review_on=self.at.date() + timedelta(days=1))
        support.add_at_risk(actor=self.cast.officer, case=self.case, told=told, at=self.at)

    def sees_the_child(self) -> None:
        if row := self._row(AtRisk):
            said: dict[str, Any] = {"what": AtRiskStepKind.SEEN, "words": "Well."}
            day = self.at.date() + timedelta(days=3)
            support.step_for_at_risk(actor=self.cast.advocate, person=row, next_on=day, at=self.at, **said)

    def offers(self) -> None:
        code = self.chance.choice(sorted(each.code for each in entitlements() if each.in_force(self.at.date())))
        answer = self.chance.choice(list(EntitlementAnswer))
        support.answer_entitlement(
            actor=self.cast.advocate, case=self.case, code=code, answer=answer, words="Away.", at=self.at
        )


WAITS = {Asked: KINDS[:3], Written: KINDS[3:], Cared: ("news", "answers_to_act_on", "care_reviews", "entitlements")}


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("steps", [Asked, Written, Cared])
def test_whatever_is_told_in_which_order_the_rows_kept_are_those_worked_out(
    cast: Cast, case: Case, steps: type[Step], seed: int
) -> None:
    bring_in(cast, "phq-9", at=OPENED)
    told = steps(cast, case, Random(seed))
    names = [name for name in vars(steps) if not name.startswith("_")]
    done, kept = set(), set()
    for _ in range(30):
        told.at += timedelta(minutes=3)
        name = told.chance.choice(names)
        with suppress(*REFUSALS):
            getattr(told, name)()
            done.add(name)
        assert [str(one) for one in list(duties.checked())] == [], name
        kept |= set(Duty.objects.unscoped("test").values_list("kind", flat=True))
    assert len(done) > 4
    every = {kind for kinds in WAITS.values() for kind in kinds} - {"entitlements"} | set(WAITS[steps])
    assert kept & every == set(WAITS[steps])


def test_how_a_victim_is_reached_is_told_to_nobody_who_may_not_read_it(cast: Cast, case: Case) -> None:
    support.send_message(actor=cast.advocate, case=case, channel=Channel.TEXT, text="Are you free at ten?", at=NOON)
    relate(cast, "clinician", case, RelationKind.CLINICIAN_OF_VICTIM)
    support.dispatch_messages(actor=cast.advocate, at=NOON, transport=Rehearsal(down=True))
    assert waits(cast.clinician, "messages_not_sent", at=NOON) == ()
    assert waits(cast.olu, "messages_not_sent", at=NOON) == ()
    with audit.reading(cast.advocate, "home", at=NOON):
        (row,) = waits(cast.advocate, "messages_not_sent", at=NOON)
    shown = said(row, cast.advocate, NOON)
    assert (shown and shown.decide, "folder for messages" in row.text) == (True, True)
    assert "victim_contact" in Entry.objects.filter(action="home").latest("seq").body
    Case.objects.unscoped("test").filter(pk=case.pk).update(state=State.CLOSED)
    assert waits(cast.advocate, "messages_not_sent", at=NOON) == (), "at that moment, whatever the table says"


def test_what_one_person_began_or_is_asked_to_read_is_listed_for_nobody_else(cast: Cast, case: Case) -> None:
    told = Asked(cast, case, Random(0))
    told.comments()
    assessment.keep_draft(
        actor=cast.officer,
        case=case,
        instrument="first-line",
        answers=(),
        first_level=None,
        shows_advice=False,
        at=NOON,
    )
    mine = [waits(actor, "mentions", "forms_begun", at=NOON) for actor in (cast.officer, cast.advocate, cast.chair)]
    assert [[row.kind for row in rows] for rows in mine] == [["forms_begun"], ["mentions"], []]
    wall_off(cast, "advocate", case)
    assert waits(cast.advocate, "mentions", at=NOON) == ()


def test_a_second_reader_is_another_advocate_and_only_for_a_day(cast: Cast, case: Case) -> None:
    support.send_message(actor=cast.advocate, case=case, channel=Channel.TEXT, text="hello, tomorrow?", at=NOON)
    for name, reads in (("advocate", False), ("second_advocate", True)):
        (row,) = waits(cast.actor(name), "messages_to_read", at=NOON)
        assert (said(row, cast.actor(name), NOON) is not None) == reads
    assert waits(cast.second_advocate, "messages_to_read", at=NOON + timedelta(days=1)) == ()
