"""What the desk thinks without confirming it, what it attaches without a name, and what it does not open twice."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client

from fourfold.cases import services as cases
from fourfold.cases.models import Case, CaseAct, Triage
from fourfold.cases.terms import Outcome
from fourfold.intake.models import Allegation
from fourfold.linkage import services as linkage
from fourfold.linkage.models import Match
from fourfold.people.models import Subject
from fourfold.people.terms import Part
from tests.cases.builders import HIM, open_case, told
from tests.cast import NOW, Cast
from tests.web.conftest import SignIn
from tests.web.test_desk import DAY, WHOLE, at_desk, flat, read, rows

pytestmark = pytest.mark.django_db

UNNAMED = dict.fromkeys(HIM, "")


@pytest.fixture(autouse=True)
def _on_the_day_of_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    own = settings.FOURFOLD
    monkeypatch.setattr(settings, "FOURFOLD", own.model_copy(update={"app_clock": (NOW + 30 * DAY).isoformat()}))


def of_her(cast: Cast, case: Case, **more: object) -> Allegation:
    """Tell of her and of nobody else, and confirm that it is she."""
    report = told(cast.analyst, at=NOW + DAY, **{**UNNAMED, **more})
    cases.confirm_match(actor=cast.analyst, allegation=report, part=Part.VICTIM, victim=case.victim, at=NOW + DAY)
    return report


def thinks(client: Client, report: Allegation, case: Case, verdict: str = "probably", reason: str = "Her words."):  # type: ignore[no-untyped-def]
    said = {"part": "subject", "person": str(case.subject_id), "verdict": verdict, "match_reason": reason}
    return client.post(at_desk(report, "match/"), said)


# ---- nobody can say yet, and what somebody thinks ------------------------------------------------------------------


def test_nobody_can_say_yet_takes_nothing_away(cast: Cast, signed_in: SignIn) -> None:
    case = open_case(cast)
    report = told(cast.analyst, at=NOW + DAY, subject_name="possibly Dean", subject_birth="")
    client = signed_in("analyst")
    before = read(client, at_desk(report))
    assert "1 person on record could be meant" in before
    unknown = Subject.objects.unscoped("a test").create(**_unknown(case))
    linkage.confirm_match(actor=cast.analyst, allegation=report, part=Part.SUBJECT, subject=unknown, at=NOW + DAY)
    said = read(client, at_desk(report))
    assert "Subject: nobody can say yet who it is" in said
    assert "Dean Marlow" in said, "who could be meant is still compared"
    assert f"case {case.reference}" in said
    assert "first known act" not in said


def _unknown(case: Case) -> dict[str, object]:
    of = ("site", "controller", "basis", "source", "recorded_at", "recorded_by")
    return {"known": False, **{name: getattr(case.subject, name) for name in of}}


def test_i_think_it_is_keeps_how_sure_and_why_counts_as_possible_and_is_undone(cast: Cast, signed_in: SignIn) -> None:
    case, client = open_case(cast), signed_in("analyst")
    report = of_her(cast, case)
    assert f"{case.reference}: Dean Marlow" in read(client, at_desk(report))
    compare = at_desk(report, f"compare/subject/{case.subject_id}/")
    assert "I think: probably" in read(client, compare)
    assert thinks(client, report, case).status_code == 303
    said = read(client, at_desk(report))
    assert "Analyst thinks that it is probably this person: Dean Marlow" in said
    assert "Her words. It counts as possible, not as confirmed." in said
    assert f"Is thought to name the victim and the subject of open case {case.reference}" in said
    assert not rows(Match, verdict="same", part="subject", allegation=report).exists()
    assert not rows(CaseAct, allegation=report).exists(), "it joins nothing"
    undone = {"match": str(rows(Match, verdict="probably").get().pk), "undo_reason": "It was a neighbour."}
    assert client.post(at_desk(report, "undo/"), undone).status_code == 303
    assert "Analyst thinks" not in (after := read(client, at_desk(report)))
    assert "It was a neighbour." in after


def test_a_thought_without_a_reason_is_asked_for_it_at_the_field(cast: Cast, signed_in: SignIn) -> None:
    case, client = open_case(cast), signed_in("analyst")
    report = of_her(cast, case)
    answer = thinks(client, report, case, reason=" ")
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Say why you think so" in page
    assert 'id="match_reason-error"' in page
    assert not rows(Match, verdict="probably").exists()


# ---- attached, not named -------------------------------------------------------------------------------------------


def test_an_act_joins_a_case_whose_subject_it_does_not_name_and_is_taken_off_again(
    cast: Cast, signed_in: SignIn
) -> None:
    case, client = open_case(cast), signed_in("analyst")
    report = of_her(cast, case, subject_name="unknown male")
    page = read(client, at_desk(report))
    assert f"It may belong to {case.reference}" in page
    sent = {**WHOLE, "class_kept_because": "As told.", "case": case.reference.lower()}
    assert client.post(at_desk(report, "triage/"), sent).status_code == 303
    said = read(client, at_desk(report))
    assert f"It is attached to {case.reference}. Nobody has confirmed" in said
    assert rows(Case).count() == 1
    pattern = read(client, f"/cases/{case.reference}/")
    assert "Not confirmed" in pattern
    off = {"case": case.reference, "detach_reason": ""}
    assert client.post(at_desk(report, "detach/"), off).status_code == 422
    assert client.post(at_desk(report, "detach/"), {**off, "detach_reason": "A neighbour."}).status_code == 303
    assert rows(CaseAct, allegation=report, left_at__isnull=True).count() == 0
    assert "It is attached to" not in read(client, at_desk(report))


def test_an_act_is_not_attached_to_a_case_that_is_not_there_or_of_somebody_else(cast: Cast, signed_in: SignIn) -> None:
    case, client = open_case(cast), signed_in("analyst")
    report = of_her(cast, case)
    answer = client.post(at_desk(report, "triage/"), {**WHOLE, "case": "FF-NONE1"})
    assert answer.status_code == 422
    assert "Choose one of the cases" in answer.content.decode()
    other = told(cast.analyst, at=NOW + DAY, subject_name="Piet Vos", subject_birth="", subject_phone="")
    cases.confirm_match(actor=cast.analyst, allegation=other, part=Part.VICTIM, victim=case.victim, at=NOW + DAY)
    cases.confirm_match(actor=cast.analyst, allegation=other, part=Part.SUBJECT, at=NOW + DAY)
    answer = client.post(at_desk(other, "triage/"), {**WHOLE, "case": case.reference})
    assert answer.status_code == 422
    assert "confirmed to be about another subject" in flat(answer.content.decode())


# ---- one case a pair -----------------------------------------------------------------------------------------------


def test_a_second_case_of_one_pair_is_refused_with_the_way_to_the_first(cast: Cast, signed_in: SignIn) -> None:
    """The attack: answer "add a new subject" for a man who is on record, and open the pair's second case."""
    case, client = open_case(cast), signed_in("analyst")
    report = told(cast.analyst, at=NOW + DAY)
    cases.confirm_match(actor=cast.analyst, allegation=report, part=Part.VICTIM, victim=case.victim, at=NOW + DAY)
    client.post(at_desk(report, "match/"), {"part": "subject", "verdict": "same"})
    answer = client.post(at_desk(report, "triage/"), WHOLE)
    assert answer.status_code == 422
    said = flat(answer.content.decode())
    assert f"{case.reference} may be of the same victim and subject" in said
    assert "Or say why you open another case" in said
    assert rows(Case).count() == 1
    sent = {**WHOLE, "another_because": "His cousin of the same name."}
    assert client.post(at_desk(report, "triage/"), sent).status_code == 303
    assert rows(Case).count() == 2
    assert "His cousin" in rows(Triage, allegation=report).get().reason


def test_an_unnamed_act_opens_no_second_case_of_the_victim_unasked(cast: Cast, signed_in: SignIn) -> None:
    case, client = open_case(cast), signed_in("analyst")
    report = of_her(cast, case)
    answer = client.post(at_desk(report, "triage/"), WHOLE)
    assert answer.status_code == 422
    assert case.reference in answer.content.decode()
    assert rows(Case).count() == 1


def test_records_that_are_one_person_have_one_case(cast: Cast) -> None:
    case = open_case(cast)
    report = of_her(cast, case)
    cases.confirm_match(actor=cast.analyst, allegation=report, part=Part.SUBJECT, at=NOW + DAY)
    other = rows(Match, allegation=report, part="subject").get().subject
    cases.merge_people(actor=cast.analyst, one=case.subject, other=other, reason="One man.", at=NOW + DAY)
    made = cases.triage(actor=cast.analyst, allegation=report, outcome=Outcome.PANEL, reason="A pattern.", at=NOW + DAY)
    assert made.case == case
    assert rows(Case).count() == 1
