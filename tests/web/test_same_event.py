"""Two reports of one event, by the police and by a hospital: said at the desk, kept both, and counted once if somebody says so."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import Permission
from fourfold.audit.models import Entry
from fourfold.audit.queries import verify
from fourfold.cases import services as cases
from fourfold.cases.models import Case, CaseAct
from fourfold.cases.terms import Answer, CannotStep, ScreeningAnswers
from fourfold.exhibits.models import Exhibit
from fourfold.exhibits.queries import content_of
from fourfold.gateways.reading_back import docx_parts
from fourfold.governance import services as governance
from fourfold.governance.models import Pack
from fourfold.governance.packs import SAME, texts
from fourfold.governance.queries.packing import composed
from fourfold.intake.models import Allegation
from fourfold.linkage.models import Match
from fourfold.panel.queries.conflicts import _known_here
from fourfold.panel.queries.table import acts_of
from tests.cases.builders import known, open_case, told, triaged
from tests.cast import NOW, Cast
from tests.governance.test_packs import COURT
from tests.web.conftest import SignIn
from tests.web.test_desk import read
from tests.web.test_disclosures import home, sent
from tests.web.test_filling import fields, new
from tests.web.test_packs import COURT as FORM

pytestmark = pytest.mark.django_db
MAY_BE, PRESS = "May be the same event as", "It is the same event: count it once"


@pytest.fixture(autouse=True)
def _on_the_day_of_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    own = settings.FOURFOLD
    monkeypatch.setattr(settings, "FOURFOLD", own.model_copy(update={"app_clock": NOW.isoformat()}))


def by_hospital(cast: Cast, **more: object) -> Allegation:
    """Tell what the hospital saw of what the police told, under its own reference."""
    said = {"system": "hospital", "reference": "H-77", "words": "He came to A&E with a cut hand.", **more}
    return told(cast.analyst, at=NOW, **said)  # type: ignore[arg-type]


def both(cast: Cast, **more: object) -> tuple[Case, Allegation, Allegation]:
    """Return a case with an act that the police told, and the same as the hospital told it, as a second act."""
    case = open_case(cast, at=NOW - timedelta(hours=1))
    first = CaseAct.objects.unscoped("a test").get(case=case).allegation
    second = by_hospital(cast, **more)
    known(cast, second, case.victim, case.subject)
    triaged(cast, second)
    case.refresh_from_db()
    assert case.acts == 2
    return case, first, second


def acts(case: Case) -> int:
    case.refresh_from_db()
    return case.acts


def test_the_desk_says_that_another_agency_may_tell_of_the_same_event(cast: Cast, signed_in: SignIn) -> None:
    open_case(cast)
    first = Allegation.objects.unscoped("a test").get()
    said = read(signed_in("analyst"), f"/desk/{by_hospital(cast).pk}/")
    assert f"{MAY_BE} {first.reference} Told by Northmoor Police on 24 November 2026" in said
    assert "When both are in one case, you can say here that they are one event." in said
    assert PRESS not in said


def test_another_day_a_day_nobody_told_or_the_same_source_is_no_such_sign(cast: Cast, signed_in: SignIn) -> None:
    open_case(cast)
    for other in (
        by_hospital(cast, reference="H-1", occurred_from=NOW.replace(day=20)),
        by_hospital(cast, reference="H-2", occurred_from=None),
        by_hospital(cast, reference="H-3", system="crimes"),
    ):
        assert f"{MAY_BE} T-" not in read(signed_in("analyst"), f"/desk/{other.pk}/"), other.reference


def test_two_reports_of_one_event_count_once_until_somebody_parts_them(cast: Cast, signed_in: SignIn) -> None:
    case, first, second = both(cast)
    analyst, at_desk = signed_in("analyst"), f"/desk/{second.pk}/"
    assert PRESS in read(analyst, at_desk)
    assert analyst.post(f"{at_desk}same/", {"other": str(first.pk)}).status_code == 303
    assert acts(case) == 1
    said = read(analyst, at_desk)
    assert f"The same event as {first.reference}" in said
    assert "Both reports are kept, and count as one act." in said
    pattern = read(signed_in("officer"), f"/cases/{case.reference}/")
    assert f"Told in report {second.reference} too, and counted once" in pattern
    history = read(signed_in("officer"), f"/cases/{case.reference}/history/")
    assert f"the same event as report {first.reference}, and counted once with it" in history
    assert not Allegation.objects.unscoped("a test").get(pk=second.pk).at_desk
    assert analyst.post(f"{at_desk}same/", {"other": str(first.pk), "apart": "yes"}).status_code == 303
    assert acts(case) == 2
    assert "and counted once" not in read(signed_in("officer"), f"/cases/{case.reference}/")
    assert PRESS in read(analyst, at_desk)
    assert verify().clean


def test_wherever_acts_are_counted_the_two_count_once(cast: Cast, signed_in: SignIn) -> None:
    case, first, second = both(cast)
    analyst, at_desk = signed_in("analyst"), f"/desk/{second.pk}/"
    pattern = f"/people/subjects/{case.subject_id}/"
    assert "2 acts on one day" in read(analyst, pattern)
    assert "Pattern: 2 acts" in read(analyst, at_desk)
    analyst.post(f"{at_desk}same/", {"other": str(first.pk)})
    said = read(analyst, pattern)
    assert "1 act on one day" in said
    assert "1 further report tells of one of these acts, and counts with it. One occasion is known." in said
    for report in (first, second):
        assert "Pattern: 2 acts" not in read(analyst, f"/desk/{report.pk}/")
    third = by_hospital(cast, reference="H-78", occurred_from=NOW - timedelta(days=3))
    known(cast, third, case.victim, case.subject)
    assert "Pattern: 2 acts" in read(analyst, f"/desk/{third.pk}/")


def test_a_pack_for_a_court_holds_what_both_told(cast: Cast, signed_in: SignIn) -> None:
    case, first, second = both(cast)
    signed_in("analyst").post(f"/desk/{second.pk}/same/", {"other": str(first.pk)})
    sent(signed_in("coordinator"), home(case, "pack/"), **FORM)
    pack = Pack.objects.unscoped("test").get()
    words = " ".join(part for _, part in docx_parts(content_of(Exhibit.objects.unscoped("test").get(pk=pack.docx))))
    assert "He came to A&E with a cut hand." in words
    assert str(SAME) in words


def test_nobody_is_said_to_be_the_same_whom_nobody_decided_on(cast: Cast, signed_in: SignIn) -> None:
    open_case(cast)
    said = read(signed_in("analyst"), f"/desk/{by_hospital(cast).pk}/")
    assert "on 24 November 2026, of the same day and of people who may be the same." in said
    _, _, second = both(cast, reference="H-79")
    assert "of the same people and the same day." in read(signed_in("analyst"), f"/desk/{second.pk}/")


def test_the_graver_of_the_two_is_the_one_that_counts(cast: Cast, signed_in: SignIn) -> None:
    case, first, second = both(cast, behaviours=["attacks"], weapon=True)
    signed_in("analyst").post(f"/desk/{second.pk}/same/", {"other": str(first.pk)})
    assert CaseAct.objects.unscoped("a test").get(case=case, left_at=None).allegation == second


def test_where_the_one_that_counts_leaves_the_other_counts_in_its_place(cast: Cast, signed_in: SignIn) -> None:
    case, first, second = both(cast)
    signed_in("analyst").post(f"/desk/{second.pk}/same/", {"other": str(first.pk)})
    match = Match.objects.unscoped("a test").filter(allegation=first, undone_at=None).first()
    cases.undo_match(actor=cast.analyst, match=match, reason="Somebody else.", at=NOW)
    assert CaseAct.objects.unscoped("a test").get(case=case, left_at=None).allegation == second
    assert acts(case) == 1


def undone(cast: Cast, report: Allegation) -> None:
    match = Match.objects.unscoped("a test").filter(allegation=report, undone_at=None).first()
    cases.undo_match(actor=cast.analyst, match=match, reason="Somebody else.", at=NOW)


def third_of(cast: Cast, case: Case, **more: object) -> Allegation:
    """Return a third report of the same event, told by a school, as an act of the case."""
    third = by_hospital(cast, system="school", reference="S-1", **more)
    known(cast, third, case.victim, case.subject)
    triaged(cast, third)
    return third


def standing(case: Case) -> list[Allegation]:
    return [act.allegation for act in CaseAct.objects.unscoped("a test").filter(case=case, left_at=None)]


def test_of_three_reports_of_one_event_one_counts_until_none_is_left(cast: Cast) -> None:
    case, first, second = both(cast)
    third = third_of(cast, case)
    for other in (second, third):
        cases.same_event(actor=cast.analyst, allegation=other, other=first, at=NOW)
    assert (acts(case), standing(case)) == (1, [first])
    undone(cast, first)
    [counts] = standing(case)
    undone(cast, counts)
    assert (acts(case), [counts, *standing(case)]) in ((1, [second, third]), (1, [third, second]))


def test_a_report_that_counted_with_one_that_counts_with_another_is_not_lost(cast: Cast) -> None:
    case, first, second = both(cast)
    third = third_of(cast, case, behaviours=["attacks"], weapon=True)
    cases.same_event(actor=cast.analyst, allegation=second, other=first, at=NOW)
    cases.same_event(actor=cast.analyst, allegation=first, other=third, at=NOW)
    assert (acts(case), standing(case)) == (1, [third])
    undone(cast, first)
    undone(cast, third)
    assert (acts(case), standing(case)) == (1, [second])


def test_what_the_report_that_counts_no_more_tells_is_told_all_the_same(cast: Cast, signed_in: SignIn) -> None:
    """A weapon that the hospital alone saw, a threat, and that somebody who works here is close, are not lost with a count."""
    case, first, second = both(cast, behaviours=["threatens"], weapon=True)
    cases.screen(actor=cast.analyst, allegation=second, answers=ScreeningAnswers(known_to_staff=Answer.YES), at=NOW)
    cases.join_act(actor=cast.analyst, case=case, allegation=first, breach=True, at=NOW)
    cases.same_event(actor=cast.analyst, allegation=second, other=first, at=NOW)
    assert standing(case) == [first]
    opened = access_queries.opened(cast.officer, case.pk, at=NOW)
    [act] = acts_of(opened, NOW)
    assert (act.weapon, act.breach, "threatens" in act.behaviours) == (True, True, True)
    assert _known_here(opened, NOW)
    filled = fields(signed_in("officer").get(new(case)).content.decode())
    assert [filled[item] for item in ("threats", "weapons")] == [["yes"], ["yes"]]
    assert "earlier_reports" not in filled, "one event is not two"


def test_whoever_is_kept_from_the_report_that_counts_no_more_is_kept_from_the_case(cast: Cast) -> None:
    case, first, second = both(cast)
    cases.same_event(actor=cast.analyst, allegation=second, other=first, at=NOW)
    kept_out, officer = {"staff": cast.officer.staff, "reason": "A brother."}, cast.officer
    governance.wall_off(actor=cast.governance, allegation=second.pk, at=NOW, **kept_out)
    for file in (case.pk, first.pk, second.pk):
        assert access_queries.is_walled(officer, [file], at=NOW)


def test_a_court_is_given_both_reports_and_told_that_they_are_one_event(cast: Cast) -> None:
    case, first, second = both(cast)
    cases.same_event(actor=cast.analyst, allegation=second, other=first, at=NOW)
    governance.make_pack(actor=cast.coordinator, case=case, order=COURT, at=NOW)
    found = composed(cast.coordinator, case, COURT, at=NOW, at_risk=(), decided={})
    said = " ".join(texts(found.document))
    assert "cut hand" in said
    assert said.count(SAME) == 1


@pytest.mark.parametrize(
    "other", [{"occurred_from": NOW - timedelta(days=90)}, {"occurred_from": None}, {"system": "crimes"}]
)
def test_no_other_act_of_a_case_leaves_the_count_as_the_same_event(cast: Cast, other: dict[str, object]) -> None:
    """Else one hand takes the newest act off a case, which could then step down at once."""
    case, first, second = both(cast, **other)
    last = case.last_act_at
    with pytest.raises(CannotStep, match="the same day, told by two agencies"):
        cases.same_event(actor=cast.analyst, allegation=first, other=second, at=NOW)
    assert (acts(case), case.last_act_at) == (2, last)


def test_one_that_is_found_to_break_an_order_counts_for_itself_again(cast: Cast, signed_in: SignIn) -> None:
    case, first, second = both(cast)
    cases.same_event(actor=cast.analyst, allegation=second, other=first, at=NOW)
    cases.join_act(actor=cast.analyst, case=case, allegation=second, breach=True, at=NOW)
    assert acts(case) == 2
    assert "and counted once" not in read(signed_in("officer"), f"/cases/{case.reference}/")
    assert f"The same event as {first.reference}" not in read(signed_in("analyst"), f"/desk/{second.pk}/")


def test_a_report_that_is_not_in_the_case_yet_is_refused_in_words(cast: Cast, signed_in: SignIn) -> None:
    open_case(cast)
    first = Allegation.objects.unscoped("a test").get()
    answer = signed_in("analyst").post(f"/desk/{by_hospital(cast).pk}/same/", {"other": str(first.pk)})
    assert answer.status_code == 422
    assert "Both reports must be acts of one case first" in answer.content.decode()


SAID = {
    "words": "She told the ward that he came back.",
    "victim_name": "QUILL Nora",
    "victim_birth": "3 May 1985",
    "subject_name": "Dean Marlow",
    "happened-day": "24",
    "happened-month": "11",
    "happened-year": "2026",
}
ASKED = "This may be the same event as"


@pytest.mark.parametrize("name", ["second_officer", "coordinator"])
def test_the_referral_form_asks_before_it_keeps_what_another_agency_told(
    cast: Cast, signed_in: SignIn, name: str
) -> None:
    earlier = told(cast.analyst, at=NOW)
    client, before = signed_in(name), Allegation.objects.unscoped("a test").count()
    answer = client.post("/refer/", SAID)
    assert answer.status_code in (409, 422)
    said = answer.content.decode()
    assert f"{ASKED} {earlier.reference}, told by Northmoor Police on 24 November 2026. Is this another event?" in said
    assert f'href="/desk/{earlier.pk}/"' in said
    assert Entry.objects.filter(operation="consultation", file=earlier.pk).count() == 1, "whoever is asked reads of it"
    assert Allegation.objects.unscoped("a test").count() == before
    assert client.post("/refer/", SAID | {"another_event": "yes"}).status_code == 303


@pytest.mark.parametrize(
    "other",
    [
        {"happened-day": "23"},
        {"victim_birth": "4 May 1985"},
        {"subject_name": "Someone Else"},
        {"happened-day": "", "happened-month": "", "happened-year": ""},
    ],
)
def test_what_is_not_alike_is_kept_without_a_question(cast: Cast, signed_in: SignIn, other: dict[str, str]) -> None:
    told(cast.analyst, at=NOW)
    assert signed_in("second_officer").post("/refer/", SAID | other).status_code == 303


def test_whoever_does_not_read_the_desk_learns_nothing(cast: Cast, signed_in: SignIn) -> None:
    """A victim's telephone is never tried against what others told, and who may not read a report is not asked about it."""
    told(cast.analyst, at=NOW, victim_name="")
    assert signed_in("second_officer").post("/refer/", SAID | {"victim_phone": "07700 900123"}).status_code == 303


def test_whoever_is_kept_from_a_report_is_not_asked_about_it(cast: Cast, signed_in: SignIn) -> None:
    earlier = told(cast.analyst, at=NOW)
    access.set_wall(actor=cast.governance, files=[earlier.pk], staff=cast.officer.staff, at=NOW)
    kept = signed_in("officer").post("/refer/", SAID)
    assert ASKED not in kept.content.decode()
    assert kept.status_code == 303
    assert access_queries.may(cast.actor("station_officer"), Permission.ALLEGATION_VIEW, site="northmoor") is False


def test_the_api_answers_409_with_the_report_of_the_other_agency(cast: Cast, signed_in: SignIn) -> None:
    earlier = told(cast.analyst, at=NOW)
    people = {"victim": {"name": "Nora Quill"}, "subject": {"name": "Dean Marlow"}}
    sent = {
        "site": "northmoor",
        "told_at": NOW.isoformat(),
        "occurred_from": NOW.isoformat(),
        "words": "Again.",
        **people,
    }
    client = signed_in("second_officer")
    answer = client.post("/api/allegations", sent, content_type="application/json")
    assert (answer.status_code, answer.json().get("reference")) == (409, earlier.reference), answer.json()
    assert Entry.objects.filter(operation="consultation", file=earlier.pk).count() == 1
    sent["another"] = True
    assert client.post("/api/allegations", sent, content_type="application/json").status_code == 201


def test_three_reports_of_one_event_are_each_named_and_each_can_be_parted(cast: Cast, signed_in: SignIn) -> None:
    case, first, second = both(cast)
    third = third_of(cast, case)
    for other in (second, third):
        cases.same_event(actor=cast.analyst, allegation=other, other=first, at=NOW)
    names = " , ".join(sorted((second.reference, third.reference))).replace(" , ", ", ")
    assert f"Told in report {names} too, and counted once" in read(signed_in("officer"), f"/cases/{case.reference}/")
    analyst = signed_in("analyst")
    of_second = read(analyst, f"/desk/{second.pk}/")
    assert all(f"The same event as {other.reference}" in of_second for other in (first, third))
    assert MAY_BE not in of_second
    parted = analyst.post(f"/desk/{first.pk}/same/", {"other": str(third.pk), "apart": "yes"})
    assert (parted.status_code, acts(case)) == (303, 2)
    assert third in standing(case)


def test_two_events_is_said_of_the_two_that_the_page_showed_and_of_no_other_pair(cast: Cast, signed_in: SignIn) -> None:
    case, first, second = both(cast)
    third = third_of(cast, case)
    cases.same_event(actor=cast.analyst, allegation=third, other=second, at=NOW)
    page, analyst = {"other": str(third.pk), "apart": "yes"}, signed_in("analyst")  # of the second, opened now
    cases.two_events(actor=cast.analyst, allegation=third, at=NOW)
    counted = cases.same_event(actor=cast.analyst, allegation=third, other=first, at=NOW)
    assert (counted.allegation_id, counted.same_as) == (third.pk, first.pk)
    left = sorted(standing(case), key=str)
    for one, said in ((second, page), (third, page | {"other": str(second.pk)})):
        answer = analyst.post(f"/desk/{one.pk}/same/", said)
        assert (answer.status_code, sorted(standing(case), key=str)) == (422, left)
        assert "Somebody has already said that they are two events" in answer.content.decode()


def test_a_pair_stays_shown_and_can_be_undone_when_a_later_version_moves_its_day(cast: Cast, signed_in: SignIn) -> None:
    case, first, second = both(cast)
    cases.same_event(actor=cast.analyst, allegation=second, other=first, at=NOW)
    Allegation.objects.unscoped("a later version").filter(pk=second.pk).update(occurred_from=NOW - timedelta(days=4))
    analyst = signed_in("analyst")
    for one, other in ((first, second), (second, first)):
        said = read(analyst, f"/desk/{one.pk}/")
        assert f"The same event as {other.reference} Told by Northmoor Police on 24 November 2026; since then" in said
        assert "tells of another day or of other people" in said
    assert analyst.post(f"/desk/{first.pk}/same/", {"other": str(second.pk), "apart": "yes"}).status_code == 303
    assert acts(case) == 2


def test_a_refusal_stands_once_where_several_reports_may_be_the_same(cast: Cast, signed_in: SignIn) -> None:
    open_case(cast)
    first = Allegation.objects.unscoped("a test").get()
    by_hospital(cast, reference="G-1", system="ambulance")
    answer = signed_in("analyst").post(f"/desk/{by_hospital(cast).pk}/same/", {"other": str(first.pk)})
    assert answer.status_code == 422
    said = answer.content.decode()
    assert (said.count('id="other"'), said.count(MAY_BE)) == (1, 2)
