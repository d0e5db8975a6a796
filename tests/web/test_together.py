"""Working together on cases, as sentences: comments inside compartments, many cases at once, and kept choices."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fourfold.access.models import Relation
from fourfold.access.terms import Compartment, NotFound, Refused, RelationKind
from fourfold.audit.terms import Actor
from fourfold.cases import queries
from fourfold.cases import services as cases
from fourfold.cases.models import Case, Mention, SavedFilter
from fourfold.cases.queries import comments as comment_queries
from fourfold.cases.terms import CannotStep, Level
from fourfold.web import worklist
from tests.cases.builders import open_case
from tests.cast import NOW, Cast
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
    with pytest.raises(CannotStep, match="somebody of this unit"):
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
    cases.assign(actor=cast.coordinator, case=case, staff=cast.staff["officer"].pk, kind=RelationKind.OIC, at=NOW)
    said_of_each = assigned(cast, references)
    assert sorted(filter(None, said_of_each)) == ["Has this part already."]
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
