"""The desk through the real door: read, compare, decide, undo, screen, triage; and nothing for anybody else."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html import unescape

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries
from typer.testing import CliRunner

from bench import protocol
from bench.plans import read_by
from fourfold.access import services as access
from fourfold.access.paging import page_read, said_as
from fourfold.access.terms import RelationKind
from fourfold.audit.models import Entry
from fourfold.cases import services as cases
from fourfold.cases.models import BehaviourJudged, Case, CaseAct, Screening, Triage
from fourfold.cases.terms import Outcome
from fourfold.cli.main import app
from fourfold.intake.models import Allegation
from fourfold.intake.terms import Urgency
from fourfold.linkage import services as linkage
from fourfold.linkage.models import Match
from fourfold.people import services as people
from fourfold.people.models import Victim
from fourfold.people.queries.merged import merged_records
from fourfold.people.terms import Part, PersonDetails
from tests.cases.builders import HIM, further_act, known, open_case, told, triaged
from tests.cast import NOW, Cast
from tests.chance import without_chance
from tests.panel.scene import relate
from tests.people.builders import merged
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
#: The decisions, her names, his names, who decided; and six of the log.
LISTED_STATEMENTS = 10
#: Who reads 3, the list 1, what stands first 1, what the unit holds of both 5; twice 5 of the log.
LIST_STATEMENTS = 10
WHOLE = {
    **dict.fromkeys(("fixated", "obsessive", "unwanted", "repeated"), "yes"),
    "immediate_danger": "no",
    "known_to_staff": "not_known",
    "outcome": "panel",
    "reason": "A pattern of seven months.",
}


@pytest.fixture(autouse=True)
def _on_the_day_of_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    own = settings.FOURFOLD
    monkeypatch.setattr(settings, "FOURFOLD", own.model_copy(update={"app_clock": (NOW + 30 * DAY).isoformat()}))


def rows(model: type, **of: object):  # type: ignore[no-untyped-def]
    return model.objects.unscoped("a test").filter(**of)  # type: ignore[attr-defined]


def read(client: Client, address: str, status: int = 200) -> str:
    """Return what a page says, tags left out and room squeezed."""
    answer = client.get(address)
    assert answer.status_code == status
    return flat(answer.content.decode())


def flat(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", page))).strip()


def test_how_somebody_unnamed_was_described_is_read_at_the_desk(cast: Cast, signed_in: SignIn) -> None:
    report = told(
        cast.analyst, subject_name="", subject_birth="", subject_phone="", relationship="unknown, possibly ex"
    )
    assert "as told: unknown, possibly ex" in read(signed_in("analyst"), f"/desk/{report.pk}/")


def linked(client: Client, address: str, inside: str) -> list[tuple[str, str]]:
    """Return the links of a page whose address holds `inside`, with the page they stand on."""
    page = client.get(address).content.decode()
    found = [each for each in re.findall(r'href="([^"]*)"', page) if inside in each]
    assert found
    return [(address, unescape(each)) for each in found]


def at_desk(allegation: Allegation, rest: str = "") -> str:
    return f"/desk/{allegation.pk}/{rest}"


# ---- the list -----------------------------------------------------------------------------------------------------


def test_words_that_are_cut_on_the_list_say_so(cast: Cast, signed_in: SignIn) -> None:
    told(cast.analyst, words="Rings every night. " * 10)
    assert "every night.…" in read(signed_in("analyst"), "/desk/")


def test_the_list_shows_what_waits_with_its_urgency_and_what_is_still_to_be_said(cast: Cast, signed_in: SignIn) -> None:
    told(cast.analyst, urgency=Urgency.NOW, urgency_reasons=["a weapon is mentioned"])
    said = read(signed_in("analyst"), "/desk/")
    assert "Malicious communications (8R)" in said
    assert "a weapon is mentioned" in said
    assert "victim to be confirmed, subject to be confirmed" in said


def test_the_list_is_narrowed_by_how_soon_and_paged_by_key(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "fourfold.cases.queries.desk.page_read", lambda *rows, **more: page_read(*rows, **more | {"most": 2})
    )
    for n in range(3):
        told(cast.analyst, at=NOW + n * DAY, words=f"The words of number {n}.", urgency=Urgency.SOON)
    told(cast.analyst, words="A routine one.")
    client = signed_in("analyst")
    page = client.get("/desk/?urgency=soon").content.decode()
    assert "Listed are reports that say “soon” themselves." in page, "the row may say more: it is not hidden"
    assert "number 2" in page
    assert "number 1" in page
    assert "routine one" not in page
    following = re.search(r'href="(/desk/\?after=[^"]*)"', page)
    assert following
    after = flat(client.get(unescape(following[1])).content.decode())
    assert "number 0" in after
    assert "number 2" not in after


@pytest.mark.parametrize("query", ["?after=nothing", "?after=%00", "?urgency=never", "?after=" + "9" * 400])
def test_a_list_asked_for_in_a_strange_way_is_shown_from_its_beginning(
    cast: Cast, signed_in: SignIn, query: str
) -> None:
    told(cast.analyst)
    assert "Malicious communications" in read(signed_in("analyst"), f"/desk/{query}")


def test_a_clear_desk_says_what_would_fill_it(signed_in: SignIn) -> None:
    assert "Allegations come from the force's feed" in read(signed_in("analyst"), "/desk/")


@pytest.mark.parametrize("keyed", [True, False])
def test_the_list_costs_the_same_for_few_and_many(
    cast: Cast, signed_in: SignIn, django_assert_max_num_queries: DjangoAssertNumQueries, keyed: bool
) -> None:
    """What shares a key is read by its last statement, or what has no keys yet."""
    client = signed_in("analyst")
    client.get("/desk/")
    counts = []
    for _ in range(2):
        for n in range(6):
            told(cast.analyst, at=NOW + timedelta(minutes=n))
        if keyed:
            cases.keep_summaries(actor=cast.analyst, site="northmoor", at=NOW)
        with django_assert_max_num_queries(LIST_STATEMENTS) as asked:
            client.get("/desk/")
        counts.append(len(asked))
    assert counts == [counts[0]] * 2


def test_the_bench_finds_the_list_whose_rows_it_counts_beside_what_is_asked_with_it(
    cast: Cast, signed_in: SignIn
) -> None:
    told(cast.analyst)
    client = signed_in("analyst")
    with CaptureQueriesContext(connection) as asked:
        client.get("/desk/")
    [listed] = [protocol.list_in(each["sql"]) for each in asked if protocol.FIFTY in each["sql"]]
    assert listed.startswith("SELECT")
    assert protocol.FIFTY in listed
    assert read_by(listed, "intake_allegation") <= (0 if connection.vendor == "sqlite" else 200)


# ---- one allegation -----------------------------------------------------------------------------------------------


def test_the_words_stand_unedited_and_the_people_on_record_beside_the_evidence(cast: Cast, signed_in: SignIn) -> None:
    open_case(cast)
    allegation = told(cast.analyst, at=NOW + DAY, words="He stood there & wrote <again>.")
    page = signed_in("analyst").get(at_desk(allegation)).content.decode()
    assert "<again>" not in page
    assert "He stood there & wrote <again>." in unescape(page)
    said = flat(page)
    assert "1 person on record could be meant" in said
    assert "same day of birth" in said
    assert "Nora Quill , born 3 May 1985: strong" in said


def test_whoever_may_not_see_how_to_reach_her_reads_no_number_of_hers(cast: Cast, signed_in: SignIn) -> None:
    open_case(cast)
    allegation = told(cast.analyst, at=NOW + DAY)
    page = signed_in("analyst").get(at_desk(allegation)).content.decode()
    assert "900123" not in without_chance(page)
    victim, _, subject = page.partition('id="subject"')
    assert "same number (households share)" not in victim
    assert "same number (households share)" in subject


@pytest.mark.door("numbers")
def test_a_bare_number_names_nobody_at_the_desk_and_waits_for_the_officer_in_the_case(
    cast: Cast, signed_in: SignIn
) -> None:
    """The attack: refer a number, and read at the desk whose it is."""
    case = open_case(cast)
    relate(cast, "second_officer", case, RelationKind.OIC)
    nobody = dict.fromkeys(("victim_name", "victim_birth", "victim_sex", *HIM), "")
    told_of = {"at": NOW + DAY, "channel": "referral", "victim_phone": "07700 900123"}
    allegation = told(cast.coordinator, **{**nobody, **told_of})  # type: ignore[arg-type]
    linkage.propose_matches(actor=cast.coordinator, allegation=allegation, at=NOW + DAY)
    compare = at_desk(allegation, f"compare/victim/{case.victim_id}/")
    for name in ("analyst", "officer", "advocate"):
        client = signed_in(name)
        page = client.get(at_desk(allegation)).content.decode()
        assert "Nora" not in without_chance(page)
        assert "no match on record by name or date of birth" in page
        assert "same number" not in client.get(compare).content.decode()
        assert "Say whether a report" not in client.get("/?show=unit").content.decode()
        assert "Nora" not in without_chance(client.get("/desk/links/").content.decode())
    theirs = signed_in("second_officer")
    assert "Say whether a report is about Nora Quill" in theirs.get("/").content.decode()
    assert "same number (households share)" in theirs.get(at_desk(allegation)).content.decode()
    assert "same number (households share)" in theirs.get(compare).content.decode()
    theirs.post(at_desk(allegation, "match/"), {"part": "victim", "person": str(case.victim_id), "verdict": "same"})
    assert "Say whether a report is about" not in theirs.get("/").content.decode()


def test_confirming_undoing_and_confirming_again_is_visible_throughout(cast: Cast, signed_in: SignIn) -> None:
    case = open_case(cast)
    allegation, client = told(cast.analyst, at=NOW + DAY), signed_in("analyst")
    chosen = {"part": "subject", "person": str(case.subject_id), "verdict": "same"}
    assert client.post(at_desk(allegation, "match/"), chosen).status_code == 303
    assert "Subject: Dean Marlow, confirmed" in read(client, at_desk(allegation))
    match = rows(Match, allegation=allegation).get()
    undone = {"match": str(match.pk), "undo_reason": "His brother."}
    assert client.post(at_desk(allegation, "undo/"), undone).status_code == 303
    said = read(client, at_desk(allegation))
    assert "Undone" in said
    assert "His brother." in said
    client.post(at_desk(allegation, "match/"), chosen)
    assert "Subject: Dean Marlow, confirmed" in read(client, at_desk(allegation))


def test_undoing_without_a_reason_keeps_the_decision_and_says_what_is_missing(cast: Cast, signed_in: SignIn) -> None:
    allegation = told(cast.analyst)
    known(cast, allegation)
    match = rows(Match, part=Part.VICTIM).get()
    answer = signed_in("analyst").post(at_desk(allegation, "undo/"), {"match": str(match.pk), "undo_reason": " "})
    assert answer.status_code == 422
    assert "Say why you undo this" in answer.content.decode()
    assert rows(Match, pk=match.pk).get().undone_at is None


def test_a_new_person_and_an_unknown_one_go_on_record_with_one_button(cast: Cast, signed_in: SignIn) -> None:
    allegation = told(cast.analyst, subject_name="", subject_birth="", subject_phone="", subject_sex="")
    client = signed_in("analyst")
    assert "Nobody knows yet who it is" in read(client, at_desk(allegation))
    for part in Part:
        client.post(at_desk(allegation, "match/"), {"part": part, "verdict": "same"})
    said = read(client, at_desk(allegation))
    assert "Victim: Nora Quill, confirmed" in said
    assert "Subject: nobody can say yet who it is" in said
    for _, address in linked(client, at_desk(allegation), "compare/"):
        assert client.get(address).status_code == 200


def test_the_same_unknown_person_as_in_her_other_case_is_offered(cast: Cast, signed_in: SignIn) -> None:
    nobody = {"subject_name": "", "subject_birth": "", "subject_phone": "", "subject_sex": ""}
    first = told(cast.analyst, **nobody)  # type: ignore[arg-type]
    cases.confirm_match(actor=cast.analyst, allegation=first, part=Part.VICTIM, at=NOW)
    case = triaged(cast, first)
    again = told(cast.analyst, at=NOW + DAY, **nobody)  # type: ignore[arg-type]
    cases.confirm_match(actor=cast.analyst, allegation=again, part=Part.VICTIM, victim=case.victim, at=NOW + DAY)
    client = signed_in("analyst")
    assert f"The same unknown person as in {case.reference}" in read(client, at_desk(again))
    client.post(at_desk(again, "match/"), {"part": "subject", "person": str(case.subject_id), "verdict": "same"})
    assert f"Open the pattern of {case.reference}" in read(client, at_desk(again))


# ---- comparing ----------------------------------------------------------------------------------------------------


def test_two_records_stand_side_by_side_what_differs_first_and_loud(cast: Cast, signed_in: SignIn) -> None:
    record = PersonDetails(name="Dean Marlow", birth="12/02/1979", sex="M", phone="07700 900111")
    subject = people.register_subject(actor=cast.analyst, site="northmoor", told=record, at=NOW)
    allegation = told(cast.analyst)
    address = at_desk(allegation, f"compare/subject/{subject.pk}/")
    page = signed_in("analyst").get(address).content.decode()
    table = page[page.index("<tbody") : page.index("</tbody")]
    assert table.index("another number") < table.index("same name")
    assert '<strong class="ff-overdue">another number</strong>' in table
    assert "one digit differs" in table
    assert "evidence against: " in table
    assert flat(page).count("Same person") == 1


def test_a_decision_stays_visible_and_can_be_undone_from_the_comparison(cast: Cast, signed_in: SignIn) -> None:
    allegation = told(cast.analyst)
    victim, _ = known(cast, allegation)
    other = people.register_victim(actor=cast.analyst, site="northmoor", told=PersonDetails(name="Nora Quill"), at=NOW)
    client = signed_in("analyst")
    client.post(
        at_desk(allegation, "match/"),
        {"part": "victim", "person": str(other.pk), "verdict": "not_same", "match_reason": "Born later."},
    )
    said = read(client, at_desk(allegation, f"compare/victim/{other.pk}/"))
    assert "Not the same person: Analyst" in said
    assert "Born later." in said
    assert "Undo: not the same person" in said
    assert "Undo: same" in read(client, at_desk(allegation, f"compare/victim/{victim.pk}/"))


@pytest.mark.parametrize("part", ["victim", "witness", "%00"])
def test_comparing_with_somebody_who_is_not_there_is_not_found(cast: Cast, signed_in: SignIn, part: str) -> None:
    allegation = told(cast.analyst)
    absent = cast.officer.staff
    assert signed_in("analyst").get(at_desk(allegation, f"compare/{part}/{absent}/")).status_code == 404


# ---- screening and triage -----------------------------------------------------------------------------------------


def test_triage_opens_the_case_and_says_where_the_allegation_went(cast: Cast, signed_in: SignIn) -> None:
    allegation, client = told(cast.analyst), signed_in("analyst")
    known(cast, allegation)
    assert client.post(at_desk(allegation, "triage/"), WHOLE).status_code == 303
    case = rows(Case).get()
    said = read(client, at_desk(allegation))
    assert f"Open case {case.reference}" in said
    assert "A pattern of seven months." in said
    assert rows(Screening).get().fixated == "yes"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"outcome": ""}, "Choose how this allegation leaves the desk"),
        ({"reason": " "}, "Say why. One sentence is enough"),
        ({"outcome": "redirect"}, "Enter the service that you redirect it to"),
        ({"outcome": "advice_only", "immediate_danger": "yes"}, "Advice alone is not enough"),
        ({"outcome": "closed"}, "Choose one of the answers shown"),
    ],
)
def test_triage_without_what_it_needs_names_the_field_and_keeps_what_was_typed(
    cast: Cast, signed_in: SignIn, changes: dict[str, str], says: str
) -> None:
    allegation = told(cast.analyst)
    known(cast, allegation)
    answer = signed_in("analyst").post(at_desk(allegation, "triage/"), WHOLE | changes)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "There is a problem" in page
    assert says in page
    if "reason" not in changes:
        assert "A pattern of seven months." in page
    assert not rows(Triage).exists()
    assert not rows(Screening).exists()


def test_people_not_yet_said_keep_the_allegation_at_the_desk(cast: Cast, signed_in: SignIn) -> None:
    allegation = told(cast.analyst)
    answer = signed_in("analyst").post(at_desk(allegation, "triage/"), WHOLE)
    assert answer.status_code == 422
    assert "First say who the victim is" in answer.content.decode()
    assert 'href="#victim"' in answer.content.decode()


def test_a_form_sent_twice_is_stored_once(cast: Cast, signed_in: SignIn) -> None:
    allegation, client = told(cast.analyst), signed_in("analyst")
    known(cast, allegation)
    for _ in range(2):
        assert client.post(at_desk(allegation, "triage/"), WHOLE | {"once": "the-same-key"}).status_code == 303
    assert rows(Triage).count() == 1


def test_the_class_check_names_its_rule_and_keeps_the_answer(cast: Cast, signed_in: SignIn) -> None:
    case = open_case(cast)
    allegation, client = told(cast.analyst, at=NOW + DAY), signed_in("analyst")
    known(cast, allegation, case.victim, case.subject)
    said = read(client, at_desk(allegation))
    assert "one of 2 acts by a former partner: the recording rule expects stalking." in said
    assert "in force since 1 April 2020" in said
    assert "Two or more acts: a course of conduct in law." in said
    client.post(at_desk(allegation, "triage/"), WHOLE | {"class_kept_because": "Harassment in law only."})
    assert "The class is right: Harassment in law only." in read(client, at_desk(allegation))


def test_an_allegation_about_a_walled_case_does_not_exist_for_whom_the_wall_stands_against(
    cast: Cast, signed_in: SignIn
) -> None:
    case = open_case(cast)
    allegation = told(cast.analyst, at=NOW + DAY)
    known(cast, allegation, case.victim, case.subject)
    walled = signed_in("second_officer")
    assert "2 acts in 1 day" in read(walled, at_desk(allegation))
    cases.wall_off(actor=cast.governance, case=case, staff=cast.second_officer.staff, at=NOW, reason="A cousin.")
    assert walled.get(at_desk(allegation)).status_code == 404
    assert allegation.reference not in read(walled, "/desk/")
    assert "2 acts in 1 day" in read(signed_in("officer"), at_desk(allegation))


# ---- who may ------------------------------------------------------------------------------------------------------


def test_another_site_gets_the_same_as_for_what_does_not_exist(cast: Cast, signed_in: SignIn) -> None:
    allegation = told(cast.analyst)
    client = signed_in("olu")
    absent = f"/desk/{cast.olu.staff}/"
    foreign = client.get(at_desk(allegation))
    assert foreign.status_code == client.get(absent).status_code == 404
    assert flat(foreign.content.decode()) == flat(client.get(absent).content.decode())
    for rest, sent in (("triage/", WHOLE), ("match/", {"part": "victim", "verdict": "same"}), ("undo/", {})):
        assert client.post(at_desk(allegation, rest), sent).status_code == 404
    assert "Malicious" not in read(client, "/desk/")
    assert not rows(Match).exists()


@pytest.mark.parametrize("name", ["advocate", "clinician", "outreach"])
def test_the_team_reads_the_desk_and_decides_nothing(cast: Cast, signed_in: SignIn, name: str) -> None:
    allegation, client = told(cast.analyst), signed_in(name)
    said = read(client, at_desk(allegation))
    assert "Record triage" not in said
    assert "Same person" not in said
    assert client.post(at_desk(allegation, "triage/"), WHOLE).status_code == 403
    assert client.post(at_desk(allegation, "match/"), {"part": "victim", "verdict": "same"}).status_code == 403


@pytest.mark.parametrize("name", ["evaluator", "lead", "administrator", "governance"])
def test_whoever_works_on_no_case_sees_no_desk(signed_in: SignIn, name: str) -> None:
    assert signed_in(name).get("/desk/").status_code == 403


def test_reading_an_allegation_is_one_entry_in_the_log(cast: Cast, signed_in: SignIn) -> None:
    allegation, client = told(cast.analyst), signed_in("analyst")
    before = Entry.objects.filter(operation="consultation").count()
    client.get(at_desk(allegation))
    [entry] = Entry.objects.filter(operation="consultation").order_by("seq")[before:]
    assert (entry.action, entry.file) == ("page.desk:allegation", allegation.pk)


def test_advice_only_leaves_the_desk_without_a_case(cast: Cast, signed_in: SignIn) -> None:
    allegation, client = told(cast.analyst), signed_in("analyst")
    client.post(at_desk(allegation, "triage/"), WHOLE | {"outcome": Outcome.ADVICE_ONLY})
    assert not rows(Case).exists()
    assert not rows(CaseAct).exists()
    assert allegation.reference not in read(client, "/desk/")


# ---- behaviours ---------------------------------------------------------------------------------------------------


def test_a_behaviour_is_shown_in_its_very_words_confirmed_and_undone(cast: Cast, signed_in: SignIn) -> None:
    allegation = told(cast.analyst, words="She fears he may follow her. He slashed both tyres.", behaviours=[])
    client, address = signed_in("analyst"), at_desk(allegation)
    said = read(client, address)
    assert "Interferes one of the Act’s examples slashed Proposed Confirm" in said
    assert "Follows one of the Act’s examples follow (feared or asked, not told) Marked only" in said
    client.post(f"{address}behaviour/", {"behaviour": "interferes", "shows": "yes"})
    client.post(f"{address}behaviour/", {"behaviour": "follows", "shows": "no"})
    said = read(client, address)
    assert "Confirmed by Analyst" in said
    assert "Rejected by Analyst" in said
    judged = rows(BehaviourJudged, behaviour="follows").get()
    client.post(f"{address}behaviour/undo/", {"judged": judged.pk, "undo_behaviour_reason": "Read again."})
    assert "Rejected by" not in read(client, address)


@pytest.mark.parametrize(
    "form", [{"behaviour": "never", "shows": "yes"}, {"behaviour": "follows", "shows": ""}, {"shows": "yes"}]
)
def test_a_behaviour_that_is_none_is_refused(cast: Cast, signed_in: SignIn, form: dict[str, str]) -> None:
    address = at_desk(told(cast.analyst))
    assert signed_in("analyst").post(f"{address}behaviour/", form).status_code == 422
    assert not rows(BehaviourJudged).exists()


def test_another_site_judges_no_behaviour(cast: Cast, signed_in: SignIn) -> None:
    address = at_desk(told(cast.analyst))
    assert signed_in("olu").post(f"{address}behaviour/", {"behaviour": "follows", "shows": "yes"}).status_code == 404


# ---- links that stand provisionally, and two records of one person ------------------------------------------------


def test_a_provisional_link_is_listed_and_leaves_the_list_once_it_is_confirmed(cast: Cast, signed_in: SignIn) -> None:
    case = open_case(cast)
    relate(cast, "officer", case, RelationKind.OIC)
    nora = case.victim
    allegation = told(cast.analyst, **dict.fromkeys(HIM, ""))  # type: ignore[arg-type]
    linkage.propose_matches(actor=cast.analyst, allegation=allegation, at=NOW)
    assert "Nora Quill" not in read(signed_in("analyst"), "/desk/links/"), "the link stands by a number"
    client = signed_in("officer")
    listed = read(client, "/desk/links/")
    assert "Nora Quill" in listed
    assert "Same name; same day of birth" in listed
    [(_, address)] = linked(client, "/desk/links/", "compare/")
    assert client.get(address).status_code == 200
    client.post(at_desk(allegation, "match/"), {"part": "victim", "person": str(nora.pk), "verdict": "same"})
    assert "No links to confirm" in read(client, "/desk/links/")
    assert signed_in("olu").get("/desk/links/").status_code in (200, 403, 404)
    assert "Nora Quill" not in signed_in("olu").get("/desk/links/").content.decode()


def test_two_records_are_found_to_be_one_person_and_parted_again(cast: Cast, signed_in: SignIn) -> None:
    one = registered(cast, "Nora Quill", birth="3 May 1985", phone="07700 900123")
    other = registered(cast, "Nora Fairlamb", birth="3 May 1985", phone="07700 900123")
    client, address = signed_in("analyst"), f"/desk/records/victim/{one.pk}/{other.pk}/"
    assert "Are these two records one person?" in read(client, address)
    assert "Say how you know" in client.post(address, {"reason": ""}).content.decode()
    client.post(address, {"reason": "Her maiden name; she says so.", "found": "one"})
    assert "Analyst asked" in read(client, address)
    signed_in("officer").post(address, {"reason": "She showed both cards.", "found": "one"})
    said = read(client, address)
    assert "These two records are one person" in said
    assert "Her maiden name; she says so." in said
    client.post(address, {"reason": "Two cousins."})
    assert "Are these two records one person?" in read(client, address)
    assert "Two cousins." in read(client, address)
    assert signed_in("olu").get(address).status_code == 404


def merge(cast: Cast, one: Victim, other: Victim, reason: str = "She says so.") -> None:
    merged(cast, one, other, reason=reason, at=NOW)


def test_merged_records_are_listed_and_parted_with_a_reason(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in("analyst")
    assert "No records are merged" in read(client, "/desk/records/")
    merge(cast, registered(cast, "Nora Quill"), registered(cast, "Nora Fairlamb"))
    assert "She says so." in read(client, "/desk/records/")
    [(_, address)] = linked(client, "/desk/records/", "records/victim/")
    assert "Why are they two people?" in read(client, address)
    assert client.post(address, {"reason": ""}).status_code == 422
    client.post(address, {"reason": "Two cousins."})
    parted = read(client, "/desk/records/")
    assert "Two people" in parted
    assert "Two cousins." in parted, "what was decided and undone stays in sight"


def test_merged_records_of_another_site_and_behind_a_wall_are_not_listed(cast: Cast, signed_in: SignIn) -> None:
    one, other = registered(cast, "Nora Quill"), registered(cast, "Nora Fairlamb")
    merge(cast, one, other)
    access.set_wall(actor=cast.governance, files=[other.pk], staff=cast.analyst.staff, at=NOW)
    for name in ("analyst", "olu"):
        assert b"Nora " not in signed_in(name).get("/desk/records/").content
    assert signed_in("olu").get(f"/desk/records/victim/{one.pk}/{other.pk}/").status_code == 404


def test_the_list_of_merged_records_costs_the_same_however_long_it_is(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(4):
        merge(cast, registered(cast, f"Nora {number}"), registered(cast, f"Ada {number}"))
        with django_assert_num_queries(LISTED_STATEMENTS):
            assert len(merged_records(cast.analyst, at=NOW).rows) == number + 1


def _on_record(cast: Cast, name: str, *, part: Part = Part.VICTIM, **told: str) -> None:
    register = people.register_victim if part is Part.VICTIM else people.register_subject
    register(actor=cast.analyst, site="northmoor", told=PersonDetails(name=name, **told), at=NOW)


def test_what_so_many_share_that_not_all_were_compared_stands_on_the_page_and_in_every_result(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, signed_in: SignIn
) -> None:
    monkeypatch.setattr("fourfold.linkage.batch.MOST_BESIDE", 13)
    monkeypatch.setattr("fourfold.cli.people.now", lambda: NOW)
    monkeypatch.setattr("fourfold.cli.people.acting", lambda site, email, at: cast.analyst)
    letters = "ABCDEFGHIJKLMN"
    for one in letters:
        _on_record(cast, f"{one}da {one}olm", phone="0161 496 0000", address=f"{ord(one)} Mill Lane, NM1 2AB")
        _on_record(cast, f"Ada {one}olm", part=Part.SUBJECT, address="Saint Mark’s Hostel, 4 Quay Road, NM1 2AA")
    for one in letters[:3]:
        _on_record(cast, f"Una {one}ent", part=Part.SUBJECT, phone="07700 900123")
    number = "14 victims share a telephone number under so many names that nobody was compared by it"
    door = "14 subjects share one address: not all of them were compared by it"

    def typed(*how: str) -> str:
        return CliRunner().invoke(app, ["people", "--site", "northmoor", *how]).stdout

    assert number + "." in typed("--list")
    assert door + "." in typed()
    said = json.loads(typed("--json"))["not_all_compared"]
    assert sorted((each["part"], each["kind"], each["people"]) for each in said) == [
        ("subject", "address", 14),
        ("victim", "phone", 14),
    ]
    assert typed("--csv").count("not all of them were compared by it") == 1
    shown = signed_in("analyst").get("/desk/records/likely/").content.decode()
    assert number in shown
    assert door in shown
    assert "0161" not in shown, "whose number it is may be closed"
    assert number not in signed_in("olu").get("/desk/records/likely/").content.decode()
    for _ in range(25):
        linkage.look_for_same(actor=cast.olu, site="southmere", at=NOW)
    assert number in signed_in("analyst").get("/desk/records/likely/").content.decode(), "other sites' runs hide none"


def test_records_that_may_be_one_person_are_listed_kept_apart_and_asked_again(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in("analyst")
    assert "No pairs to decide" in read(client, "/desk/records/likely/")
    assert "To find people who are named only in reports" in read(client, "/desk/records/likely/")
    for name in ("Nora Quill", "Norah Quill"):
        registered(cast, name, birth="3 May 1985", phone="07700 900123")
    linkage.look_for_same(actor=cast.analyst, site="northmoor", at=NOW)
    [(_, address)] = linked(client, "/desk/records/likely/", "records/victim/")
    assert client.post(address, {"reason": "", "found": "two"}).status_code == 422
    client.post(address, {"reason": "Two cousins.", "found": "two"})
    assert "These two records are two people" in read(client, address)
    assert "No pairs to decide" in read(client, "/desk/records/likely/")
    client.post(address, {"reason": "One woman after all."})
    assert "Are these two records one person?" in read(client, address)
    assert "Undone by Analyst" in read(client, address)
    assert b"Nora " not in signed_in("olu").get("/desk/records/likely/").content
    assert signed_in("olu").post(address, {"reason": "x", "found": "two"}).status_code in (403, 404)


@pytest.mark.parametrize("part", ["subject", "neither"])
def test_records_of_another_part_are_not_there(cast: Cast, signed_in: SignIn, part: str) -> None:
    one, other = registered(cast, "Nora Quill"), registered(cast, "Nora Fairlamb")
    assert signed_in("analyst").get(f"/desk/records/{part}/{one.pk}/{other.pk}/").status_code == 404


def registered(cast: Cast, name: str, **more: str) -> Victim:
    return people.register_victim(actor=cast.analyst, site="northmoor", told=PersonDetails(name=name, **more), at=NOW)  # type: ignore[arg-type]


# ---- where the answers deny what the words say --------------------------------------------------------------------

BOTH = "Answered: no weapon. The words say: “set fire”."
FOLLOWS = "weapon mentioned in the words, though the answer is no weapon: how soon follows the words"


def test_a_no_beside_words_of_a_weapon_stands_beside_them_wherever_the_report_is_read(
    cast: Cast, signed_in: SignIn
) -> None:
    said = {"words": "On Sunday night the subject set fire to the shed.", "weapon": "no", "victim_name": "Nora Quill"}
    kept = signed_in("officer").post("/refer/", said)["Location"]
    mine = read(signed_in("officer"), kept)
    assert BOTH in mine
    assert FOLLOWS in mine
    client = signed_in("analyst")
    page = read(client, kept.replace("/refer/", "/desk/"))
    assert f"{BOTH} Ask which is right." in page
    assert f"Immediate danger: {BOTH}" in page, "beside the questions too"
    assert f"Why it is marked “now”: {FOLLOWS}" in page
    assert FOLLOWS in read(client, "/desk/")


def test_the_same_stands_at_the_act_in_its_case(cast: Cast, signed_in: SignIn) -> None:
    case = open_case(cast)
    relate(cast, "officer", case, RelationKind.OIC)
    client = signed_in("officer")
    assert "Answered: no weapon" not in read(client, f"/cases/{case.reference}/")
    act = further_act(cast, case, at=NOW + DAY, words="The subject set fire to the shed.", weapon=False)
    assert BOTH in read(client, f"/cases/{case.reference}/")
    assert BOTH in read(signed_in("analyst"), f"/desk/{act.pk}/")


@pytest.mark.parametrize(
    ("weapon", "words"),
    [("no", "No weapon was seen."), ("not_known", "The shed was set fire to."), ("yes", "A knife.")],
)
def test_where_answer_and_words_do_not_differ_nothing_stands_beside(
    cast: Cast, signed_in: SignIn, weapon: str, words: str
) -> None:
    kept = signed_in("officer").post("/refer/", {"words": words, "weapon": weapon})["Location"]
    for page in (read(signed_in("officer"), kept), read(signed_in("analyst"), kept.replace("/refer/", "/desk/"))):
        assert "Answered: no weapon" not in page
        assert "the answer is no weapon" not in page


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_place_beyond_all_days_that_somebody_wrote_is_no_fault(cast: Cast, signed_in: SignIn, moment: str) -> None:
    report = told(cast.analyst, at=NOW)
    assert signed_in("analyst").get(f"/desk/?after={said_as([moment, str(report.pk)])}").status_code == 200
