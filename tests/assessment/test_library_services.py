"""Bringing an instrument in: whose licence, whose approval, and nothing half stored."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction

from fourfold.access.models import Staff
from fourfold.access.terms import NotFound, Permission, Refused
from fourfold.assessment import fhir, instruments, services
from fourfold.assessment.models import (
    BringingApproved,
    BringingWithdrawn,
    DefinitionImported,
    LicenceRecorded,
    PackBrought,
)
from fourfold.assessment.queries import holdings, library, library_pages
from fourfold.assessment.rules import approval as rules
from fourfold.assessment.rules.approval import Bringing, CannotBring, Granted, Signed, State
from fourfold.assessment.rules.comparing import differences
from fourfold.assessment.services import library as bringing_services
from fourfold.assessment.terms import CannotRecord, InvalidPack
from fourfold.audit import services as audit
from fourfold.audit.models import Entry
from fourfold.audit.terms import Actor
from fourfold.governance.verification import whole_log
from tests.assessment.library import EXACT, FREE, LABELS, LICENSED, WORDS, on_the_shelf, pack, questionnaire, structure
from tests.cast import NOW, Cast, vouched

pytestmark = pytest.mark.django_db

SITE = "northmoor"
DAY = NOW.date()
DIGEST = "ab" * 32
LICENCE = Granted("Invented House", "IH-2026-7", date(2026, 1, 1), date(2026, 12, 31), date(2026, 11, 30))
ADA, BEN, CHI, DOT = (uuid4() for _ in range(4))
HOUR = timedelta(hours=1)


# ---- the rule -----------------------------------------------------------------------------------------------------


def brought(**changes: Any) -> Bringing:
    """Return a licensed pack that Ada brought in, with its licence, and nothing else."""
    plain: dict[str, Any] = {"free": False, "licence_needed": True, "licences": (LICENCE,)}
    return Bringing(**{"brought": Signed(ADA, NOW - HOUR), **plain, **changes})


def signed(*people: UUID, turn: int = 0, at: datetime = NOW) -> tuple[Signed, ...]:
    """Return a signature of each."""
    return tuple(Signed(person, at, turn) for person in people)


@pytest.mark.parametrize(
    ("changes", "state", "said"),
    [
        ({}, State.WAITING, "two different people"),
        ({"approvals": signed(BEN)}, State.WAITING, "one more person"),
        ({"approvals": signed(BEN, BEN)}, State.WAITING, "one more person"),
        ({"approvals": signed(BEN, ADA)}, State.WAITING, "one more person"),
        ({"approvals": signed(BEN, CHI)}, State.ACTIVE, ""),
        ({"approvals": signed(BEN, CHI, DOT)}, State.ACTIVE, ""),
        ({"approvals": signed(BEN, at=NOW + HOUR) + signed(CHI)}, State.WAITING, "one more person"),
        ({"approvals": signed(BEN, CHI), "licences": ()}, State.INACTIVE, "No licence is on record"),
        ({"approvals": signed(BEN, CHI), "errors": ("Two questions share a name.",)}, State.INACTIVE, "share a name"),
        ({"approvals": signed(BEN, CHI), "withdrawals": signed(BEN, turn=1)}, State.INACTIVE, "was withdrawn"),
        (
            {"approvals": signed(BEN, CHI) + signed(BEN, turn=1), "withdrawals": signed(BEN, turn=1)},
            State.WAITING,
            "one more person",
        ),
        (
            {"approvals": signed(BEN, CHI) + signed(BEN, DOT, turn=1), "withdrawals": signed(BEN, turn=1)},
            State.ACTIVE,
            "",
        ),
        ({"brought": Signed(ADA, NOW + HOUR), "approvals": signed(BEN, CHI)}, State.INACTIVE, "not been added yet"),
        ({"free": True, "licence_needed": False, "licences": ()}, State.ACTIVE, ""),
        (
            {"free": True, "licence_needed": False, "withdrawals": signed(BEN, turn=1)},
            State.INACTIVE,
            "Add the wording again",
        ),
        ({"licence_needed": False, "licences": ()}, State.WAITING, "two different people"),
        ({"licence_needed": False, "licences": (), "approvals": signed(BEN, CHI)}, State.ACTIVE, ""),
    ],
)
def test_when_it_may_be_used(changes: dict[str, Any], state: State, said: str) -> None:
    verdict = rules.standing(brought(**changes), at=NOW)
    assert verdict.state is state
    assert said in verdict.why


@pytest.mark.parametrize(
    ("day", "holds"),
    [
        (date(2025, 12, 31), False),
        (date(2026, 1, 1), True),
        (date(2026, 12, 31), True),
        (date(2027, 1, 1), False),
    ],
)
def test_a_licence_holds_on_its_first_and_its_last_day_and_not_beyond(day: date, holds: bool) -> None:
    assert LICENCE.holds(day) is holds
    assert (rules.why_no_licence([LICENCE], day) is None) is holds


def test_a_licence_that_ended_says_when_and_one_to_come_says_when_it_begins() -> None:
    assert rules.why_no_licence([LICENCE], date(2027, 3, 1)) == (
        "The licence ended on 31 December 2026. Record the new one."
    )
    assert rules.why_no_licence([LICENCE], date(2025, 3, 1)) == "The licence begins on 1 January 2026."


def test_a_newer_licence_takes_over_where_the_old_one_ends() -> None:
    endless = Granted("Invented House", "IH-2027-1", date(2027, 1, 1), None, date(2028, 1, 1))
    assert rules.licence_in_force([LICENCE, endless], date(2026, 6, 1)) == LICENCE
    assert rules.licence_in_force([LICENCE, endless], date(2040, 6, 1)) == endless


@pytest.mark.parametrize(
    ("changes", "by", "robot", "said"),
    [
        ({}, BEN, False, None),
        ({"approvals": signed(CHI)}, BEN, False, None),
        ({}, ADA, False, "You added it"),
        ({"approvals": signed(BEN)}, BEN, False, "You have already approved it"),
        ({"approvals": signed(BEN, CHI)}, DOT, False, "Two people have already approved it"),
        ({}, BEN, True, "Only a person can approve"),
        ({"licences": ()}, BEN, False, "No licence is on record"),
        ({"free": True}, BEN, False, "needs no approval"),
        ({"errors": ("It cannot be shown.",)}, BEN, False, "It cannot be shown."),
        ({"approvals": signed(BEN), "withdrawals": signed(CHI, turn=1)}, BEN, False, None),
    ],
)
def test_who_may_approve(changes: dict[str, Any], by: UUID, robot: bool, said: str | None) -> None:
    why = rules.why_not_approve(brought(**changes), by=by, robot=robot, at=NOW)
    assert (why is None) if said is None else (why is not None and said in why)


def test_a_score_counts_when_two_people_answer_for_it() -> None:
    both = (Signed(BEN, NOW, 0, ("total", "other")), Signed(CHI, NOW, 0, ("total",)))
    assert rules.confirmed_scores(brought(approvals=both), at=NOW) == {"total"}
    assert rules.confirmed_scores(brought(approvals=both[:1] * 2), at=NOW) == frozenset()


@pytest.mark.parametrize(
    ("changes", "evidence", "digest", "field"),
    [
        ({"licensor": " "}, "letter.pdf", DIGEST, "licensor"),
        ({"reference": ""}, "letter.pdf", DIGEST, "reference"),
        ({"expires_on": date(2025, 1, 1)}, "letter.pdf", DIGEST, "expires_on"),
        ({"review_on": date(2025, 1, 1)}, "letter.pdf", DIGEST, "review_on"),
        ({"granted_on": date(2029, 1, 1)}, "letter.pdf", DIGEST, "granted_on"),
        ({}, "", DIGEST, "evidence"),
        ({}, "letter.pdf", "ab", "evidence_sha256"),
        ({}, "letter.pdf", "zz" * 32, "evidence_sha256"),
    ],
)
def test_a_licence_record_that_cannot_stand_names_the_field(
    changes: dict[str, Any], evidence: str, digest: str, field: str
) -> None:
    plain: dict[str, Any] = {name: getattr(LICENCE, name) for name in LICENCE.__dataclass_fields__}
    wrong = rules.why_not_licence(Granted(**{**plain, **changes}), evidence, digest, on=DAY)
    assert wrong is not None
    assert wrong[0] == field


def test_what_another_version_says_otherwise_is_named_place_by_place() -> None:
    form = structure(FREE, "permissive")
    before = instruments.worded(form, instruments.read_pack(pack(FREE)))
    after = instruments.worded(
        form,
        instruments.read_pack(pack(FREE, items={**WORDS, "spoon": "And a fork?"}, labels={**LABELS, "often": "Often"})),
    )
    assert {each.where for each in differences(before, after)} == {"question spoon", "scale times"}
    assert differences(before, before) == ()


# ---- wording ------------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _invented_shelf(monkeypatch: pytest.MonkeyPatch) -> None:
    on_the_shelf(monkeypatch)


def bring(actor: Actor, raw: bytes, *, at: datetime = NOW, site: str = SITE) -> bringing_services.PackAdded:
    """Bring a text pack in."""
    return services.bring_pack(actor=actor, site=site, raw=raw, file="pack.toml", at=at)


def license_it(actor: Actor, key: str = LICENSED, granted: Granted = LICENCE, at: datetime = NOW) -> LicenceRecorded:
    """Put a licence on record."""
    return services.record_licence(
        actor=actor,
        site=SITE,
        instrument=key,
        granted=granted,
        evidence="letter.pdf",
        evidence_sha256=DIGEST,
        at=at,
    )


def approve(actor: Actor, row: Any, *, at: datetime = NOW, **more: Any) -> BringingApproved:
    """Approve what a row brought in."""
    return services.approve_instrument(actor=actor, brought=row.pk, at=at, **more)


def state(key: str, *, at: datetime = NOW, site: str = SITE) -> State:
    """Return how an instrument stands."""
    return library.card(site, key, at=at).state


def rows() -> int:
    """Return how many rows of anything that was brought in there are."""
    tables = (PackBrought, DefinitionImported, LicenceRecorded, BringingApproved, BringingWithdrawn)
    return sum(table.objects.count() for table in tables)


def test_a_free_measure_is_active_once_its_wording_is_in(cast: Cast) -> None:
    assert state(FREE) is State.INACTIVE
    kept = bring(cast.coordinator, pack(FREE))
    assert kept.row is not None
    assert kept.row.brought_by == cast.coordinator.staff
    assert state(FREE) is State.ACTIVE
    form = library.form(SITE, FREE, at=NOW)
    assert form.item("kettle").text == WORDS["kettle"]
    assert form.pack_sha256 == kept.row.sha256
    assert form.sha256 == instruments.load(FREE).sha256


def test_the_same_wording_again_adds_nothing(cast: Cast) -> None:
    bring(cast.coordinator, pack(FREE))
    before = rows(), Entry.objects.count()
    again = bring(cast.clinician, pack(FREE) + b"\n# laid out otherwise\n")
    assert again.row is None
    assert again.preview.already
    assert (rows(), Entry.objects.count()) == before


def test_exact_wording_is_taken_and_one_character_off_is_refused(cast: Cast) -> None:
    with pytest.raises(InvalidPack, match="not the exact text"):
        bring(cast.coordinator, pack(EXACT, items={**WORDS, "spoon": WORDS["spoon"] + " "}))
    assert rows() == 0
    bring(cast.coordinator, pack(EXACT))
    assert state(EXACT) is State.ACTIVE


def test_wording_that_stopped_being_the_exact_one_is_out_of_use(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    bring(cast.coordinator, pack(EXACT))
    shipped = tuple(
        structure(EXACT, "verbatim_only", ("00" * 32,)) if form.key == EXACT else form
        for form in instruments.catalogue()
    )
    monkeypatch.setattr(instruments, "catalogue", lambda: shipped)
    card = library.card(SITE, EXACT, at=NOW)
    assert card.state is State.INACTIVE
    assert "another one" in card.why or "byte for byte" in card.why


def test_where_nobody_stated_the_sum_the_first_wording_is_the_only_one(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = tuple(
        structure(EXACT, "verbatim_only") if form.key == EXACT else form for form in instruments.catalogue()
    )
    monkeypatch.setattr(instruments, "catalogue", lambda: shipped)
    misprint = bring(cast.coordinator, pack(EXACT, items={**WORDS, "spoon": "Spoooon?"})).row
    assert misprint is not None
    assert state(EXACT) is State.ACTIVE
    with pytest.raises(InvalidPack, match=f"word for word, and other words are in use .sum {misprint.sha256}"):
        bring(cast.coordinator, pack(EXACT))
    bring(cast.coordinator, pack(EXACT, items={"kettle": "Y tegell?", "spoon": "Y llwy?"}, language="cy"))
    services.withdraw_instrument(actor=cast.chair, brought=misprint.pk, reason="A misprint.", at=NOW)
    assert bring(cast.coordinator, pack(EXACT)).row is not None
    assert library.form(SITE, EXACT, at=NOW).item("spoon").text == WORDS["spoon"]


def test_every_fault_of_a_pack_is_named_at_once_and_nothing_is_kept(cast: Cast) -> None:
    wrong = pack(FREE, items={"spoon": "Spoon?", "fork": "Fork?"}, labels={"often": "Often", "never": ""})
    with pytest.raises(InvalidPack) as refused:
        bring(cast.coordinator, wrong)
    said = str(refused.value)
    assert all(word in said for word in ("item kettle", "item fork", "option never", "order"))
    assert rows() == 0


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "instrument"),
        (b"\xff\xfe\x00", "not text"),
        (b"instrument = ", "not TOML"),
        (pack("nobody-knows-this"), "There is no instrument"),
        (pack(FREE, version=9), "There is no instrument"),
        (b"x" * 1_000_001, "megabyte"),
    ],
)
def test_what_is_no_pack_is_refused_in_words(cast: Cast, raw: bytes, said: str) -> None:
    with pytest.raises(InvalidPack) as refused:
        bring(cast.coordinator, raw)
    assert said in str(refused.value)


def test_a_form_that_miscounts_is_not_made_active(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def miscounts(form: object) -> tuple[str, ...]:
        return ("vector one of each: total comes to scored 2, not scored 1.",)

    monkeypatch.setattr(instruments, "activation_findings", miscounts)
    with pytest.raises(CannotBring, match="one of each"):
        bring(cast.coordinator, pack(FREE))
    assert rows() == 0


def test_licensed_wording_waits_for_a_licence_and_two_people(cast: Cast) -> None:
    row = bring(cast.coordinator, pack(LICENSED)).row
    assert state(LICENSED) is State.INACTIVE
    with pytest.raises(CannotRecord, match="No licence is on record"):
        library.form(SITE, LICENSED, at=NOW)
    with pytest.raises(CannotBring, match="No licence"):
        approve(cast.clinician, row)
    license_it(cast.governance)
    assert state(LICENSED) is State.WAITING
    approve(cast.clinician, row)
    assert state(LICENSED) is State.WAITING
    approve(cast.chair, row)
    assert state(LICENSED) is State.ACTIVE
    assert library.form(SITE, LICENSED, at=NOW).is_worded


def test_an_expired_licence_takes_it_out_of_use_by_itself(cast: Cast) -> None:
    row = bring(cast.coordinator, pack(LICENSED)).row
    license_it(cast.governance)
    approve(cast.clinician, row)
    approve(cast.chair, row)
    after = datetime.combine(date(2027, 1, 1), NOW.timetz())
    assert state(LICENSED, at=after) is State.INACTIVE
    with pytest.raises(CannotRecord, match="ended on 31 December 2026"):
        library.form(SITE, LICENSED, at=after)
    assert state(LICENSED, at=after - timedelta(days=1)) is State.ACTIVE
    license_it(cast.governance, granted=Granted("Invented House", "new", date(2027, 1, 1), None, date(2028, 1, 1)))
    assert state(LICENSED, at=after) is State.ACTIVE


def test_the_same_person_does_not_approve_twice_nor_what_they_brought_in(cast: Cast) -> None:
    row = bring(cast.clinician, pack(LICENSED)).row
    license_it(cast.governance)
    with pytest.raises(CannotBring, match="You added it"):
        approve(cast.clinician, row)
    approve(cast.chair, row)
    with pytest.raises(CannotBring, match="already approved it"):
        approve(cast.chair, row)
    bring(cast.clinician, pack(LICENSED))
    with pytest.raises(CannotBring, match="You added it"):
        approve(cast.clinician, row)
    assert state(LICENSED) is State.WAITING


def test_the_table_itself_takes_one_approval_a_person(cast: Cast) -> None:
    row = bring(cast.coordinator, pack(LICENSED)).row
    signed_by = {"pack": row, "site": SITE, "approved_at": NOW, "approved_by": cast.chair.staff}
    BringingApproved.objects.create(**signed_by)
    with pytest.raises(IntegrityError), transaction.atomic():
        BringingApproved.objects.create(**signed_by)


def test_two_who_do_the_same_at_once_are_told_so(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    row = bring(cast.coordinator, pack(LICENSED)).row
    license_it(cast.governance)
    approve(cast.chair, row)
    monkeypatch.setattr(rules, "why_not_approve", lambda *_, **__: None)
    with pytest.raises(CannotBring, match="Somebody else did the same"):
        approve(cast.chair, row)
    assert BringingApproved.objects.count() == 1


def test_a_robot_approves_nothing(cast: Cast) -> None:
    row = bring(cast.coordinator, pack(LICENSED)).row
    license_it(cast.governance)
    Staff.objects.filter(pk=cast.chair.staff).update(robot=True)
    with pytest.raises(CannotBring, match="Only a person can approve"):
        approve(cast.chair, row)


def test_taking_out_of_use_needs_one_person_and_a_reason(cast: Cast) -> None:
    row = bring(cast.coordinator, pack(FREE)).row
    assert row is not None
    with pytest.raises(CannotBring, match="Enter why"):
        services.withdraw_instrument(actor=cast.chair, brought=row.pk, reason=" ", at=NOW)
    services.withdraw_instrument(actor=cast.chair, brought=row.pk, reason="A misprint.", at=NOW)
    assert state(FREE) is State.INACTIVE
    with pytest.raises(CannotBring, match="already withdrawn"):
        services.withdraw_instrument(actor=cast.chair, brought=row.pk, reason="Again.", at=NOW)
    again = bring(cast.coordinator, pack(FREE), at=NOW)
    assert again.row is not None
    assert again.row.turn == 2
    assert state(FREE) is State.ACTIVE


def test_approvals_before_a_withdrawal_count_no_more(cast: Cast) -> None:
    row = bring(cast.coordinator, pack(LICENSED)).row
    assert row is not None
    license_it(cast.governance)
    approve(cast.clinician, row)
    approve(cast.chair, row)
    services.withdraw_instrument(actor=cast.governance, brought=row.pk, reason="The owner asked.", at=NOW)
    assert state(LICENSED) is State.INACTIVE
    approve(cast.clinician, row)
    assert state(LICENSED) is State.WAITING
    approve(cast.second_governance, row)
    assert state(LICENSED) is State.ACTIVE


# ---- whole instruments --------------------------------------------------------------------------------------------


def import_it(actor: Actor, raw: bytes, file: str = "garden.json", at: datetime = NOW) -> bringing_services.ImportAdded:
    """Import a FHIR file."""
    return services.import_definition(actor=actor, site=SITE, raw=raw, file=file, at=at)


def test_an_imported_instrument_is_inactive_until_two_people_approve_it(cast: Cast) -> None:
    kept = import_it(cast.coordinator, questionnaire())
    assert kept.row is not None
    assert (kept.preview.outcome, kept.row.key, kept.row.version) == ("imported", "garden", 1)
    assert state("garden") is State.WAITING
    with pytest.raises(CannotRecord, match="two different people"):
        library.form(SITE, "garden", at=NOW)
    approve(cast.clinician, kept.row)
    approve(cast.chair, kept.row)
    form = library.form(SITE, "garden", at=NOW)
    assert form.title == "Garden upset"
    assert form.sha256 == kept.row.sha256 == instruments.identity(form)


def test_the_same_file_again_adds_nothing_and_says_so(cast: Cast) -> None:
    import_it(cast.coordinator, questionnaire())
    before = rows(), Entry.objects.count()
    again = import_it(cast.clinician, questionnaire(), "other-name.json")
    assert again.row is None
    assert again.preview.outcome == "imported"
    assert "imported before, as version 1" in again.preview.reasons[0].message
    assert (rows(), Entry.objects.count()) == before


def test_the_same_form_laid_out_otherwise_adds_nothing_either(cast: Cast) -> None:
    import_it(cast.coordinator, questionnaire())
    again = import_it(cast.coordinator, json.dumps(json.loads(questionnaire()), indent=4).encode())
    assert again.row is None
    assert again.preview.already


def test_one_character_makes_a_new_version_and_the_old_one_stays_readable(cast: Cast) -> None:
    first = import_it(cast.coordinator, questionnaire()).row
    items = json.loads(questionnaire())["item"]
    items[1]["text"] = "Tell us about the hedge!"
    changed = import_it(cast.coordinator, questionnaire(item=items))
    assert first is not None
    assert changed.row is not None
    assert changed.row.version == 2
    assert changed.row.sha256 != first.sha256
    assert [each.where for each in changed.preview.differences] == ["question words"]
    old = library.form_as_given(SITE, key="garden", version=1, sha256=first.sha256, pack_sha256=first.pack_sha256)
    assert old.item("words").text == "Tell us about the hedge."


def test_another_publishers_form_of_the_same_name_is_another_instrument(cast: Cast) -> None:
    import_it(cast.coordinator, questionnaire())
    other = import_it(cast.coordinator, questionnaire(url="http://elsewhere.example/Questionnaire/garden"))
    assert other.row is not None
    assert (other.row.key, other.row.version) == ("garden-2", 1)


def test_an_imported_form_never_takes_the_place_of_one_that_ships(cast: Cast) -> None:
    kept = import_it(cast.coordinator, questionnaire(name="FirstLine", title="First-line"))
    assert kept.row is not None
    assert kept.row.key not in {form.key for form in instruments.catalogue()}


@pytest.mark.parametrize("key", ["first-line", "judgement", LICENSED, FREE])
def test_our_own_export_come_back_is_the_form_that_is_here(cast: Cast, key: str) -> None:
    bring(cast.coordinator, pack(FREE))
    before = rows()
    form = library_pages.instrument_page(actor=cast.officer, site=SITE, key=key, at=NOW).form
    exported = fhir.questionnaire_bytes(form)
    kept = import_it(cast.coordinator, exported)
    assert (kept.row, kept.preview.already, rows()) == (None, True, before)
    assert kept.preview.form == form
    assert "Nothing added" in kept.preview.reasons[0].message


def test_an_imported_form_exported_and_imported_again_is_the_same(cast: Cast) -> None:
    import_it(cast.coordinator, questionnaire())
    exports = []
    for _ in range(2):
        form = library_pages.instrument_page(actor=cast.officer, site=SITE, key="garden", at=NOW).form
        exports.append(fhir.questionnaire_bytes(form))
        assert import_it(cast.coordinator, exports[-1]).preview.already
    assert exports[0] == exports[1]
    assert DefinitionImported.objects.count() == 1


def test_a_claim_is_no_licence(cast: Cast) -> None:
    row = import_it(cast.coordinator, questionnaire(copyright="© Somebody")).row
    assert row is not None
    with pytest.raises(CannotBring, match="No licence is on record"):
        approve(cast.clinician, row)
    license_it(cast.governance, row.key)
    approve(cast.clinician, row)
    approve(cast.chair, row)
    assert state("garden") is State.ACTIVE


def test_an_error_in_a_file_is_kept_and_blocks_approval(cast: Cast) -> None:
    items = json.loads(questionnaire())["item"]
    items[1]["linkId"] = "hedge"
    kept = import_it(cast.coordinator, questionnaire(item=items))
    assert kept.preview.outcome == "imported with warnings"
    assert not kept.preview.may_be_approved
    assert kept.row is not None
    with pytest.raises(CannotBring, match="because of these problems"):
        approve(cast.clinician, kept.row)
    assert state("garden") is State.INACTIVE


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"Questionnaire"',
        b"\xff\xfe{\x00}\x00",
        b"<Questionnaire/>",
        b'{"resourceType": "QuestionnaireResponse", "status": "completed"}',
        b'{"resourceType": "Patient"}',
        b'{"resourceType": "Bundle", "type": "collection", "entry": []}',
        b'{"a": 1, "a": 2}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_questionnaire_is_refused_in_words_and_leaves_nothing(cast: Cast, raw: bytes) -> None:
    entries = Entry.objects.count()
    kept = import_it(cast.coordinator, raw)
    assert kept.preview.outcome == "refused"
    assert kept.row is None
    assert kept.preview.reasons
    assert all(reason.message and reason.severity == "refuse" for reason in kept.preview.reasons[-1:])
    assert rows() == 0
    assert Entry.objects.count() == entries


def bundle(count: int) -> bytes:
    """Return a bundle that holds so many questionnaires."""
    forms = [{"resource": {**json.loads(questionnaire()), "id": str(number)}} for number in range(count)]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": forms}).encode()


def test_one_questionnaire_in_a_bundle_is_taken_and_several_are_refused(cast: Cast) -> None:
    assert import_it(cast.coordinator, bundle(1)).row is not None
    several = import_it(cast.coordinator, bundle(3))
    assert several.row is None
    assert several.preview.outcome == "refused"


def test_a_proposed_score_counts_only_when_both_answer_for_it(cast: Cast) -> None:
    score = {
        "linkId": "total",
        "type": "decimal",
        "text": "Total",
        "readOnly": True,
        "extension": [
            {
                "url": "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-calculatedExpression",
                "valueExpression": {
                    "language": "text/fhirpath",
                    "expression": "%resource.item.where(linkId='hedge').answer.value.weight().sum()",
                },
            }
        ],
    }
    row = import_it(cast.coordinator, questionnaire(item=[*json.loads(questionnaire())["item"], score])).row
    assert row is not None
    proposed = [each.key for each in holdings.definition_of(row).scores if not each.confirmed]
    assert proposed, "the file proposes a score, and nobody took it over by itself"
    with pytest.raises(CannotBring, match="There is no score"):
        approve(cast.clinician, row, confirms=("nonsense",))
    approve(cast.clinician, row, confirms=tuple(proposed))
    approve(cast.chair, row, confirms=tuple(proposed))
    form = library.form(SITE, row.key, at=NOW)
    assert all(each.confirmed for each in form.scores)
    assert form.sha256 == row.sha256, "answering for a score changes no word of the form"


# ---- whose it is --------------------------------------------------------------------------------------------------


def test_another_site_sees_and_approves_nothing_of_ours(cast: Cast) -> None:
    row = bring(cast.coordinator, pack(LICENSED)).row
    assert row is not None
    license_it(cast.governance)
    with pytest.raises(NotFound):
        approve(cast.olu, row)
    with pytest.raises(NotFound):
        services.withdraw_instrument(actor=cast.olu, brought=row.pk, reason="Mine.", at=NOW)
    with pytest.raises(NotFound):
        services.approve_instrument(actor=cast.chair, brought=uuid4(), at=NOW)
    assert state(LICENSED, site="southmere") is State.INACTIVE
    assert "wording is not included" in library.card("southmere", LICENSED, at=NOW).why


@pytest.mark.parametrize("name", ["officer", "outreach", "advocate", "chair", "evaluator", "olu"])
def test_who_may_not_bring_in_is_refused_and_remembered(cast: Cast, name: str) -> None:
    with pytest.raises(Refused):
        bring(cast.actor(name), pack(FREE))
    with pytest.raises(Refused):
        import_it(cast.actor(name), questionnaire())
    assert rows() == 0
    assert Entry.objects.filter(operation="refusal", action=Permission.INSTRUMENT_IMPORT).count() == 2


@pytest.mark.parametrize("name", ["officer", "analyst", "coordinator", "outreach", "advocate"])
def test_who_may_not_approve_is_refused(cast: Cast, name: str) -> None:
    row = bring(cast.governance, pack(LICENSED)).row
    license_it(cast.governance)
    with pytest.raises(Refused):
        approve(cast.actor(name), row)
    with pytest.raises(Refused):
        license_it(cast.actor(name))


# ---- the log ------------------------------------------------------------------------------------------------------


def test_a_failure_in_the_middle_leaves_nothing(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(audit, "_append", full)
    for act in (lambda: import_it(cast.coordinator, questionnaire()), lambda: bring(cast.coordinator, pack(FREE))):
        with pytest.raises(OSError, match="no space"):
            act()
    assert rows() == 0


def test_every_write_is_on_record_and_the_log_holds(cast: Cast) -> None:
    row = bring(cast.coordinator, pack(LICENSED)).row
    assert row is not None
    license_it(cast.governance)
    approve(cast.clinician, row)
    approve(cast.chair, row)
    services.withdraw_instrument(actor=cast.governance, brought=row.pk, reason="The owner asked.", at=NOW)
    import_it(cast.clinician, questionnaire())
    told = list(Entry.objects.order_by("seq").values_list("action", "actor"))
    assert told == [
        ("instrument.pack_brought", cast.coordinator.staff),
        ("instrument.licence_recorded", cast.governance.staff),
        ("instrument.approved", cast.clinician.staff),
        ("instrument.approved", cast.chair.staff),
        ("instrument.withdrawn", cast.governance.staff),
        ("instrument.imported", cast.clinician.staff),
    ]
    vouched(cast)
    assert whole_log().clean
    PackBrought.objects.filter(pk=row.pk).update(source="somewhere else")
    assert not whole_log().clean, "a row that was changed behind the log is found"


def test_a_licence_for_what_nobody_knows_is_refused(cast: Cast) -> None:
    with pytest.raises(CannotBring, match="There is no instrument"):
        license_it(cast.governance, "nobody-knows-this")
