"""Keeping documents: the hash first, sealed for one place, read back; minutes that hold only what may be seen."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta

import pytest

from fourfold.access.models import Agreement, Grant
from fourfold.access.terms import Compartment, NotFound, Refused, RelationKind, Side, bits
from fourfold.audit import queries as audit_queries
from fourfold.audit.models import Entry
from fourfold.audit.services import recorded
from fourfold.cases.models import Case
from fourfold.cases.queries.word_search import written_found
from fourfold.exhibits import queries, rules, services
from fourfold.exhibits.models import Exhibit, MadeFor
from fourfold.exhibits.terms import DOCX, LARGEST, PDF, CannotKeep, Damaged
from fourfold.panel import services as panel
from fourfold.panel.minutes import Form
from fourfold.panel.models import Invitation, Item, Sitting
from fourfold.panel.terms import CannotConvene, CannotDecide, Certainty
from fourfold.people.models import SafeContact, VictimReach
from fourfold.plan import services as plan
from tests.cast import NOW, QUORUM, Cast
from tests.exhibits.test_documents import text_of_docx, text_of_pdf
from tests.panel.scene import decision, held, open_case, ready_to_decide, relate, wall_off

pytestmark = pytest.mark.django_db
CONTENT = b"%PDF-1.7 not really, but bytes are bytes \x00\xff"


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case of Northmoor's."""
    return open_case(cast)


def keep(cast: Cast, case: Case, **changes: object) -> Exhibit:
    """Let the coordinator keep a document that lacks nothing, with `changes`."""
    whole = {
        "actor": cast.coordinator,
        "kind": "letter",
        "title": "Letter to the owner of the case",
        "content": CONTENT,
        "media_type": PDF,
        "compartment": Compartment.CORE,
        "at": NOW,
        **changes,
    }
    return services.keep(file=case.pk, **whole)  # type: ignore[arg-type]


# --- keeping ----------------------------------------------------------------------------------------------


def test_what_was_kept_is_read_back_as_it_came(cast: Cast, case: Case) -> None:
    kept = keep(cast, case)
    assert kept.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert kept.size == len(CONTENT)
    read = queries.exhibit(actor=cast.advocate, file=case.pk, exhibit_id=kept.pk, at=NOW)
    assert read.content == CONTENT
    assert read.file_name == f"letter-{kept.sha256[:8]}.pdf"


def test_the_table_holds_nothing_that_can_be_read(cast: Cast, case: Case) -> None:
    stored = Exhibit.objects.unscoped("test").get(pk=keep(cast, case).pk)
    assert stored.content.startswith("seal.1:")
    assert "bytes are bytes" not in stored.content
    assert rules.as_text(CONTENT) not in stored.content


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": " "}, "title"),
        ({"content": b""}, "content"),
        ({"content": b"x" * (LARGEST + 1)}, "content"),
        ({"media_type": "pdf"}, "media_type"),
    ],
)
def test_a_document_that_cannot_be_kept_is_refused_by_field(
    cast: Cast, case: Case, changes: dict[str, object], field: str
) -> None:
    with pytest.raises(CannotKeep) as refused:
        keep(cast, case, **changes)
    assert refused.value.field == field
    assert not Exhibit.objects.unscoped("test").exists()


def other_place(row: Exhibit, cast: Cast, case: Case) -> str:
    """The sealed content of another exhibit with the same bytes."""
    return keep(cast, case).content


@pytest.mark.parametrize(
    "damaged",
    [
        lambda row, *_: row.content[:-8] + "AAAAAAA=",
        lambda row, *_: "",
        lambda row, *_: "seal.1:not base64!",
        other_place,
    ],
    ids=["altered", "emptied", "nonsense", "moved from another row"],
)
def test_what_was_altered_or_moved_is_not_shown(
    cast: Cast, case: Case, damaged: Callable[[Exhibit, Cast, Case], str]
) -> None:
    kept = keep(cast, case)
    Exhibit.objects.unscoped("test").filter(pk=kept.pk).update(content=damaged(kept, cast, case))
    with pytest.raises(Damaged, match=str(kept.pk)):
        queries.exhibit(actor=cast.officer, file=case.pk, exhibit_id=kept.pk, at=NOW)
    assert not audit_queries.verify().clean, "and the log says so too"


def test_a_hash_that_was_changed_shows(cast: Cast, case: Case) -> None:
    kept = keep(cast, case)
    Exhibit.objects.unscoped("test").filter(pk=kept.pk).update(sha256="0" * 64)
    with pytest.raises(Damaged, match="hash differs"):
        queries.exhibit(actor=cast.officer, file=case.pk, exhibit_id=kept.pk, at=NOW)


# --- who ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["officer", "advocate", "clinician", "outreach", "analyst"])
def test_not_everybody_makes_documents(cast: Cast, case: Case, name: str) -> None:
    with pytest.raises(Refused):
        keep(cast, case, actor=cast.actor(name))


def test_nobody_keeps_a_document_in_a_compartment_that_is_closed_to_him(cast: Cast, case: Case) -> None:
    with pytest.raises(Refused):
        keep(cast, case, compartment=Compartment.ADVOCATE_CONFIDENTIAL)


def test_another_site_and_a_walled_colleague_find_nothing(cast: Cast, case: Case) -> None:
    kept = keep(cast, case)
    wall_off(cast, "second_officer", case)
    for stranger in (cast.olu, cast.second_officer, cast.station_officer):
        with pytest.raises(NotFound):
            queries.exhibits(actor=stranger, file=case.pk, at=NOW)
        with pytest.raises(NotFound):
            queries.exhibit(actor=stranger, file=case.pk, exhibit_id=kept.pk, at=NOW)


def test_a_document_is_listed_only_where_its_compartment_is_open(cast: Cast, case: Case) -> None:
    keep(cast, case)
    relate(cast, "officer", case, RelationKind.OIC)
    relate(cast, "advocate", case, RelationKind.ADVOCATE)
    secret = keep(cast, case)
    Exhibit.objects.unscoped("test").filter(pk=secret.pk).update(compartment=Compartment.VICTIM_CONTACT)
    seen = {
        name: len(queries.exhibits(actor=cast.actor(name), file=case.pk, at=NOW))
        for name in ("officer", "advocate", "clinician", "outreach", "second_officer")
    }
    assert seen == {"officer": 2, "advocate": 2, "clinician": 1, "outreach": 1, "second_officer": 1}
    with pytest.raises(NotFound):
        queries.exhibit(actor=cast.clinician, file=case.pk, exhibit_id=secret.pk, at=NOW)


def test_a_document_of_another_case_is_not_found_under_this_one(cast: Cast, case: Case) -> None:
    kept = keep(cast, open_case(cast))
    with pytest.raises(NotFound):
        queries.exhibit(actor=cast.officer, file=case.pk, exhibit_id=kept.pk, at=NOW)


def test_every_reading_is_recorded(cast: Cast, case: Case) -> None:
    kept = keep(cast, case)
    queries.exhibit(actor=cast.outreach, file=case.pk, exhibit_id=kept.pk, at=NOW)
    entry = Entry.objects.get(action="exhibit.read")
    assert (entry.operation, entry.about_id, entry.file) == ("consultation", kept.pk, case.pk)


def test_a_list_of_documents_is_paged_and_costs_the_same(
    cast: Cast, case: Case, django_assert_num_queries: Callable[[int], object]
) -> None:
    for _ in range(5):
        keep(cast, case)
    with django_assert_num_queries(11):  # type: ignore[attr-defined]
        page = queries.exhibits(actor=cast.officer, file=case.pk, at=NOW)
    assert (len(page), page.next) == (5, "")
    first = queries.exhibits(actor=cast.officer, file=case.pk, at=NOW, most=3)
    rest = queries.exhibits(actor=cast.officer, file=case.pk, at=NOW, after=first.next, most=3)
    assert [[row.id for row in part] for part in (first, rest)] == [
        [row.id for row in page.rows[:3]],
        [row.id for row in page.rows[3:]],
    ]


# --- minutes ----------------------------------------------------------------------------------------------


def in_every_other_compartment(cast: Cast, case: Case) -> list[str]:
    """Put a canary into each compartment of which the minutes may hold nothing, and return them."""
    relate(cast, "clinician", case, RelationKind.CLINICIAN_OF_SUBJECT, Side.SUBJECT)
    plan.write_clinical_note(actor=cast.clinician, case=case, side=Side.SUBJECT, text="CNRY-clinical", at=NOW)
    VictimReach.objects.create(victim=case.victim, kind="phone", value="CNRY-phone", key="1", **held(cast))
    SafeContact.objects.create(victim=case.victim, code_phrase="CNRY-code", note="CNRY-note", **held(cast))
    for person, field in ((case.victim, "given_name"), (case.subject, "family_name")):
        setattr(person, field, f"CNRY-{field}")
        person.save()
    return ["CNRY"]


@pytest.fixture
def decided(cast: Cast, case: Case) -> Item:
    """An item that was decided, with canaries in every compartment that the minutes must not touch."""
    with recorded(cast.officer, "test.canaries", at=NOW):
        in_every_other_compartment(cast, case)
    item = ready_to_decide(cast, case)
    panel.record_decision(actor=cast.chair, item=item, draft=decision(dissent="Mental health: medium."), at=NOW)
    return item


def minutes(cast: Cast, item: Item, partner: str = "northmoor-nhs", form: Form = Form.PDF) -> bytes:
    """Make the minutes for one agency and read their bytes back."""
    made = panel.make_minutes(actor=cast.chair, item=item, partner=partner, form=form, at=NOW)
    return queries.exhibit(actor=cast.chair, file=item.case_id, exhibit_id=made.pk, at=NOW).content


READERS = {Form.PDF: text_of_pdf, Form.DOCX: text_of_docx}


@pytest.mark.parametrize("form", Form)
def test_the_minutes_say_what_was_decided_and_nothing_of_the_closed_compartments(
    cast: Cast, case: Case, decided: Item, form: Form
) -> None:
    content = minutes(cast, decided, form=form)
    said = " ".join(READERS[form](content).split())
    for words in (
        case.reference,
        "A rejected former partner",
        "She is told before any step",
        "Apply for the order",
        "Mental health: medium.",
        "It cannot wait for one.",
        "For Northmoor Nhs only",
    ):
        assert words in said
    for closed in ("CNRY", "Vera", "Inventa", "Sven", "Fictus"):
        assert closed not in said
        assert len(closed) < 6 or closed.encode() not in content, "packed bytes hold any few letters"


@pytest.fixture
def disputed(cast: Cast, case: Case) -> Item:
    """A decided item from which the second officer stood aside, and on which mental health said more afterwards."""
    item = ready_to_decide(cast, case)
    panel.declare(actor=cast.second_officer, item=item, aside=True, because="My cousin.", at=NOW)
    panel.give_view(
        actor=cast.clinician, item=item, level=None, position="Sleep is what I would ask of.",
        certainty=Certainty.UNSURE, proposes="A letter to his doctor.", at=NOW + timedelta(minutes=1),
    )  # fmt: skip
    later = NOW + timedelta(minutes=2)
    panel.record_decision(actor=cast.chair, item=item, draft=decision(dissent="Mental health: medium."), at=later)
    return item


@pytest.mark.parametrize("form", Form)
def test_the_minutes_hold_each_professions_position_and_who_stood_aside(cast: Cast, disputed: Item, form: Form) -> None:
    said = " ".join(READERS[form](minutes(cast, disputed, form=form)).split())
    for words in (
        "Police, Officer: high",
        "The officer worries about the nights.",
        "Mental health, Clinician: high",
        "Mental health, Clinician: cannot say yet; unsure; after the views were opened",
        "Sleep is what I would ask of.",
        "Proposes: A letter to his doctor.",
        "The outreach worries about the nights.",
        "The advocate worries about the nights.",
        "Stepped aside",
        "Second Officer, police",
    ):
        assert words in said
    assert "My cousin." not in said, "why somebody stands aside is asked of nobody and told to nobody"


@pytest.mark.parametrize("form", Form)
def test_the_minutes_say_who_took_part_who_sent_apologies_and_who_was_not_heard_and_are_signed(
    cast: Cast, case: Case, form: Form
) -> None:
    item = ready_to_decide(cast, case)
    for name, profession, coming in (
        ("officer", "police", True),
        ("outreach", "outreach", False),
        ("second_advocate", "advocacy", False),
        ("analyst", "police", None),
        ("second_officer", "police", True),
    ):
        Invitation.objects.filter(sitting=item.sitting, staff=cast.staff[name].pk).delete()
        Invitation.objects.create(
            sitting=item.sitting, staff=cast.staff[name].pk, profession=profession, coming=coming, invited_at=NOW
        )
    panel.declare(actor=cast.second_officer, item=item, aside=True, at=NOW)
    panel.record_decision(actor=cast.chair, item=item, draft=decision(), at=NOW)
    Sitting.objects.filter(pk=item.sitting_id).update(quorum=[*QUORUM, "probation"])
    item.refresh_from_db()
    said = " ".join(READERS[form](minutes(cast, item, form=form)).split())
    for words in (
        "Chair: Chair",
        "Attended: not recorded",
        "Gave a view on this case: ",
        "Officer (police)",
        "Clinician (mental health)",
        "Advocate (advocacy)",
        "Second Advocate (advocacy)",
        "Apologies: Second Advocate (advocacy); Outreach (outreach)",
        "Invited, attendance not recorded: ",
        "Officer (police)",
        "Analyst (police)",
        "Probation not heard not recorded",
        "A true record of what the panel decided",
        "Date",
    ):
        assert words in said, words
    assert "Second Officer (police)" not in said


@pytest.mark.parametrize("on_record", [True, False], ids=["with its row", "made before there was one"])
def test_minutes_for_one_agency_open_to_its_people_and_to_who_made_them(
    cast: Cast, decided: Item, on_record: bool
) -> None:
    kept = panel.make_minutes(actor=cast.chair, item=decided, partner="northmoor-nhs", form=Form.PDF, at=NOW)
    if not on_record:
        MadeFor.objects.unscoped("test").all().delete()
    file, at = decided.case_id, NOW + timedelta(hours=1)
    for name in ("officer", "coordinator", "outreach", "advocate", "analyst", "clinician", "chair"):
        reads = name in ("clinician", "chair")
        actor = cast.actor(name)
        assert (kept.pk in {row.id for row in queries.exhibits(actor=actor, file=file, at=at)}) is reads, name
        if reads:
            assert queries.exhibit(actor=actor, exhibit_id=kept.pk, file=file, at=at).content
            continue
        for read in (queries.exhibit, queries.custody, queries.picture):
            with pytest.raises(NotFound):
                read(actor=actor, exhibit_id=kept.pk, file=file, at=at)


@pytest.mark.parametrize("form", Form)
def test_an_agency_without_the_risk_compartment_reads_nobodys_position(cast: Cast, disputed: Item, form: Form) -> None:
    Grant.objects.filter(file=disputed.case_id, partner="northmoor-outreach").update(
        compartments=bits({Compartment.CORE})
    )
    content = minutes(cast, disputed, "northmoor-outreach", form)
    said = READERS[form](content)
    for heard in ("Police Officer", "Mental health Clinician", "Outreach Outreach", "Advocacy Advocate"):
        assert heard in " ".join(said.split())
    for closed in ("worries about the nights", "Sleep", "his doctor", "Second Officer", "tood aside", "cannot say"):
        assert closed not in said
        assert len(closed) < 6 or closed.encode() not in content, "packed bytes hold any few letters"


def test_whoever_stands_aside_makes_no_minutes_of_the_views_that_are_shut_to_them(cast: Cast, case: Case) -> None:
    item = ready_to_decide(cast, case)
    panel.declare(actor=cast.coordinator, item=item, aside=True, at=NOW)
    panel.record_decision(actor=cast.chair, item=item, draft=decision(), at=NOW)
    with pytest.raises(CannotDecide, match="You have stepped aside"):
        panel.make_minutes(actor=cast.coordinator, item=item, partner="northmoor-nhs", form=Form.PDF, at=NOW)


def test_the_minutes_are_closed_to_whoever_stood_aside_and_open_to_their_colleague(cast: Cast, disputed: Item) -> None:
    kept = panel.make_minutes(
        actor=cast.chair, item=disputed, partner="northmoor-police", form=Form.PDF, at=NOW + timedelta(hours=1)
    )
    relate(cast, "second_officer", disputed.case, RelationKind.OIC)
    later = NOW + timedelta(hours=2)
    asked = {"file": disputed.case_id, "at": later}
    assert kept.pk in {row.id for row in queries.exhibits(actor=cast.officer, **asked)}
    assert kept.pk not in {row.id for row in queries.exhibits(actor=cast.second_officer, **asked)}
    assert queries.exhibit(actor=cast.officer, exhibit_id=kept.pk, **asked).content
    for read in (queries.exhibit, queries.custody, queries.picture):
        with pytest.raises(NotFound):
            read(actor=cast.second_officer, exhibit_id=kept.pk, **asked)


def test_a_search_names_no_minutes_to_whoever_stood_aside(cast: Cast, disputed: Item) -> None:
    Grant.objects.filter(file=disputed.case_id, partner="northmoor-police").update(
        compartments=bits({Compartment.CORE})
    )
    panel.make_minutes(
        actor=cast.chair, item=disputed, partner="northmoor-police", form=Form.PDF, at=NOW + timedelta(hours=1)
    )
    Grant.objects.filter(file=disputed.case_id, partner="northmoor-police").update(compartments=bits(set(Compartment)))
    for name, there in (("officer", True), ("second_officer", False)):
        relate(cast, name, disputed.case, RelationKind.OIC)
        found = written_found("Panel decision", actor=cast.actor(name), at=NOW + timedelta(hours=2))
        assert bool(found) is there


@pytest.mark.parametrize("form", Form)
def test_an_agency_without_the_risk_compartment_reads_only_who_does_what(
    cast: Cast, case: Case, decided: Item, form: Form
) -> None:
    core = bits({Compartment.CORE})
    Grant.objects.filter(file=case.pk, partner="northmoor-outreach").update(compartments=core)
    made = panel.make_minutes(actor=cast.chair, item=decided, partner="northmoor-outreach", form=form, at=NOW)
    said = READERS[form](queries.exhibit(actor=cast.chair, file=case.pk, exhibit_id=made.pk, at=NOW).content)
    assert made.compartment == Compartment.CORE
    assert "Apply for the order" in said
    for closed in ("rejected former partner", "told before any step", "medium", "high", "acts go on", "cannot wait"):
        assert closed not in said


def test_an_agency_whose_agreement_has_ended_gets_none(cast: Cast, decided: Item) -> None:
    Agreement.objects.filter(partner="northmoor-nhs").update(ended_at=NOW)
    with pytest.raises(CannotConvene, match="may not see anything in this case"):
        minutes(cast, decided)


@pytest.mark.parametrize("partner", ["southmere-police", "", "nobody"])
def test_minutes_are_for_an_agency_of_the_unit(cast: Cast, decided: Item, partner: str) -> None:
    with pytest.raises(CannotConvene, match="agency of this unit"):
        minutes(cast, decided, partner)


def test_there_are_no_minutes_of_what_is_not_decided(cast: Cast, case: Case) -> None:
    with pytest.raises(CannotDecide, match="when the item is decided"):
        minutes(cast, ready_to_decide(cast, case))


def test_making_minutes_is_a_disclosure_and_the_log_holds(cast: Cast, decided: Item) -> None:
    minutes(cast, decided)
    entry = Entry.objects.get(action="minutes.made")
    assert entry.operation == "disclosure"
    assert '"partner":"northmoor-nhs"' in entry.body
    assert audit_queries.verify().clean


@pytest.mark.parametrize("name", ["officer", "advocate", "clinician", "outreach"])
def test_not_everybody_makes_minutes(cast: Cast, decided: Item, name: str) -> None:
    with pytest.raises(Refused):
        panel.make_minutes(actor=cast.actor(name), item=decided, partner="northmoor-nhs", form=Form.PDF, at=NOW)


def test_minutes_are_for_a_word_processor_too(cast: Cast, decided: Item) -> None:
    made = panel.make_minutes(actor=cast.coordinator, item=decided, partner="northmoor-police", form=Form.DOCX, at=NOW)
    assert (made.media_type, made.kind) == (DOCX, "minutes")
