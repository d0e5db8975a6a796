"""A course of conduct is triaged once: people linked in one step, one outcome, each report's class answered, nobody lost."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fourfold.access import services as access
from fourfold.access.models import Agreement, Staff
from fourfold.access.terms import Compartment, RelationKind, Role
from fourfold.audit.queries import verify
from fourfold.cases import services as cases
from fourfold.cases.models import Case, CaseAct, PossibleCourse, Screening, Triage
from fourfold.cases.queries import together
from fourfold.cases.queries.rows import acts_of
from fourfold.cases.terms import Together
from fourfold.evaluation import queries as extracts
from fourfold.evaluation import services as evaluation
from fourfold.evaluation.terms import FIRST_QUESTION
from fourfold.intake.models import Allegation
from fourfold.linkage import services as linkage
from fourfold.linkage.models import Match
from fourfold.people.models import Subject, ThirdContactSaid, ThirdParty, Victim
from fourfold.people.terms import Part, ThirdRole
from tests.cases.builders import HER, known, told
from tests.cast import MEMBERS, NOW, Cast, assign, hire
from tests.support.builders import reached
from tests.web.conftest import SignIn
from tests.web.test_desk import WHOLE, read, rows

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
LATER = NOW + DAY
#: The page, whatever the number of reports: what the unit holds of the first, and nine for all of them.
STATEMENTS = 25


@pytest.fixture(autouse=True)
def _on_the_day_of_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    it_is(LATER, monkeypatch)


def it_is(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    own = settings.FOURFOLD
    monkeypatch.setattr(settings, "FOURFOLD", own.model_copy(update={"app_clock": now.isoformat()}))


def waiting(cast: Cast, count: int, **more: object) -> list[Allegation]:
    kept = [told(cast.analyst, at=NOW - (count - n) * DAY, words=f"Number {n}.", **more) for n in range(count)]  # type: ignore[arg-type]
    cases.keep_summaries(actor=cast.analyst, site="northmoor", at=NOW)
    return kept


def place(report: Allegation) -> str:
    return f"/desk/together/{report.pk}/"


def typed(page: str) -> dict[str, list[str]]:
    """Return what a browser would send of the page's form, as it stands before anybody touched it."""
    form = page[page.index('<input type="hidden" name="once"') :]
    said: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        kind, name = (re.search(rf'{each}="([^"]*)"', tag) for each in ("type", "name"))
        value = re.search(r'value="([^"]*)"', tag)
        if name is None or (kind and kind[1] in ("radio", "checkbox") and " checked" not in tag):
            continue
        said.setdefault(name[1], []).append(value[1] if value else "")
    for name, inside in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)"[^>]* selected', inside)
        said[name] = [chosen[1] if chosen else ""]
    return said


def opened(client: Client, report: Allegation) -> dict[str, list[str]]:
    return typed(client.get(place(report)).content.decode())


def send(client: Client, about: Allegation, form: dict[str, list[str]], **more: object):  # type: ignore[no-untyped-def]
    said = {"outcome": "panel", "reason": "One man, one woman.", "compared": "yes"}
    return client.post(place(about), form | said | more)


def test_eight_reports_are_linked_and_leave_with_one_outcome_and_one_reason(cast: Cast, signed_in: SignIn) -> None:
    reports, client = waiting(cast, 8), signed_in("analyst")
    assert "Triage them together" in read(client, f"/desk/{reports[0].pk}/")
    form = opened(client, reports[0])
    assert len(form["report"]) == 8, "all of them are chosen beforehand: the evidence is strong"
    assert not rows(Match).exists(), "nobody is linked before somebody presses"
    answer = send(client, reports[0], form, ask_all="yes")
    assert answer.status_code == 303, re.findall(r"error-summary.*?</ul>", answer.content.decode(), re.DOTALL)
    case = Case.objects.unscoped("a test").get()
    assert answer["Location"] == f"/cases/{case.reference}/?done=triaged"
    assert "You have triaged the reports together" in read(signed_in("coordinator"), answer["Location"])
    assert "You have triaged" not in read(signed_in("coordinator"), f"/cases/{case.reference}/")
    assert case.acts == 8
    assert rows(Victim).count() == rows(Subject).count() == 1
    assert {(one.outcome, one.reason, one.case_id) for one in rows(Triage)} == {
        ("panel", "One man, one woman.", case.pk)
    }
    assert rows(Screening).filter(reclassification_asked=True).count() == 8
    assert not rows(Allegation, at_desk=True).exists()


def test_nobody_is_the_same_person_before_somebody_has_compared_them(cast: Cast, signed_in: SignIn) -> None:
    reports, client = waiting(cast, 2), signed_in("analyst")
    form = opened(client, reports[0])
    answer = send(client, reports[0], form, ask_all="yes", compared="")
    assert answer.status_code == 422
    assert "Compare the people and tick this box" in problems(answer)
    assert not rows(Match).exists()


def problems(answer) -> str:  # type: ignore[no-untyped-def]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_an_outcome_waits_for_the_class_check_of_every_report_and_says_of_which(cast: Cast, signed_in: SignIn) -> None:
    reports, client = waiting(cast, 3), signed_in("analyst")
    form = opened(client, reports[0])
    answered = {f"class-{reports[0].pk}": "It is one message."}
    answer = send(client, reports[0], form, **answered)
    assert answer.status_code == 422
    said = answer.content.decode()
    for one in reports[1:]:
        assert f'href="#class-{one.pk}"' in said
    assert f'href="#class-{reports[0].pk}"' not in said
    assert not rows(Match).exists(), "nothing is kept of it"
    assert not rows(Triage).exists()
    form = typed(said)
    assert send(client, reports[0], form, ask_all="yes").status_code == 303
    kept = {one.allegation_id: one for one in rows(Screening)}
    assert kept[reports[0].pk].class_kept_because == "It is one message."
    assert [kept[one.pk].reclassification_asked for one in reports] == [False, True, True]


def test_each_pair_is_accepted_rejected_or_thought_in_one_step(cast: Cast, signed_in: SignIn) -> None:
    reports, client = waiting(cast, 4), signed_in("analyst")
    form = opened(client, reports[0])
    said = {
        f"subject-{reports[1].pk}": "think",
        f"victim-{reports[2].pk}": "other",
        "report": [str(one.pk) for one in reports[:3]],
    }
    assert send(client, reports[0], form, ask_all="yes", **said).status_code == 303
    case = Case.objects.unscoped("a test").get()
    verdicts = {(one.allegation_id, one.part): one.verdict for one in rows(Match)}
    assert verdicts[reports[1].pk, "subject"] == "probably"
    assert verdicts[reports[2].pk, "victim"] == "not_same"
    assert verdicts[reports[2].pk, "subject"] == "same"
    joined = {one.allegation_id for one in rows(CaseAct, case=case)}
    assert joined == {reports[0].pk, reports[1].pk}, "what is thought is attached; what is another victim's is not"
    assert {one.pk for one in rows(Allegation, at_desk=True)} == {reports[2].pk, reports[3].pk}
    assert "probably this person: Dean Marlow" in read(client, f"/desk/{reports[1].pk}/")


def test_the_employer_is_a_third_party_with_that_role_and_no_new_victim(cast: Cast, signed_in: SignIn) -> None:
    reports, client = waiting(cast, 2), signed_in("analyst")
    near = {"victim_name": "Petra Boss", "victim_birth": "", "victim_sex": "", "victim_phone": ""}
    boss = told(cast.analyst, at=NOW, words="A rude message to her employer.", **near)  # type: ignore[arg-type]
    again = told(cast.analyst, at=NOW, words="A second message to her employer.", **near)  # type: ignore[arg-type]
    cases.keep_summaries(actor=cast.analyst, site="northmoor", at=NOW)
    form = opened(client, reports[0])
    assert str(boss.pk) in form["shown"]
    assert str(boss.pk) not in form["report"], "not chosen beforehand: another victim may be told of"
    said = {"report": [*form["report"], str(boss.pk), str(again.pk)]}
    roles = {f"victim-{one.pk}": "third-employer" for one in (boss, again)}
    assert send(client, reports[0], form, ask_all="yes", **said, **roles).status_code == 303
    case = Case.objects.unscoped("a test").get()
    assert rows(Victim).count() == 1, "no new victim"
    assert rows(ThirdParty).get().name == "Petra Boss", "one person in both reports"
    assert case.acts == 4
    assert rows(Screening, allegation=boss).get().reclassification_asked is True
    page = read(signed_in("officer"), f"/cases/{case.reference}/")
    assert "Petra Boss: employer or colleague (2 reports)" in page
    desk = read(client, f"/desk/{boss.pk}/")
    assert "Petra Boss, third party: employer or colleague" in desk
    match = rows(Match, allegation=boss, verdict="third_party").get()
    undone = client.post(f"/desk/{boss.pk}/undo/", {"match": str(match.pk), "undo_reason": "She is a victim too."})
    assert undone.status_code == 303
    assert rows(CaseAct, case=case, left_at__isnull=True).count() == 3, "it leaves the case with the decision"


def test_a_course_that_grows_while_its_outcome_is_written_is_asked_about_again(cast: Cast, signed_in: SignIn) -> None:
    reports, client = waiting(cast, 3), signed_in("analyst")
    form = opened(client, reports[0]) | {"reason": "Kept words."}
    new = told(cast.analyst, at=NOW, words="It came meanwhile.")
    cases.keep_summaries(actor=cast.analyst, site="northmoor", at=NOW)
    answer = send(client, reports[0], form, ask_all="yes", reason="Kept words.")  # type: ignore[arg-type]
    assert answer.status_code == 409
    assert f"New: {new.reference} came in" in problems(answer)
    assert "Kept words." in answer.content.decode(), "nothing typed is lost"
    assert not rows(Triage).exists()
    again = typed(answer.content.decode())
    assert str(new.pk) in again["report"]
    assert send(client, reports[0], again, ask_all="yes").status_code == 303
    assert rows(CaseAct).count() == 4


def test_a_person_linked_while_another_rejects_is_seen_before_anything_is_kept(cast: Cast, signed_in: SignIn) -> None:
    reports, client = waiting(cast, 3), signed_in("analyst")
    form = opened(client, reports[0])
    him = cases.confirm_match(actor=cast.second_officer, allegation=reports[1], part=Part.SUBJECT, at=LATER)
    rejects = {f"subject-{reports[1].pk}": "other"}
    answer = send(client, reports[0], form, ask_all="yes", **rejects)
    assert answer.status_code == 409
    assert f"{reports[1].reference}: a colleague decided who its people are" in problems(answer)
    assert "Dean Marlow: same person" in problems(answer)
    assert rows(Match).count() == 1
    again = typed(answer.content.decode())
    assert f"subject-{reports[1].pk}" not in again, "it stands, and is not asked again"
    assert again["subject"] == [str(him.subject_id)]
    assert send(client, reports[0], again, ask_all="yes").status_code == 303
    assert rows(Subject).count() == 1


def test_whoever_links_reads_that_a_colleague_rejected_meanwhile(cast: Cast, signed_in: SignIn) -> None:
    reports, client = waiting(cast, 3), signed_in("analyst")
    him = cases.confirm_match(actor=cast.analyst, allegation=reports[0], part=Part.SUBJECT, at=NOW).subject
    form = opened(client, reports[0])
    said = {"allegation": reports[1], "part": Part.SUBJECT, "subject": him, "reason": "Another voice."}
    linkage.reject_match(actor=cast.second_officer, at=LATER, **said)  # type: ignore[arg-type]
    answer = send(client, reports[0], form, ask_all="yes")
    assert answer.status_code == 409
    assert f"{reports[1].reference}: a colleague decided who its people are" in problems(answer)
    assert "Dean Marlow: not the same person" in problems(answer)
    assert "One man, one woman." in answer.content.decode(), "nothing typed is lost"
    assert not rows(Triage).exists()


def test_two_people_triage_one_course_and_the_second_sees_what_the_first_did(cast: Cast, signed_in: SignIn) -> None:
    reports = waiting(cast, 3)
    one, other = signed_in("analyst"), signed_in("coordinator")
    mine, theirs = opened(one, reports[0]), opened(other, reports[0])
    assert send(one, reports[0], mine, ask_all="yes").status_code == 303
    case = Case.objects.unscoped("a test").get()
    answer = send(other, reports[0], theirs, ask_all="yes", reason="Advice will do.", outcome="advice_only")
    assert answer.status_code == 409
    said = problems(answer)
    for report in reports:
        assert f"{report.reference} left the desk: panel, joined {case.reference}. One man, one woman. (Analyst" in said
    assert "You wrote: “Advice will do.”" in said, "nothing typed is lost"
    assert rows(Triage).count() == 3
    assert rows(Victim).count() == 1


def test_a_second_case_of_one_pair_is_refused_with_the_way_to_the_first(cast: Cast, signed_in: SignIn) -> None:
    first = waiting(cast, 1)[0]
    client = signed_in("analyst")
    assert send(client, first, opened(client, first)).status_code == 303
    case = Case.objects.unscoped("a test").get()
    more = waiting(cast, 2, subject_name="", subject_birth="", subject_phone="", subject_sex="")
    form = opened(client, more[0])
    assert form["victim"] == [str(case.victim_id)]
    same = {f"subject-{one.pk}": "same" for one in more}
    answer = send(client, more[0], form | {"subject": ["new"]}, ask_all="yes", **same)
    assert answer.status_code == 422, "nobody may open another in silence"
    assert f"{case.reference} may be of the same victim and subject" in problems(answer)
    again = typed(answer.content.decode())
    assert send(client, more[0], again, ask_all="yes", case=case.reference).status_code == 303
    assert Case.objects.unscoped("a test").get().acts == 3


def test_what_arrives_for_a_closed_case_opens_it_again_and_the_page_says_so(cast: Cast, signed_in: SignIn) -> None:
    first, client = waiting(cast, 1)[0], signed_in("analyst")
    send(client, first, opened(client, first))
    case = Case.objects.unscoped("a test")
    case.update(state="closed")
    more = waiting(cast, 2)
    assert f"{case.get().reference} is closed. A new act opens it again." in read(client, place(more[0]))
    assert send(client, more[0], opened(client, more[0]), ask_all="yes").status_code == 303
    assert (case.get().state, case.get().acts) == ("open", 3)


def test_what_arrives_for_a_case_that_another_unit_took_over_stays_at_the_desk(cast: Cast, signed_in: SignIn) -> None:
    first, client = waiting(cast, 1)[0], signed_in("analyst")
    send(client, first, opened(client, first))
    more = waiting(cast, 2)
    form = opened(client, more[0])
    case = Case.objects.unscoped("a test")
    pair = (case.get().victim, case.get().subject)
    case.update(site="southmere")  # while both forms are open
    answer = send(client, more[0], form, ask_all="yes")
    assert answer.status_code == 422
    assert "Another unit has taken over the case of these two people" in problems(answer)
    known(cast, more[0], *pair, at=LATER)
    alone = {**WHOLE, "class_kept_because": "It is one message."}
    answer = client.post(f"/desk/{more[0].pk}/triage/", alone)
    assert answer.status_code == 422
    said = answer.content.decode()
    assert "Another unit has taken over the case of these two people" in said
    assert WHOLE["reason"] in said, "nothing typed is lost"
    assert {one.pk for one in rows(Allegation, at_desk=True)} == {one.pk for one in more}


def test_what_is_closed_neither_shows_nor_ranks(cast: Cast, signed_in: SignIn) -> None:
    reports = waiting(cast, 3)
    access.set_wall(actor=cast.governance, files=[reports[1].pk], staff=cast.analyst.staff, at=NOW)
    page = read(signed_in("analyst"), place(reports[0]))
    assert reports[1].reference not in page
    assert "2 reports at the desk" in page
    assert HER["victim_phone"] not in page
    assert signed_in("olu").get(place(reports[0])).status_code in (403, 404)


@pytest.mark.parametrize("count", [2, 8, 30])
def test_the_page_costs_the_same_statements_for_two_eight_and_thirty_reports(
    cast: Cast, signed_in: SignIn, count: int
) -> None:
    reports, client = waiting(cast, count), signed_in("analyst")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        page = client.get(place(reports[0])).content.decode()
    assert f"{count} reports at the desk" in page
    assert len(asked) == STATEMENTS


def test_more_than_a_page_holds_is_said_and_follows(cast: Cast, signed_in: SignIn) -> None:
    reports = waiting(cast, together.MOST + 3)
    page = read(signed_in("analyst"), place(reports[0]))
    assert f"{together.MOST} of {together.MOST + 3}. The others follow" in page


def test_a_third_party_is_recorded_on_the_page_of_one_report_and_joins_the_case_it_is_attached_to(
    cast: Cast, signed_in: SignIn
) -> None:
    first, client = waiting(cast, 1)[0], signed_in("analyst")
    send(client, first, opened(client, first))
    case = Case.objects.unscoped("a test").get()
    school = told(cast.analyst, at=NOW, victim_name="Hill Primary School", victim_birth="", victim_sex="")
    said = {"third_name": "Hill Primary School", "third_role": "school", "third_contact": "Through the head only."}
    assert client.post(f"/desk/{school.pk}/third-party/", said | {"third_role": ""}).status_code == 422
    assert client.post(f"/desk/{school.pk}/third-party/", said).status_code == 303
    page = read(client, f"/desk/{school.pk}/")
    assert "Hill Primary School, third party: school or nursery" in page
    assert "add a new victim" not in page
    out = {"outcome": "panel", "reason": "He asks there for the children.", "reclassification_asked": "yes"}
    refused = client.post(f"/desk/{school.pk}/triage/", out)
    assert refused.status_code == 422
    assert "This report tells of a third party. Enter the case that it belongs to." in problems(refused)
    assert client.post(f"/desk/{school.pk}/triage/", out | {"case": case.reference}).status_code == 303
    assert rows(Victim).count() == 1
    assert "Hill Primary School: school or nursery (1 report)" in read(client, f"/cases/{case.reference}/")
    no = client.post(f"/desk/{school.pk}/match/", {"part": "victim", "verdict": "same", "person": str(case.victim_id)})
    assert "This is a third party, as somebody said. Undo that first." in problems(no)


def test_the_safe_contact_of_a_third_party_is_for_those_who_read_how_victims_are_reached(
    cast: Cast, signed_in: SignIn
) -> None:
    test_a_third_party_is_recorded_on_the_page_of_one_report_and_joins_the_case_it_is_attached_to(cast, signed_in)
    case = Case.objects.unscoped("a test").get()
    for name in ("clinician", "outreach", "advocate"):
        page = signed_in(name).get(f"/cases/{case.reference}/")
        assert "Through the head only." not in page.content.decode(), name
    hers = cast.staff["advocate"].pk
    assign(actor=cast.coordinator, case=case, staff=hers, kind=RelationKind.ADVOCATE, at=LATER)
    assert "Contact them safely: Through the head only." in read(signed_in("advocate"), f"/cases/{case.reference}/")


def of_school(cast: Cast, signed_in: SignIn) -> tuple[Case, ThirdParty]:
    """A case with its advocate and an act against a school."""
    test_a_third_party_is_recorded_on_the_page_of_one_report_and_joins_the_case_it_is_attached_to(cast, signed_in)
    case = Case.objects.unscoped("a test").get()
    hers = cast.staff["advocate"].pk
    assign(actor=cast.coordinator, case=case, staff=hers, kind=RelationKind.ADVOCATE, at=LATER)
    return case, rows(ThirdParty).get()


def test_how_a_third_party_is_contacted_is_said_anew_and_nobody_writes_over_a_colleague(
    cast: Cast, signed_in: SignIn
) -> None:
    case, school = of_school(cast, signed_in)
    advocate, here = signed_in("advocate"), f"/cases/{case.reference}/third-parties/{school.pk}/"
    assert here in advocate.get(f"/cases/{case.reference}/").content.decode()
    assert here not in signed_in("clinician").get(f"/cases/{case.reference}/").content.decode()
    for name, status in (("clinician", 403), ("officer", 404), ("olu", 404)):
        assert signed_in(name).get(here).status_code == status, name
    assert advocate.post(here, {"version": "", "once": "1", "safe_contact": "By the office."}).status_code == 303
    assert "Contact them safely: By the office." in read(advocate, f"/cases/{case.reference}/")
    late = advocate.post(here, {"version": "", "once": "2", "safe_contact": "At the gate."})
    assert late.status_code == 409
    assert "By the office." in late.content.decode()
    assert "At the gate." in late.content.decode()
    seen = str(rows(ThirdContactSaid).get().pk)
    same = advocate.post(here, {"version": seen, "once": "3", "safe_contact": "By the office."})
    assert "This is on record already." in problems(same)
    assert [row.before for row in rows(ThirdContactSaid)] == ["Through the head only."]


def test_what_a_third_party_was_told_stands_with_their_role_by_whom_and_on_which_ground(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, school = of_school(cast, signed_in)
    here, ledger = f"/cases/{case.reference}/third-parties/", f"/cases/{case.reference}/disclosures/"
    assign(actor=cast.coordinator, case=case, staff=cast.staff["officer"].pk, kind=RelationKind.OIC, at=LATER)
    officer, advocate = signed_in("officer"), signed_in("advocate")
    for page in (f"/cases/{case.reference}/", f"/cases/{case.reference}/plan/"):
        html = officer.get(page).content.decode()
        assert here in html, page
        assert re.search(r'item--active">\s*<a[^>]+href="/cases/"', html), f"{page} stands under no place"
    with monkeypatch.context() as later:
        later.setitem(acts_of.__kwdefaults__, "most", 0)  # as where two thousand reports came after
        assert "School or nursery" in read(officer, here)
    assert "1 report, the last of" in read(officer, here)
    assert "Nothing is on record, in the parts of the file that you may read" in read(officer, here)
    assert "Through the head only." in read(advocate, here)
    assert "Shown to those who may read how to reach the victim" in read(signed_in("clinician"), here)
    assert signed_in("olu").get(here).status_code == 404

    form = f"{ledger}record/"
    assert 'value="Hill Primary School"' in officer.get(f"{form}?third={school.pk}").content.decode()
    said = {
        "what": "that the subject must not come near",
        "compartment": "core",
        "to_whom": "The head of Hill Primary School",
        "ground": "safeguarding",
        "necessity": "The children are asked for at the gate.",
        "consent": "given",
    }
    other = officer.post(form, said | {"once": "1", "third": str(case.pk)})
    assert "Choose a third party of this case." in problems(other)
    assert officer.post(form, said | {"once": "2", "third": str(school.pk)}).status_code == 303
    told = ("that the subject must not come near", "told by", "to The head of Hill Primary School")
    on_ground = (
        "Ground: to safeguard a child",
        "asked for at the gate",
        "Consent of the person concerned: asked, and given",
    )
    for reader in (officer, advocate):
        page = read(reader, here)
        assert [words for words in (*told, *on_ground) if words not in page] == []
    once = what_it_costs(officer, here)
    for number in ("3", "4"):
        officer.post(form, said | {"once": number, "third": str(school.pk)})
    assert read(officer, here).count("told by") == 3
    assert what_it_costs(officer, here) == once
    assert "Through the head only." not in read(officer, f"/cases/{case.reference}/subject/")
    assert "to The head of Hill Primary School" in read(officer, ledger)
    for victims_form in ("contact", "message"):  # whoever means the school is led to what is for it
        there = f"/cases/{case.reference}/victim/{victims_form}/"
        page, html = read(advocate, there), advocate.get(there).content.decode()
        assert "Hill Primary School , school or nursery Contact them safely: Through the head only." in page
        assert page.count(": that the subject must not come near") == 3
        assert f"{form}?third={school.pk}" in html
        assert signed_in("olu").get(there).status_code == 404


def what_it_costs(client: Client, address: str) -> int:
    """Return how many statements a page costs."""
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


def test_a_wall_around_a_case_stands_around_its_third_parties_and_the_reverse(cast: Cast, signed_in: SignIn) -> None:
    case, school = of_school(cast, signed_in)
    seen = ThirdParty.objects.visible_to
    assert seen(cast.second_officer, at=LATER).exists()
    cases.wall_off(actor=cast.governance, case=case, staff=cast.second_officer.staff, reason="A cousin.", at=LATER)
    assert not seen(cast.second_officer, at=LATER).exists()
    again = told(cast.analyst, at=LATER, victim_name="Hill Primary School", victim_birth="", victim_sex="")
    linkage.name_third_party(
        actor=cast.analyst, allegation=again, role=ThirdRole.SCHOOL, name=school.name, third=school, at=LATER
    )
    assert signed_in("second_officer").get(f"/desk/{again.pk}/").status_code == 404
    assert signed_in("analyst").get(f"/desk/{again.pk}/").status_code == 200


def test_a_third_party_moves_with_its_case_and_both_units_read_of_it(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(MEMBERS, "otto", ("southmere-police", Role.UNIT_COORDINATOR, "southmere"))
    cast.staff["otto"] = hire("Otto", *MEMBERS["otto"])
    case, school = of_school(cast, signed_in)
    case.refresh_from_db()
    reached(cast, case, at=LATER, incoming=True)
    asked = cases.ask_transfer(
        actor=cast.coordinator, case=case, to_site="southmere", reason="Moved.", victim_told_at=LATER, at=LATER
    )
    otto = cast.actor("otto")
    cases.answer_transfer(actor=otto, asked=asked, accepts=True, reason="", at=LATER)
    school.refresh_from_db()
    assert (school.site, school.controller) == ("southmere", "southmere-police")
    assert verify().clean
    it_is(LATER + timedelta(hours=1), monkeypatch)
    first, second = (read(signed_in(name), f"/cases/{case.reference}/") for name in ("advocate", "otto"))
    for page in (first, second):
        assert "Hill Primary School: school or nursery (1 report)" in page
    assert "Through the head only." not in first, (
        "how anybody is contacted is closed to the unit that handed the case over"
    )
    assert ThirdParty.objects.visible_to(otto, at=LATER).get() == school
    assert not ThirdParty.objects.visible_to(cast.coordinator, at=LATER).exists()


def test_the_frozen_extract_counts_acts_against_third_parties(cast: Cast, signed_in: SignIn) -> None:
    of_school(cast, signed_in)
    question = evaluation.register_question(actor=cast.evaluator, title="Fewer?", plan=FIRST_QUESTION, at=LATER)
    asked = {"actor": cast.evaluator, "question": question, "until": LATER + DAY, "at": LATER + DAY}
    assert [row.third_party_acts for row in extracts.deidentified_rows(**asked)] == [1]  # type: ignore[arg-type]


def test_a_third_party_counts_as_one_and_never_as_another_victim_of_the_subject(cast: Cast, signed_in: SignIn) -> None:
    reports, client = waiting(cast, 2), signed_in("analyst")
    boss = told(cast.analyst, at=NOW, words="To her employer.", victim_name="Petra Boss", victim_birth="4 May 1970")
    cases.keep_summaries(actor=cast.analyst, site="northmoor", at=NOW)
    cases.find_courses(actor=cast.analyst, site="northmoor", at=NOW)
    standing = PossibleCourse.objects.unscoped("a test").filter(ended_at__isnull=True)
    assert standing.filter(kind=Together.SUBJECT).exists(), "as told, the subject has two victims"
    found = standing.get(kind=Together.COURSE)
    assert "/desk/together/" in client.get(f"/desk/courses/{found.pk}/").content.decode()
    form = opened(client, reports[0])
    sent = {"report": [*{*form["report"], str(boss.pk)}], f"victim-{boss.pk}": "third-employer"}
    assert send(client, reports[0], form, ask_all="yes", **sent).status_code == 303
    cases.find_courses(actor=cast.analyst, site="northmoor", at=LATER)
    assert not standing.filter(kind=Together.SUBJECT).exists()
    course = standing.get(kind=Together.COURSE)
    assert (course.acts, course.third_parties) == (2, 1)


def of_the_school(cast: Cast, client: Client) -> tuple[Case, Allegation]:
    """Return a case, and a report at the desk that is marked on its own page as what was done at a school."""
    first = waiting(cast, 1)[0]
    assert send(client, first, opened(client, first)).status_code == 303
    school = told(cast.analyst, at=NOW, victim_name="Hill Primary School", victim_birth="", victim_sex="")
    assert client.post(f"/desk/{school.pk}/third-party/", said_of_the_school("school")).status_code == 303
    return Case.objects.unscoped("a test").get(), school


def said_of_the_school(role: str) -> dict[str, str]:
    return {"third_name": "Hill Primary School", "third_role": role}


def undone(client: Client, report: Allegation) -> None:
    match = rows(Match, allegation=report, verdict="third_party", undone_at__isnull=True).get()
    sent = {"match": str(match.pk), "undo_reason": "The role is wrong."}
    assert client.post(f"/desk/{report.pk}/undo/", sent).status_code == 303


OUT = {"outcome": "panel", "reason": "He asks there for the children.", "reclassification_asked": "yes"}


def test_a_third_party_whose_role_is_corrected_keeps_its_act_in_the_case(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in("analyst")
    case, school = of_the_school(cast, client)
    assert client.post(f"/desk/{school.pk}/triage/", OUT | {"case": case.reference}).status_code == 303
    undone(client, school)
    assert not rows(CaseAct, allegation=school, left_at__isnull=True).exists()
    page = read(client, f"/desk/{school.pk}/")
    assert "Back at the desk: triage it again" in page
    assert "Record triage" in page
    assert school.reference in read(client, "/desk/"), "it waits on the list until somebody says more"
    assert client.post(f"/desk/{school.pk}/third-party/", said_of_the_school("employer")).status_code == 303
    assert rows(CaseAct, allegation=school, left_at__isnull=True).get().case_id == case.pk
    assert not rows(Allegation, pk=school.pk, at_desk=True).exists()
    assert "Left the desk: panel" in read(client, f"/desk/{school.pk}/")
    assert "Hill Primary School: employer or colleague (1 report)" in read(client, f"/cases/{case.reference}/")


def test_an_act_of_which_a_third_party_is_undone_can_be_triaged_to_another_end(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in("analyst")
    case, school = of_the_school(cast, client)
    client.post(f"/desk/{school.pk}/triage/", OUT | {"case": case.reference})
    it_is(LATER + timedelta(minutes=5), monkeypatch)
    undone(client, school)
    assert client.post(f"/desk/{school.pk}/match/", {"part": "victim", "verdict": "same"}).status_code == 303
    assert client.post(f"/desk/{school.pk}/match/", {"part": "subject", "verdict": "same"}).status_code == 303
    assert client.post(f"/desk/{school.pk}/triage/", OUT | {"outcome": "advice_only"}).status_code == 303
    assert not rows(Allegation, pk=school.pk, at_desk=True).exists()
    assert "Left the desk: advice only" in read(client, f"/desk/{school.pk}/")


def test_an_act_whose_match_is_undone_or_that_is_taken_off_is_back_at_the_desk(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in("analyst")
    case, school = of_the_school(cast, client)
    client.post(f"/desk/{school.pk}/triage/", OUT | {"case": case.reference})
    off = {"case": case.reference, "detach_reason": "Another school."}
    assert client.post(f"/desk/{school.pk}/detach/", off).status_code == 303
    assert rows(Allegation, pk=school.pk, at_desk=True).exists()
    first = rows(CaseAct, case=case, left_at__isnull=True).get().allegation
    match = rows(Match, allegation=first, part="subject").get()
    sent = {"match": str(match.pk), "undo_reason": "Another Marlow."}
    assert client.post(f"/desk/{first.pk}/undo/", sent).status_code == 303
    assert "Back at the desk: triage it again" in read(client, f"/desk/{first.pk}/")
    again = {"part": "subject", "verdict": "same", "person": str(case.subject_id)}
    assert client.post(f"/desk/{first.pk}/match/", again).status_code == 303
    assert rows(CaseAct, case=case, left_at__isnull=True).get().allegation_id == first.pk
    assert not rows(Allegation, pk=first.pk, at_desk=True).exists(), "it is in its case again, as it was triaged"


@pytest.mark.parametrize("outcome", ["panel", "advice_only"])
def test_a_report_marked_as_of_a_third_party_before_joins_the_case_of_the_course(
    cast: Cast, signed_in: SignIn, outcome: str
) -> None:
    client = signed_in("analyst")
    if outcome == "advice_only":
        first = waiting(cast, 1)[0]
        assert send(client, first, opened(client, first)).status_code == 303
    reports = waiting(cast, 2)
    boss = told(cast.analyst, at=NOW - 9 * DAY, victim_name="Petra Boss", victim_birth="", victim_sex="")
    named = {"third_name": "Petra Boss", "third_role": "family"}
    assert client.post(f"/desk/{boss.pk}/third-party/", named).status_code == 303
    cases.keep_summaries(actor=cast.analyst, site="northmoor", at=NOW)
    assert "Petra Boss, third party: family or friend" in read(client, place(reports[0]))
    form = opened(client, reports[0])
    assert f"victim-{boss.pk}" not in form, "it stands, and is not asked again"
    sent = {"report": [str(boss.pk), *(str(one.pk) for one in reports)], f"subject-{boss.pk}": "same"}
    answer = send(client, reports[0], form, ask_all="yes", outcome=outcome, **sent)
    assert answer.status_code == 303, problems(answer)
    case = Case.objects.unscoped("a test").get()
    assert rows(CaseAct, allegation=boss, left_at__isnull=True).get().case_id == case.pk
    assert rows(Triage, allegation=boss).get().case_id == case.pk


def test_who_the_subject_may_be_is_closed_where_no_agreement_opens_the_identity_of_subjects(
    cast: Cast, signed_in: SignIn
) -> None:
    Agreement.objects.filter(partner="northmoor-nhs").update(compartments=Compartment.CORE.bit)
    first = waiting(cast, 1)[0]
    assert send(signed_in("analyst"), first, opened(signed_in("analyst"), first)).status_code == 303
    case = Case.objects.unscoped("a test").get()
    more, client = waiting(cast, 2), signed_in("coordinator")
    subject = {"part": Part.SUBJECT, "subject": case.subject, "at": LATER}
    cases.confirm_match(actor=cast.analyst, allegation=more[1], **subject)
    compare = f"/desk/{more[0].pk}/compare/subject/{case.subject_id}/"
    assert str(case.subject_id) in client.get(place(more[0])).content.decode()
    Staff.objects.filter(pk=cast.staff["coordinator"].pk).update(partner="northmoor-nhs", partner_kind="nhs")
    client = signed_in("coordinator")
    page = client.get(place(more[0])).content.decode()
    assert f"{len(more)} reports at the desk" in page
    assert str(case.subject_id) not in page
    assert case.subject.name not in page
    assert case.subject.name not in client.get(f"/desk/{more[0].pk}/").content.decode()
    assert client.get(compare).status_code == 404


def test_the_answers_say_the_words_of_their_roles_and_never_a_code(cast: Cast, signed_in: SignIn) -> None:
    reports, client = waiting(cast, 2), signed_in("analyst")
    page = client.get(place(reports[0])).content.decode()
    answers = {re.sub(r"\s+", " ", each).strip() for each in re.findall(r"<option[^>]*>([^<]*)</option>", page)}
    assert {"The same person", "Third party: school or nursery", "Third party: family or friend"} <= answers
    assert not {"Same", "Other", "Third party: school", "Third party: family"} & answers
    assert "School or nursery" in client.get(f"/desk/{reports[0].pk}/").content.decode()
