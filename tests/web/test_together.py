"""Working together on cases, as sentences: comments inside compartments, many cases at once, and kept choices."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fourfold.access.models import Relation
from fourfold.access.terms import Compartment, NotFound, Purpose, Refused, RelationKind, Role, Side
from fourfold.audit.terms import Actor
from fourfold.cases import queries
from fourfold.cases import services as cases
from fourfold.cases.models import Case, Mention, SavedFilter
from fourfold.cases.queries import comments as comment_queries
from fourfold.cases.terms import CannotStep, Level
from fourfold.web import worklist
from tests.cases.builders import open_case
from tests.cast import NOW, Cast, assign, hire
from tests.duties.scene import said as says
from tests.duties.scene import waits
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db
SOON = NOW + timedelta(hours=1)


def said(cast: Cast, case: Case, by: Actor, compartment: Compartment = Compartment.CORE, *names: str) -> None:
    """Somebody says something about a case and asks for the eyes of some of the cast."""
    mentioned = [cast.staff[name].pk for name in names]
    words = f"Said in {compartment}."
    cases.add_comment(actor=by, case=case, words=words, compartment=compartment, mentioned=mentioned, at=NOW)


def read_by(case: Case, actor: Actor) -> list[str]:
    header = queries.header(actor=actor, reference=case.reference, at=SOON)
    page = comment_queries.comments_of(actor=actor, opened=header.opened, at=SOON)
    return [comment.words for comment in page.comments]


# ---- comments -------------------------------------------------------------------------------------------------------


def test_police_intelligence_in_a_comment_is_read_by_police_alone(cast: Cast) -> None:
    case = open_case(cast)
    said(cast, case, cast.officer)
    said(cast, case, cast.officer, Compartment.POLICE_INTEL)
    assert set(read_by(case, cast.second_officer)) == {"Said in core.", "Said in police_intel."}
    for name in ("clinician", "outreach", "advocate"):
        assert read_by(case, cast.actor(name)) == ["Said in core."]


def test_a_mention_of_somebody_who_may_not_read_it_is_refused_in_words(cast: Cast) -> None:
    case = open_case(cast)
    with pytest.raises(CannotStep, match="Clinician may not read this part of the case") as refusal:
        said(cast, case, cast.officer, Compartment.POLICE_INTEL, "clinician")
    assert refusal.value.field == "mentioned"
    assert read_by(case, cast.officer) == []
    said(cast, case, cast.officer, Compartment.CORE, "clinician")


def test_a_wall_is_refused_in_the_same_words_as_a_compartment(cast: Cast) -> None:
    case = open_case(cast)
    cases.wall_off(actor=cast.governance, case=case, staff=cast.staff["outreach"].pk, reason="His sister.", at=NOW)
    with pytest.raises(CannotStep, match="Outreach may not read this part of the case"):
        said(cast, case, cast.officer, Compartment.CORE, "outreach")


def test_somebody_of_another_unit_cannot_be_mentioned(cast: Cast) -> None:
    with pytest.raises(CannotStep, match="somebody from this unit"):
        said(cast, open_case(cast), cast.officer, Compartment.CORE, "olu")


def test_nobody_writes_where_they_may_not_read(cast: Cast) -> None:
    case = open_case(cast)
    with pytest.raises(Refused):
        said(cast, case, cast.clinician, Compartment.POLICE_INTEL)
    with pytest.raises(NotFound):
        said(cast, case, cast.olu)


def test_a_mention_stands_on_the_day_until_it_was_read(cast: Cast, signed_in: SignIn) -> None:
    case = open_case(cast)
    said(cast, case, cast.officer, Compartment.CORE, "clinician")
    [row] = [row for row in worklist.today(cast.clinician, SOON).every if row.kind == "mentions"]
    assert (row.case_text, row.what) == (case.reference, "Officer asks you to read a comment")
    assert "Said in core" not in str(row)
    browser = signed_in("clinician")
    assert "Said in core." in browser.get(row.href).content.decode()
    browser.post(row.href, {"read": "yes"})
    assert Mention.objects.get().read_at is not None
    assert not [row for row in worklist.today(cast.clinician, SOON).every if row.kind == "mentions"]


def test_a_comment_typed_with_a_wrong_mention_is_kept_on_the_page(cast: Cast, signed_in: SignIn) -> None:
    case = open_case(cast)
    answer = signed_in("officer").post(
        f"/cases/{case.reference}/comments/",
        {"words": "He bought a van.", "compartment": "police_intel", "mentioned": str(cast.staff["advocate"].pk)},
    )
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "He bought a van." in text
    assert "may not read this part of the case" in text


def test_comments_cost_the_same_for_few_and_many(cast: Cast, django_assert_num_queries: object) -> None:
    case, officer = open_case(cast), cast.officer
    opened = queries.header(actor=officer, reference=case.reference, at=NOW).opened
    for count in (1, 8):
        for _ in range(count):
            said(cast, case, officer, Compartment.CORE, "clinician")
        with django_assert_num_queries(5 + 5):  # type: ignore[operator]
            comment_queries.comments_of(actor=officer, opened=opened, at=NOW)


# ---- comments where a part in the case alone leads --------------------------------------------------------------------

HERS, CLINICAL = Compartment.ADVOCATE_CONFIDENTIAL, Compartment.CLINICAL
COLLEAGUES = ("officer", "clinician", "outreach", "coordinator", "chair", "analyst", "second_advocate")


@pytest.fixture
def clinic(cast: Cast) -> Case:
    """A case with two advocates, two clinicians of the victim and one of the subject."""
    for name in ("nurse", "doctor"):
        cast.staff[name] = hire(name.title(), "northmoor-nhs", Role.MENTAL_HEALTH_PROFESSIONAL, "northmoor")
    cast.staff["third_advocate"] = hire("Third Advocate", "northmoor-advocacy", Role.VICTIM_ADVOCATE, "northmoor")
    case = open_case(cast)
    for name, kind in (
        ("advocate", RelationKind.ADVOCATE),
        ("third_advocate", RelationKind.ADVOCATE),
        ("nurse", RelationKind.CLINICIAN_OF_VICTIM),
        ("doctor", RelationKind.CLINICIAN_OF_VICTIM),
        ("clinician", RelationKind.CLINICIAN_OF_SUBJECT),
        ("officer", RelationKind.OIC),
    ):
        given(cast, case, name, kind)
    return case


def given(cast: Cast, case: Case, name: str, kind: RelationKind) -> None:
    assign(actor=cast.coordinator, case=case, staff=cast.staff[name].pk, kind=kind, at=NOW)


def clinical(cast: Cast, case: Case, side: Side, by: str, *names: str) -> None:
    """Say something among the clinicians of one side."""
    cases.add_comment(
        actor=cast.actor(by), case=case, words=f"Said of the {side}.", compartment=CLINICAL, side=side,
        mentioned=[cast.staff[name].pk for name in names], at=NOW,
    )  # fmt: skip


def page_of(case: Case, actor: Actor) -> comment_queries.CommentPage:
    header = queries.header(actor=actor, reference=case.reference, at=SOON)
    return comment_queries.comments_of(actor=actor, opened=header.opened, at=SOON)


def mentioned(cast: Cast, name: str) -> list[str]:
    actor = cast.actor(name)
    return [one.reference for one in waits(actor, "mentions", at=SOON) if says(one, actor, SOON) is not None]


def test_two_advocates_comment_and_mention_among_themselves_and_nobody_else_learns_of_it(
    cast: Cast, clinic: Case, signed_in: SignIn
) -> None:
    said(cast, clinic, cast.advocate, HERS, "third_advocate")
    assert read_by(clinic, cast.actor("third_advocate")) == ["Said in advocate_confidential."]
    assert mentioned(cast, "third_advocate") == [clinic.reference]
    for name in (*COLLEAGUES, "nurse", "doctor"):
        page = page_of(clinic, cast.actor(name))
        assert (page.comments.rows, page.waiting, mentioned(cast, name)) == ((), 0, [])
        assert HERS not in {place.compartment for place, _ in page.places}
    for name in COLLEAGUES:
        shown = signed_in(name).get(f"/cases/{clinic.reference}/comments/").content.decode()
        assert "Said in" not in shown
        assert "the victim's advocates only" not in shown


@pytest.mark.parametrize(
    ("side", "by", "reads", "other"),
    [(Side.VICTIM, "nurse", {"nurse", "doctor"}, "clinician"), (Side.SUBJECT, "clinician", {"clinician"}, "nurse")],
)
def test_clinicians_talk_among_those_of_their_side_alone(
    cast: Cast, clinic: Case, side: Side, by: str, reads: set[str], other: str
) -> None:
    clinical(cast, clinic, side, by, *(reads - {by}))
    everybody = {*COLLEAGUES, "nurse", "doctor", "clinician", "advocate", "third_advocate"}
    assert {name for name in everybody if read_by(clinic, cast.actor(name))} == reads
    assert {name for name in everybody if mentioned(cast, name)} == reads - {by}
    with pytest.raises(CannotStep, match="may not read this part of the case"):
        clinical(cast, clinic, side, by, other)
    with pytest.raises(Refused):
        clinical(cast, clinic, side, other)


@pytest.mark.parametrize("name", [name for name in COLLEAGUES if name != "clinician"])
def test_nobody_writes_among_advocates_or_clinicians_without_that_part(cast: Cast, clinic: Case, name: str) -> None:
    with pytest.raises(Refused):
        said(cast, clinic, cast.actor(name), HERS)
    for side in (Side.VICTIM, Side.SUBJECT):
        with pytest.raises(Refused):
            clinical(cast, clinic, side, name)


def test_a_clinical_comment_says_whose_clinicians_it_is_for(cast: Cast, clinic: Case) -> None:
    with pytest.raises(CannotStep) as refusal:
        said(cast, clinic, cast.actor("nurse"), CLINICAL)
    assert refusal.value.field == "compartment"


def test_a_mention_among_advocates_of_one_who_is_not_hers_is_refused_in_the_same_words(
    cast: Cast, clinic: Case
) -> None:
    with pytest.raises(CannotStep, match="Second Advocate may not read this part of the case"):
        said(cast, clinic, cast.advocate, HERS, "second_advocate")


@pytest.mark.parametrize("name", ["third_advocate", "doctor"])
def test_once_the_part_has_ended_the_mention_asks_nobody(cast: Cast, clinic: Case, name: str) -> None:
    said(cast, clinic, cast.advocate, HERS, "third_advocate")
    clinical(cast, clinic, Side.VICTIM, "nurse", "doctor")
    assert mentioned(cast, name) == [clinic.reference]
    Relation.objects.filter(file=clinic.pk, staff_id=cast.staff[name].pk).update(until_at=NOW)
    assert mentioned(cast, name) == []
    page = page_of(clinic, cast.actor(name))
    assert (page.comments.rows, page.waiting) == ((), 0)
    assert cases.read_mentions(actor=cast.actor(name), case=clinic, at=SOON) == 0
    assert Mention.objects.filter(read_at__isnull=True).count() == 2


def test_her_advocates_lead_reads_their_talk_for_safeguarding_and_writes_none(cast: Cast, clinic: Case) -> None:
    said(cast, clinic, cast.advocate, HERS)
    given(cast, clinic, "second_advocate", RelationKind.ADVOCATE_MANAGER)
    assert read_by(clinic, cast.second_advocate) == []
    lead = cast.second_advocate.for_purpose(Purpose.SAFEGUARDING)
    page = page_of(clinic, lead)
    assert [one.words for one in page.comments] == ["Said in advocate_confidential."]
    assert HERS not in {place.compartment for place, _ in page.places}
    with pytest.raises(Refused):
        said(cast, clinic, lead, HERS)


def test_a_clinician_writes_on_the_page_among_her_clinicians_and_for_another_site_there_is_none(
    cast: Cast, clinic: Case, signed_in: SignIn
) -> None:
    address = f"/cases/{clinic.reference}/comments/"
    browser = signed_in("clinician")
    shown = browser.get(address).content.decode()
    assert "the subject&#39;s clinicians only" in shown
    assert "the victim&#39;s clinicians only" not in shown
    sent = {"words": "He sleeps badly.", "compartment": "clinical-subject"}
    assert browser.post(address, sent).status_code == 303
    assert "He sleeps badly." in browser.get(address).content.decode()
    forged = browser.post(address, {"words": "x", "compartment": "clinical-victim"})
    assert forged.status_code == 403
    wrong = browser.post(address, {"words": "x", "compartment": "psd_covert"})
    assert "Choose one of the answers shown" in wrong.content.decode()
    assert signed_in("olu").get(address).status_code == 404
    assert signed_in("olu").post(address, sent).status_code == 404


# ---- many cases at once ---------------------------------------------------------------------------------------------


def three(cast: Cast) -> list[str]:
    names = ("Nora Quill", "Ada Brindlecott", "Ivy Tolvermoor")
    return [open_case(cast, victim_name=name, victim_phone="").reference for name in names]


def assigned(cast: Cast, references: list[str], by: str = "coordinator", **more: object) -> list[str | None]:
    found = cases.assign_many(
        actor=cast.actor(by),
        references=references,
        staff=cast.staff["officer"].pk,
        kind=RelationKind.OIC,
        at=SOON,
        **more,  # type: ignore[arg-type]
    )
    return [one.why_not for one in found]


def parts(cast: Cast) -> int:
    return Relation.objects.filter(staff=cast.staff["officer"], kind=RelationKind.OIC, until_at__isnull=True).count()


def test_looking_at_what_will_happen_changes_nothing(cast: Cast) -> None:
    assert assigned(cast, three(cast), dry_run=True) == [None] * 3
    assert parts(cast) == 0


def test_what_was_assigned_at_once_is_undone_at_once_and_nothing_else(cast: Cast) -> None:
    references = three(cast)
    case = Case.objects.unscoped("a test").get(reference=references[0])
    assign(actor=cast.coordinator, case=case, staff=cast.staff["officer"].pk, kind=RelationKind.OIC, at=NOW)
    said_of_each = assigned(cast, references)
    assert sorted(filter(None, said_of_each)) == ["This person already has this role."]
    assert parts(cast) == 3
    later = SOON + timedelta(minutes=1)
    assert cases.undo_assignments(actor=cast.coordinator, given_at=SOON, at=later) == 2
    assert parts(cast) == 1
    assert cases.undo_assignments(actor=cast.coordinator, given_at=SOON, at=later) == 0


def test_nobody_undoes_what_a_colleague_assigned(cast: Cast) -> None:
    assigned(cast, three(cast))
    assert cases.undo_assignments(actor=cast.officer, given_at=SOON, at=SOON + timedelta(minutes=1)) == 0
    assert parts(cast) == 3


def test_a_walled_colleague_and_a_foreign_case_are_left_out(cast: Cast) -> None:
    references = three(cast)
    case = Case.objects.unscoped("a test").get(reference=references[0])
    cases.wall_off(actor=cast.governance, case=case, staff=cast.staff["officer"].pk, reason="His sister.", at=NOW)
    assert sorted(filter(None, assigned(cast, references))) == ["This person cannot work on this case."]
    assert assigned(cast, references, by="olu") == []
    with pytest.raises(Refused):
        assigned(cast, references, by="clinician")


def test_a_coordinator_chooses_looks_assigns_and_undoes_in_the_browser(cast: Cast, signed_in: SignIn) -> None:
    references, browser = three(cast), signed_in("coordinator")
    chosen = {"cases": references, "staff": str(cast.staff["officer"].pk), "kind": "oic"}
    assert "Assign several of these cases" in browser.get("/cases/").content.decode()
    looked = browser.post("/caseload/assign/", chosen).content.decode()
    assert "Nothing has changed yet" in looked
    assert parts(cast) == 0
    done = browser.post("/caseload/assign/", {**chosen, "step": "assign"}).content.decode()
    assert "were assigned" in done
    assert parts(cast) == 3
    given_at = done.split('name="given_at" value="')[1].split('"')[0]
    browser.post("/caseload/assign/undo/", {"given_at": given_at.replace("&#43;", "+")})
    assert parts(cast) == 0
    nothing = browser.post("/caseload/assign/", {"kind": "oic", "staff": chosen["staff"]})
    assert nothing.status_code == 422
    assert b"Choose at least one case" in nothing.content


# ---- kept choices ---------------------------------------------------------------------------------------------------


def test_a_choice_of_cases_is_kept_under_a_name_for_its_owner_alone(cast: Cast, signed_in: SignIn) -> None:
    browser = signed_in("officer")
    browser.post("/caseload/filters/", {"name": "Worst", "state": "open", "level": "very_high", "mine": "yes"})
    assert '?state=open&amp;level=very_high&amp;mine=yes">Worst</a>' in browser.get("/cases/").content.decode()
    assert "Worst" not in signed_in("coordinator").get("/cases/").content.decode()
    browser.post("/caseload/filters/", {"name": "worst", "level": "high"})
    [kept] = queries.saved_filters(actor=cast.officer)
    assert (kept.name, kept.level, kept.mine) == ("worst", Level.HIGH, False)
    with pytest.raises(NotFound):
        cases.remove_filter(actor=cast.coordinator, saved=kept.id, at=SOON)
    browser.post("/caseload/filters/", {"remove": str(kept.id)})
    assert queries.saved_filters(actor=cast.officer) == ()
    assert SavedFilter.objects.count() == 2
