"""Whoever can write in the database says yes in nobody's name: each forged row is named, and some open nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import IntegrityError, models, transaction

from fourfold.access import services as access
from fourfold.access.models import Grant, Relation, Wall
from fourfold.access.queries import held_by
from fourfold.access.terms import RelationKind
from fourfold.assessment.models import SecondSignature, SignatureAsked
from fourfold.base import new_id
from fourfold.cases import services as cases
from fourfold.cases.models import Case, CaseAct, PartAsked, StepDownAsked, TransferAsked
from fourfold.cases.models.possible_courses import PossibleCourse
from fourfold.governance.models import CountAnew
from fourfold.intake import services as intake
from fourfold.intake.models import Allegation, FurtherPerson, PersonKnownBy, Retold, Version
from fourfold.intake.terms import Channel as Told
from fourfold.linkage.models import Match, Proposal, SameProposed
from fourfold.people import services as people
from fourfold.people.models import AddressAnswered, AddressAsked, Message, SafeContact, SamePerson
from fourfold.support import services as support
from fourfold.support.models import DiaryDevice, DiaryLink
from tests.audit.test_sealing import findings, insert
from tests.cast import Cast, vouched
from tests.intake.test_services import FURTHER
from tests.intake.told import told
from tests.people.builders import file_of
from tests.people.test_contact_services import agree, send
from tests.rehearsal import Rehearsal
from tests.support.builders import NOON, case_of
from tests.support.builders import agree as agree_contact

pytestmark = pytest.mark.django_db

FORGED: dict[str, Callable[[Cast, Case], models.Model]] = {
    "safe contact": lambda cast, case: SafeContact(
        victim=case.victim, channels=["phone"], confirmed_at=NOON, **held_by(cast.advocate, "victim", at=NOON)
    ),
    "an address asked for": lambda cast, case: AddressAsked(
        file=case.pk, victim=case.victim, reason="?", **held_by(cast.advocate, "entered", at=NOON)
    ),
    "a diary's link": lambda cast, case: DiaryLink(
        case=case,
        token_sha256="0" * 64,
        language="en",
        expires_at=NOON + timedelta(days=1),
        **held_by(cast.advocate, "entered", at=NOON),
    ),
    "a message": lambda cast, case: Message(
        victim=case.victim,
        channel="text",
        to="07700 900123",
        file=case.pk,
        template="anything",
        sender="x",
        text="Come to 12 High Street tonight.",
        state="waiting",
        **held_by(cast.advocate, "entered", at=NOON),
    ),
    "a part asked for": lambda cast, case: PartAsked(
        case=case,
        staff=cast.staff["second_officer"],
        kind=RelationKind.OIC,
        **held_by(cast.coordinator, "entered", at=NOON),
    ),
    "a step-down asked for": lambda cast, case: StepDownAsked(
        case=case, reason="?", victim_told_at=NOON, **held_by(cast.officer, "entered", at=NOON)
    ),
    "a transfer asked for": lambda cast, case: TransferAsked(
        case=case,
        from_site="northmoor",
        to_site="southmoor",
        reason="?",
        victim_told_at=NOON,
        **held_by(cast.coordinator, "entered", at=NOON),
    ),
    "a lower level asked for": lambda cast, case: SignatureAsked(
        case=case, level="low", reason="?", **held_by(cast.officer, "entered", at=NOON)
    ),
    "one person in two records": lambda cast, case: SamePerson(
        first=case.victim_id,
        second=new_id(),
        reason="?",
        decided_at=NOON,
        decided_by=cast.analyst.staff,
        **held_by(cast.analyst, "desk", at=NOON),
    ),
}


def named() -> list[str]:
    return [finding.meaning.split()[0] for finding in findings() if finding.kind == "unmade"]


@pytest.mark.parametrize("what", FORGED)
@pytest.mark.door("forged rows")
def test_a_forged_word_of_somebody_is_named(cast: Cast, what: str) -> None:
    case = case_of(cast)
    vouched(cast)
    assert findings() == []
    row = FORGED[what](cast, case)
    insert(row)
    assert named() == [row._meta.label_lower]


def test_a_forged_copy_of_any_row_that_puts_a_case_on_a_list_is_named(cast: Cast) -> None:
    """Nobody says anything by such a row: it only makes a case, or more of it, stand on somebody's list."""
    case, other = case_of(cast), case_of(cast, victim_name="Vera Other", victim_phone="", subject_name="Sam Else")
    agree_contact(cast, case)
    asked = {"actor": cast.coordinator, "case": case, "staff": cast.staff["second_advocate"].pk, "at": NOON}
    cases.ask_part(kind=RelationKind.ADVOCATE, **asked)  # type: ignore[arg-type]
    access.set_wall(actor=cast.governance, files=[case.pk], staff=cast.staff["analyst"].pk, reason="?", at=NOON)
    vouched(cast)
    forged = set()
    for table in apps.get_models():
        row = table._base_manager.first() if hasattr(table, "FILE_PATH") or table in (Grant, Relation, Wall) else None
        if row is None or table is CountAnew:  # it says nothing: its case is counted as it stands
            continue
        row.pk = new_id()
        elsewhere = {"staff_id": cast.staff["outreach"].pk, "answered_at": NOON, "reference": "FF-FORGED", "number": 99}
        if table is CaseAct:
            elsewhere["case_id"] = other.pk if row.case_id == case.pk else case.pk
        if table is Match:
            elsewhere |= {"undone_at": NOON, "undone_by": cast.analyst.staff}
        if table is Case:
            elsewhere["subject_id"] = other.subject_id if row.subject_id == case.subject_id else case.subject_id
        for column in elsewhere.keys() & vars(row).keys():
            setattr(row, column, elsewhere[column])
        try:
            with transaction.atomic():
                insert(row)
        except IntegrityError:
            continue
        forged.add(table._meta.label_lower)
    assert forged >= {
        "access.grant",
        "access.relation",
        "access.wall",
        "cases.case",
        "cases.caseact",
        "cases.reviewdue",
    }
    assert forged >= {"cases.stateset", "linkage.match", "cases.partasked", "intake.allegation", "people.safecontact"}
    assert set(named()) == forged


def test_a_forged_report_is_named_by_whichever_door_it_says_it_came(cast: Cast) -> None:
    """So is what is kept beside one, and what rules seem to have found in it; real ones by the same doors are not."""
    case = case_of(cast)
    held = held_by(cast.advocate, "entered", at=NOON)
    real = [
        intake.receive_allegation(
            actor=cast.advocate if channel is not Told.REFERRAL else cast.officer,
            told=told(channel=channel, further=FURTHER, recorded_class=None),
            at=NOON,
        )
        for channel in Told
    ]
    vouched(cast)
    assert findings() == []
    (one, *_) = real
    columns = {column.attname: getattr(one, column.attname) for column in Allegation._meta.concrete_fields}
    forged: list[models.Model] = [
        Allegation(**columns | {"id": new_id(), "reference": f"R-{channel}", "channel": channel}) for channel in Told
    ]
    again = Retold(allegation=one, row_hash="0", **held)
    forged += [
        FurtherPerson(allegation=one, role="subject", place=9, name="Sam Else", **held),
        PersonKnownBy(allegation=one, role="subject", place=1, kind="vehicle", value="AB12 CDE", **held),
        again,
        Version(
            allegation=one,
            retold=again,
            number=2,
            received_at=NOON,
            told_at=NOON,
            urgency="routine",
            words="No.",
            **held,
        ),
        Proposal(allegation=one, part="victim", victim_id=case.victim_id, weight=9, probability=1, **held),
        SameProposed(
            site="northmoor", part="victim", first=new_id(), second=new_id(), weight=9, probability=1, model="x", **held
        ),
        PossibleCourse(
            site="northmoor", whole=new_id(), acts=2, occasions=2, first_at=NOON, last_at=NOON, found_at=NOON, **held
        ),
    ]
    for row in forged:
        insert(row)
    assert sorted(named()) == sorted(row._meta.label_lower for row in forged)


def test_a_forged_second_yes_to_a_sealed_address_is_named(cast: Cast) -> None:
    case = case_of(cast)
    vouched(cast)
    support.keep_address(actor=cast.advocate, case=case, address="Flat 2, 9 Invented Mews", at=NOON)
    asked = people.ask_for_safe_address(
        actor=cast.advocate, case_file=case.pk, victim=case.victim, reason="No answer since Sunday.", at=NOON
    )
    assert findings() == []
    insert(AddressAnswered(asked=asked, given=True, **held_by(cast.second_advocate, "entered", at=NOON)))
    assert named() == ["people.addressanswered"]
    people.reveal_safe_address(actor=cast.advocate, asked=asked, at=NOON)
    assert set(named()) == {"people.addressanswered"}, "what it opened vouches for nothing"


def test_a_forged_second_signature_and_a_forged_device_are_named(cast: Cast) -> None:
    case = case_of(cast)
    asked = SignatureAsked.objects.create(
        case=case, level="low", reason="?", **held_by(cast.officer, "entered", at=NOON)
    )
    link, _ = support.give_diary_link(actor=cast.advocate, case=case, at=NOON)
    vouched(cast)
    insert(SecondSignature(asked=asked, given=True, **held_by(cast.second_officer, "entered", at=NOON)))
    insert(DiaryDevice(link=link, secret_sha256="0" * 64, word="!", **held_by(cast.advocate, "victim", at=NOON)))
    assert sorted(named()) == ["assessment.secondsignature", "support.diarydevice"]


@pytest.mark.parametrize(
    "forged",
    [
        {"template": "anything", "text": "Come to 12 High Street tonight, DC Jones from CID"},
        {"title": "DC Jones from CID"},
        {"sender": "CID"},
    ],
)
def test_a_forged_message_in_words_of_its_own_does_not_leave(cast: Cast, forged: dict[str, str]) -> None:
    hers = file_of(cast)
    agree(cast, hers)
    kept = send(cast.advocate, hers)
    assert kept.template, "of the closed list"
    columns = {column.attname: getattr(kept, column.attname) for column in Message._meta.concrete_fields}
    bad = Message(**columns | {"id": new_id(), "state": "waiting"} | forged)
    insert(bad)
    transport = Rehearsal()
    support.dispatch_messages(actor=cast.administrator, at=NOON, transport=transport)
    assert [each.text for each in transport.delivered.values()] == [kept.text]
    assert Message.objects.unscoped("test").get(pk=bad.pk).state == "stopped"
