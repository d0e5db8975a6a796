"""The twelfth report is never the first: what the desk says of a report before anybody has said who its people are."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings

from fourfold import journey
from fourfold.access import services as access
from fourfold.audit import queries as audit_queries
from fourfold.audit.models import Entry
from fourfold.cases import queries as case_queries
from fourfold.cases import services as cases
from fourfold.cases.models import Case, PossibleAct
from fourfold.cases.queries import desk as desk_queries
from fourfold.cases.terms import Level, SetBy
from fourfold.intake import services as intake
from fourfold.intake.models import Allegation
from fourfold.intake.terms import Behaviour, Urgency
from fourfold.linkage import services as linkage
from fourfold.linkage import shared_keys
from fourfold.orders.terms import OrderKind
from fourfold.people import services as people
from fourfold.people.terms import Part, PersonDetails
from fourfold.support.terms import Readers
from fourfold.web import desk_lists, worklist
from tests.cases.builders import told
from tests.cast import NOW, Cast
from tests.intake.feeds import feed, row, small, text_of
from tests.orders.builders import case_of, condition_of, served, told_breach
from tests.support.diaries import open_diary, write
from tests.web.conftest import SignIn
from tests.web.test_desk import read

pytestmark = pytest.mark.django_db

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LATER = NOW + DAY
#: The list, and twice what the unit holds: of those first in the queue, and of the page; each with its entry in the log.
QUEUE = 28
#: The day of each, with what the unit holds of the newest reports: however many those are.
DAYS = {"analyst": 25, "coordinator": 29}
#: As a referral names them: the victim's name and day of birth, and the subject's.
THEM = {
    "victim_name": "Nora Quill",
    "victim_birth": "3 May 1985",
    "subject_name": "Dean Marlow",
    "subject_birth": "11 February 1979",
}


@pytest.fixture(autouse=True)
def _on_the_day_of_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    own = settings.FOURFOLD
    monkeypatch.setattr(settings, "FOURFOLD", own.model_copy(update={"app_clock": LATER.isoformat()}))


def refer(signed_in: SignIn, name: str = "officer", **said: str) -> str:
    """Refer something through the page, and return where the desk reads it."""
    answer = signed_in(name).post("/refer/", {"words": "Flowers were left on the step again.", **THEM, **said})
    assert answer.status_code == 303
    return "/desk/" + answer["Location"].rstrip("/").rpartition("/")[2] + "/"


def waiting(cast: Cast, count: int) -> list[Allegation]:
    kept = [told(cast.analyst, at=NOW - (count - n) * DAY, words=f"Number {n}.") for n in range(count)]
    cases.keep_summaries(actor=cast.analyst, site="northmoor", at=NOW)
    return kept


def dangerous(cast: Cast) -> Case:
    """Open their case, set it to very high, and have an order served two minutes before now."""
    case = case_of(cast)
    cases.set_level(actor=cast.officer, case=case, level=Level.VERY_HIGH, set_in=SetBy.PROFESSIONAL, at=NOW - 30 * DAY)
    served(cast, case, OrderKind.SPO_INTERIM, at=LATER - 2 * HOUR - timedelta(minutes=2))
    return case


def test_the_twelfth_report_says_that_eleven_wait_before_anybody_put_a_person_on_record(
    cast: Cast, signed_in: SignIn
) -> None:
    waiting(cast, 11)
    said = read(signed_in("analyst"), refer(signed_in))
    assert "11 waiting reports share the victim’s name" in said
    assert "first known act" not in said
    assert "not yet a course of conduct" not in said
    assert "12 acts in" in said
    assert "With the reports that may belong here: a course of conduct in law" in said
    assert "Repeated: 12 acts in" in said
    assert "The recording rule may expect stalking" in said
    assert said.index("What the unit holds") < said.index("As told")
    assert "Confirmed" not in said.split("Check: FOUR")[0].replace("Not confirmed", "")


CHAIN: tuple[dict[str, str], ...] = (
    {"victim_name": "Nora Quill", "subject_name": "Dean Marlow", "subject_phone": "07700 900461"},
    {
        "victim_name": "Maud Lisle",
        "subject_name": "Dean Marlow",
        "subject_phone": "07700 900461",
        "subject_address": "4 Mill Lane, Northmoor, NM1 2AB",
        "subject_email": "waits@example.org",
    },
    {
        "victim_name": "Tilda Crane",
        "subject_address": "4 Mill Lane, Northmoor, NM1 2AB",
        "subject_email": "waits@example.org",
    },
    {"victim_name": "Ivo Ashdown", "subject_email": "another@example.org"},
)


def chained(cast: Cast, signed_in: SignIn, *keyed: bool) -> list[str]:
    """Refer four reports: the first shares a telephone with the second, which shares an address with the third."""
    nobody = dict.fromkeys(THEM, "")
    places = [refer(signed_in, words=f"Number {n}.", **(nobody | one)) for n, one in enumerate(CHAIN)]
    if keyed:
        cases.keep_summaries(actor=cast.analyst, site="northmoor", at=LATER)
    return places


def reference_at(place: str) -> str:
    return str(Allegation.objects.unscoped("a test").get(pk=place.split("/")[2]).reference)


def test_where_more_share_something_than_are_compared_the_page_says_so(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting(cast, 4)
    place = refer(signed_in)
    whole = read(signed_in("analyst"), place)
    monkeypatch.setattr("fourfold.cases.queries.held_near.MOST_WEIGHED", 3)
    some = read(signed_in("analyst"), place)
    assert "4 waiting reports share" in whole
    assert "there may be more" not in whole
    assert "4 waiting reports share" not in some
    assert "Only the reports that share most with it were compared: there may be more" in some


def test_reports_that_just_came_in_and_are_all_compared_are_no_sign_of_more(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        told(cast.analyst, at=NOW)
    monkeypatch.setattr("fourfold.cases.queries.held_near.MOST_WEIGHED", 3)
    said = read(signed_in("analyst"), refer(signed_in))
    assert "4 waiting reports share" in said
    assert "there may be more" not in said


CROSSED = "before somebody who reads how the victim is reached has asked whose it is"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"subject_phone": "07700 900461"}, {"victim_phone": "+44 7700 900461"}),
        ({"victim_email": "nora@example.org"}, {"subject_email": "Nora@example.org"}),
        (
            {"subject_address": "4 Mill Lane, Northmoor, NM1 2AB"},
            {"victim_address": "4 Mill Lane, Northmoor, NM1 2AB", "subject_name": ""},
        ),
        ({"victim_vehicle": "AB12 CDE"}, {"subject_vehicle": "ab12cde", "victim_name": "Maud Lisle"}),
    ],
)
def test_what_reaches_the_victim_in_one_report_and_the_subject_in_another_is_said_first(
    cast: Cast, signed_in: SignIn, first: dict[str, str], second: dict[str, str]
) -> None:
    """To whoever does not read how the victim is reached without what and where: the other side would say the value."""
    one = refer(signed_in, **first)
    before = read(signed_in("analyst"), one)
    other = refer(signed_in, "clinician", words="A letter came.", **second)
    shown = read(signed_in("analyst"), other)
    assert "is told elsewhere as the other’s. Use no number" in shown
    assert f"is told in {reference_at(one)} as" not in shown
    assert shown.index(CROSSED) < shown.index("waiting report")
    assert CROSSED not in before
    assert CROSSED in read(signed_in("analyst"), one)
    hidden = UUID(one.split("/")[2])
    access.set_wall(actor=cast.governance, files=[hidden], staff=cast.staff["analyst"].pk, reason="kin", at=NOW)
    assert CROSSED not in read(signed_in("analyst"), other), "behind a wall it says nothing"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"subject_phone": "07700 900461"}, {"victim_phone": "07700 900461", "subject_phone": "07700 900461"}),
        ({"subject_phone": "07700 900461"}, {"victim_name": "Ivo Ashdown", "subject_name": "Jo Ek", "victim_phone": "07700 900461"}),
        ({"subject_phone": "07700 900461"}, {"victim_name": "Dean Marlow", "subject_name": "Nora Quill", "victim_phone": "07700 900461"}),
        ({"victim_vehicle": "AB12 CDE"}, {"words": "He scratched AB12 CDE."}),
    ],
)  # fmt: skip
def test_what_is_told_of_both_of_other_people_in_turn_or_in_words_crosses_nothing(
    cast: Cast, signed_in: SignIn, first: dict[str, str], second: dict[str, str]
) -> None:
    refer(signed_in, **first)
    assert CROSSED not in read(signed_in("analyst"), refer(signed_in, "clinician", **{"words": "A letter.", **second}))


def test_the_value_is_shown_to_whoever_reads_how_the_victim_is_reached(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    told(cast.analyst, subject_phone="07700 900461", words="Calls.")
    other = told(cast.analyst, victim_phone="07700 900461", words="A letter came.")
    cases.keep_summaries(actor=cast.analyst, site="northmoor", at=NOW)
    cases.confirm_match(actor=cast.analyst, allegation=other, part=Part.VICTIM, victim=case.victim, at=NOW)
    seen = {name: read(signed_in(name), f"/desk/{other.pk}/") for name in ("officer", "analyst")}
    assert {name: CROSSED in each for name, each in seen.items()} == {"officer": False, "analyst": True}
    assert "What is told here as the victim’s telephone number is told in" in seen["officer"]
    assert "do not use it before somebody has asked whose it is" in seen["officer"]
    lines = {name: each.split("What the unit holds")[1].split("As told")[0] for name, each in seen.items()}
    assert {name: "07700900461" in each or "7700900461" in each for name, each in lines.items()} == {
        "officer": True,
        "analyst": False,
    }


def test_what_hangs_only_on_another_waiting_report_is_named_with_that_report(cast: Cast, signed_in: SignIn) -> None:
    first, second, third, apart = chained(cast, signed_in, True)
    said = read(signed_in("analyst"), first)
    assert "1 waiting report shares the subject’s name and the subject’s telephone number" in said, said
    assert "Through them 1 more waiting report, which may tell of the people of one of these" in said
    assert f"the subject’s mailbox, the subject’s address, with {reference_at(second)}" in said
    assert f'href="{third}"' in signed_in("analyst").get(first).content.decode()
    assert reference_at(apart) not in said
    assert "Through them" not in read(signed_in("analyst"), second), "both share something with it itself"


def test_nothing_hangs_on_a_report_behind_a_wall(cast: Cast, signed_in: SignIn) -> None:
    first, second, _, _ = chained(cast, signed_in, True)
    hidden = Allegation.objects.unscoped("a test").get(pk=second.split("/")[2])
    before = read(signed_in("analyst"), first)
    access.set_wall(actor=cast.governance, files=[hidden.pk], staff=cast.staff["analyst"].pk, reason="kin", at=NOW)
    said = read(signed_in("analyst"), first)
    assert "Through them" in before
    assert "Through them" not in said
    assert "waiting report" not in said


def test_what_comes_behind_a_wall_moves_nothing_of_what_hangs_on_others(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not counted among those who bear a key: where two may, a third that is hidden would end the chain."""
    monkeypatch.setattr(shared_keys, "FEW", 2)
    first, *_ = chained(cast, signed_in, True)
    before = read(signed_in("analyst"), first)
    hidden = refer(signed_in, **dict.fromkeys(THEM, "") | CHAIN[2] | {"victim_name": "Zelda Zorn"}).split("/")[2]
    cases.keep_summaries(actor=cast.analyst, site="northmoor", at=LATER)
    access.set_wall(actor=cast.governance, files=[UUID(hidden)], staff=cast.staff["analyst"].pk, reason="kin", at=NOW)
    assert "Through them 1 more waiting report" in before
    assert read(signed_in("analyst"), first) == before


def test_the_subject_of_an_open_case_and_the_order_in_force_stand_at_the_top(cast: Cast, signed_in: SignIn) -> None:
    case = dangerous(cast)
    said = read(signed_in("analyst"), refer(signed_in))
    assert f"Would be an act under the interim stalking protection order of {case.reference}" in said
    assert "(2 min ago)" in said
    assert "You must not contact her" in said
    assert f"Seems to name the victim and the subject of open case {case.reference} (very high)" in said
    assert "Act now" in said
    assert "Was this a breach?" in said
    assert "Unwanted: it happened under the" in said
    assert "first known act" not in said


def test_a_breach_that_names_nobody_stands_with_what_names_an_open_case(cast: Cast, signed_in: SignIn) -> None:
    """Whoever records a breach names no people: the case is known, and the report waits at the desk."""
    case = case_of(cast)
    order = served(cast, case, OrderKind.SPO_INTERIM, at=LATER - 2 * HOUR)
    journey.breach_reported(actor=cast.officer, condition=condition_of(order), told=told_breach(at=LATER), at=LATER)
    said = read(signed_in("analyst"), "/desk/")
    first, _, rest = said.partition("All others, newest first")
    assert f"Names the victim and the subject of open case {case.reference}" in first
    assert "victim not named in the report" in first
    assert f"open case {case.reference}" not in rest


def test_the_day_says_of_a_breach_what_the_desk_says(cast: Cast, signed_in: SignIn) -> None:
    """It is an act of the case already, names nobody by itself, and waits at the desk all the same."""
    case = case_of(cast)
    order = served(cast, case, OrderKind.SPO_INTERIM, at=LATER - 2 * HOUR)
    journey.breach_reported(actor=cast.officer, condition=condition_of(order), told=told_breach(at=LATER), at=LATER)
    says = f"s recorded as a breach of condition 2 of the interim stalking protection order in {case.reference}"
    for name, page in (("analyst", "/"), ("officer", "/?show=unit"), ("analyst", "/desk/")):
        said = read(signed_in(name), page)
        assert says in said, page
        assert f"ames the victim and the subject of open case {case.reference}" in said, page


def test_the_day_says_what_the_desk_says_of_what_names_no_open_case(cast: Cast, signed_in: SignIn) -> None:
    waiting(cast, 4)
    assert read(signed_in("analyst"), "/").count("3 waiting reports may tell of the same people") == 4


def test_the_desk_says_why_it_is_as_urgent_as_it_says(cast: Cast, signed_in: SignIn) -> None:
    case = dangerous(cast)
    said = read(signed_in("analyst"), refer(signed_in))
    assert "Act now" in said
    assert (
        f"Why it is marked “now”: would be an act under the interim stalking protection order in {case.reference};"
        in said
    )
    assert "marked “soon”" not in said


@pytest.mark.parametrize(
    ("subject", "pattern"),
    [
        ("Dean Marlow", "2 acts on one day, 1 recording class, if the reports below are of the same people"),
        ("Ivo Ashdown", "1 act, and the unit holds more that may belong to it"),
    ],
)
def test_another_act_of_the_victim_is_of_this_subject_only_once_somebody_says_so(
    cast: Cast, signed_in: SignIn, subject: str, pattern: str
) -> None:
    """A victim may have two subjects: one act of each is no course of conduct."""
    case = case_of(cast)
    happened = Allegation.objects.unscoped("a test").get().occurred_from
    row = told(cast.analyst, at=LATER, happened=happened, subject_name=subject, subject_birth="", subject_phone="")
    cases.confirm_match(actor=cast.analyst, allegation=row, part=Part.VICTIM, victim=case.victim, at=LATER)
    said = read(signed_in("analyst"), f"/desk/{row.pk}/")
    assert f"Pattern: {pattern}" in said
    assert "Two or more acts: a course of conduct in law." not in said
    assert "The recording rule expects stalking" not in said.replace("the recording rule expects stalking", "")


@pytest.mark.parametrize("victim", ["Nora Quill", ""])
def test_whoever_attaches_a_report_can_say_on_its_page_what_its_class_is(
    cast: Cast, signed_in: SignIn, victim: str
) -> None:
    """Whether or not anything of it is alike: what refuses to let it leave stands there to be answered."""
    case, analyst = case_of(cast), signed_in("analyst")
    nobody = dict.fromkeys(("victim_birth", "victim_phone", "subject_name", "subject_birth", "subject_phone"), "")
    row = told(cast.analyst, at=LATER, **nobody | {"victim_name": victim})  # type: ignore[arg-type]
    if victim:
        cases.confirm_match(actor=cast.analyst, allegation=row, part=Part.VICTIM, victim=case.victim, at=LATER)
    sent = {"outcome": "panel", "reason": "It is the same course.", "case": case.reference, "once": "1"}
    answer = analyst.post(f"/desk/{row.pk}/triage/", sent)
    assert answer.status_code == 422
    assert 'name="reclassification_asked"' in answer.content.decode()
    answer = analyst.post(f"/desk/{row.pk}/triage/", sent | {"reclassification_asked": "yes", "once": "2"})
    assert answer.status_code == 303, answer.content.decode()[-1500:]


def test_it_says_act_now_only_while_it_waits(cast: Cast, signed_in: SignIn) -> None:
    dangerous(cast)
    place, analyst = refer(signed_in), signed_in("analyst")
    assert "Act now" in read(analyst, place)
    sent = {"outcome": "advice_only", "reason": "Known already.", "once": "1", "class_kept_because": "It is right."}
    answer = analyst.post(f"{place}triage/", sent)
    assert answer.status_code == 303, answer.content.decode()[-1500:]
    said = read(analyst, place)
    assert "Left the desk: advice only" in said
    assert "Act now" not in said


def test_what_somebody_confirmed_may_no_longer_be(cast: Cast, signed_in: SignIn) -> None:
    case, analyst = case_of(cast), signed_in("analyst")
    place = refer(signed_in)
    before = read(analyst, place)
    assert "Fixated: 1 other report may be of the same person" in before
    assert "1 earlier report shares the victim’s name" in before
    row = Allegation.objects.unscoped("a test").get(pk=place.split("/")[2])
    for part in Part:
        them = {part.value: getattr(case, part.value)}
        cases.confirm_match(actor=cast.analyst, allegation=row, part=part, at=LATER, **them)  # type: ignore[arg-type]
    said = read(analyst, place)
    assert "1 earlier report tells of the same people." in said
    assert "Fixated: 1 other report is of the same person against the same victim" in said
    assert "earlier report may" not in said
    assert "1 earlier report tells of the same people" in read(analyst, "/desk/")


@pytest.mark.parametrize(
    ("told_as", "says"),
    [
        ("Nora Quillan", "shares a name like the victim’s, the victim’s date of birth"),
        ("Quill, Nora", "shares the victim’s name, the victim’s date of birth"),
    ],
)
def test_a_name_that_is_only_like_another_is_not_said_to_be_shared(
    cast: Cast, signed_in: SignIn, told_as: str, says: str
) -> None:
    waiting(cast, 1)
    assert f"1 waiting report {says}" in read(signed_in("analyst"), refer(signed_in, victim_name=told_as))


@pytest.mark.parametrize(
    ("when", "says"),
    [
        ({}, "nobody told when it happened"),
        ({"happened-day": "20"}, "happened 20 November 2026, time not known (5 days ago)"),
        ({"happened-day": "20", "happened-time": "18:30"}, "happened 20 November 2026, 18:30 (5 days ago)"),
    ],
)
def test_how_long_ago_is_said_of_the_telling_and_of_the_event(
    signed_in: SignIn, when: dict[str, str], says: str
) -> None:
    day = when | {"happened-month": "11", "happened-year": "2026"} if when else {}
    said = read(signed_in("analyst"), refer(signed_in, **day))
    assert re.search(rf"Told 25 November 2026, \d\d:\d\d \(now\), .*?referral · {re.escape(says)}", said), said[:600]


def test_a_former_partner_in_the_other_report_is_not_asked_for_again(cast: Cast, signed_in: SignIn) -> None:
    day = {"happened-day": "20", "happened-month": "11", "happened-year": "2026"}
    refer(signed_in, "second_officer", former_partner="yes", words="Forty texts in a night.", **day)
    cases.keep_summaries(actor=cast.analyst, site="northmoor", at=LATER)
    said = read(signed_in("analyst"), refer(signed_in, words="Both wing mirrors were broken overnight."))
    assert "one of 2 acts by a former partner" in said
    assert "Ask whether they were partners" not in said


def test_what_happened_before_the_order_was_served_is_no_act_under_it(cast: Cast, signed_in: SignIn) -> None:
    case = dangerous(cast)
    before = told(cast.analyst, at=LATER, happened=NOW - 10 * DAY)
    said = read(signed_in("analyst"), f"/desk/{before.pk}/")
    assert case.reference in said
    assert "Would be an act under" not in said
    assert "Was this a breach?" not in said


def test_a_report_of_nobody_whom_the_unit_knows_may_be_called_the_first(cast: Cast, signed_in: SignIn) -> None:
    dangerous(cast)
    said = read(
        signed_in("analyst"),
        refer(signed_in, victim_name="Ada Poole", victim_birth="1 May 1990", subject_name="", subject_birth=""),
    )
    assert "Nothing that you may see names the same people" in said
    assert "The first known act between these people" in said
    assert "One act is known: not yet a course of conduct." in said


def test_whoever_is_walled_off_reads_as_if_nothing_were_held(cast: Cast, signed_in: SignIn) -> None:
    case = dangerous(cast)
    acts = list(Allegation.objects.unscoped("a test").values_list("pk", flat=True))
    files = [case.pk, case.victim_id, case.subject_id, *acts]
    access.set_wall(actor=cast.governance, files=files, staff=cast.second_officer.staff, at=NOW)
    stranger = refer(signed_in, victim_name="Ada Poole", victim_birth="", subject_name="D. M.", subject_birth="")
    said = read(signed_in("second_officer"), stranger)
    assert case.reference not in said
    assert "Nothing that you may see names the same people" in said


def test_the_same_words_stand_whichever_door_the_report_came_by(cast: Cast, signed_in: SignIn) -> None:
    waiting(cast, 2)
    mine = refer(signed_in)
    fed = told(cast.analyst, at=NOW)
    for place in (mine, f"/desk/{fed.pk}/"):
        assert re.search(r"3 waiting reports share the victim’s name", read(signed_in("analyst"), place))


def test_an_act_is_as_serious_on_every_page_once_a_behaviour_was_confirmed(cast: Cast, signed_in: SignIn) -> None:
    """Confirmed at the desk after it joined: the desk, the pattern, the list of a course and the panel say one figure."""
    case = case_of(cast)
    act = Allegation.objects.unscoped("a test").get()
    assert "1 of 3" in read(signed_in("analyst"), f"/desk/{act.pk}/")
    cases.judge_behaviour(actor=cast.analyst, allegation=act, behaviour=Behaviour.THREATENS, shown=True, at=NOW)
    for place in (f"/desk/{act.pk}/", f"/cases/{case.reference}/", f"/people/subjects/{case.subject_id}/"):
        said = read(signed_in("officer"), place)
        assert "3 of 3" in said, place
        assert "1 of 3" not in said, place


def test_confirmed_stands_only_where_somebody_confirmed_both_people(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    unnamed = told(cast.analyst, at=NOW, subject_name="", subject_birth="", subject_sex="", subject_phone="")
    cases.confirm_match(actor=cast.analyst, allegation=unnamed, part=Part.VICTIM, victim=case.victim, at=NOW)
    said = read(signed_in("analyst"), f"/desk/{unnamed.pk}/")
    table = said[said.index("These acts, newest first") :]
    assert table.count("Not confirmed") == 1
    assert table.replace("Not confirmed", "").count("Confirmed") == 1


# ---- the queue -----------------------------------------------------------------------------------------------------


def test_what_names_the_subject_under_an_order_stands_first_however_much_came_since(
    cast: Cast, signed_in: SignIn
) -> None:
    case = dangerous(cast)
    refer(signed_in)
    for n in range(3):
        stranger = {"victim_name": f"Ada Poole{n}", "victim_birth": "", "victim_phone": ""}
        told(cast.analyst, at=LATER + n * HOUR, subject_name="", subject_birth="", subject_phone="", **stranger)  # type: ignore[arg-type]
    client = signed_in("analyst")
    said = read(client, "/desk/")
    first = said[said.index("First: these seem to name somebody in an open case") :]
    assert first.index(case.reference) < first.index("Ada Poole")
    assert f"Would be an act under the interim stalking protection order in {case.reference}" in first
    assert f"Seems to name the victim and the subject of open case {case.reference} (very high)" in first
    assert "now Would be" in first
    assert first.count(f"of open case {case.reference}") == 1, "a report stands once on the page"
    today = read(client, "/?show=unit")
    assert "would be an act under" in today.lower(), today


def test_what_says_danger_now_stands_above_all_that_came_since(cast: Cast, signed_in: SignIn) -> None:
    """Also where more came since than one page holds, and nothing names somebody of a case."""
    told(cast.analyst, at=NOW, victim_name="Ada Poole", urgency=Urgency.NOW)
    stranger = {"victim_birth": "", "victim_phone": "", "subject_name": "", "subject_birth": "", "subject_phone": ""}
    told(cast.analyst, at=LATER, **{**stranger, "victim_name": "Bo Marsh"}, words="A card on the step.")
    said = read(signed_in("analyst"), "/desk/")
    assert "First: these say danger now, or seem to name" in said
    assert said.index("Ada Poole") < said.index("All others, newest first") < said.index("Bo Marsh")


def test_a_later_version_that_says_danger_now_lifts_its_report(cast: Cast, signed_in: SignIn, tmp_path: Path) -> None:
    """A force that adds the weapon later changed the foot of the report's page, and nothing by which a desk works."""
    for weapon in ("N", "Y"):
        usual = {"Name": "Ada Poole", "Told": "24/11/2026 09:00", "When": "24/11/2026 08:00"}
        path = feed(tmp_path, text_of([row("T-1", **usual, Weapon=weapon)]), f"{weapon}.csv")
        journey.feed_brought(actor=cast.analyst, path=path, mapping=small(), site="northmoor", at=NOW)
    told(cast.analyst, at=LATER, victim_name="Bo Marsh", victim_birth="", victim_phone="", subject_name="")
    client = signed_in("analyst")
    said = read(client, "/desk/")
    assert said.index("Ada Poole") < said.index("All others, newest first") < said.index("Bo Marsh")
    assert "now A later version says: weapon recorded" in said
    listed = case_queries.untriaged(actor=cast.analyst, at=LATER, urgency=Urgency.NOW)
    assert [row.reference for row in listed] == ["T-1"], "in the list too, where sixty others stand before it"
    own = read(client, f"/desk/{Allegation.objects.unscoped('a test').get(reference='T-1').pk}/")
    assert "Act now" in own
    assert "a later version says: weapon recorded" in own
    assert "a later version says: weapon recorded" in read(client, "/?show=unit").lower()


def test_a_danger_told_by_a_later_version_is_late_by_that_version(cast: Cast, tmp_path: Path) -> None:
    """The first version of a report allows days; the later one, which tells of suicide, hours from when it came."""
    for hour, story in enumerate(("Sent a card", "Sent a card and spoke of suicide")):
        told_so = text_of([row("T-1", Name="Ada Poole", Told="24/11/2026 09:00", When="24/11/2026 08:00", Story=story)])
        path = feed(tmp_path, told_so, f"{hour}.csv")
        journey.feed_brought(actor=cast.analyst, path=path, mapping=small(), site="northmoor", at=NOW + hour * HOUR)
    says = "Find somebody for 1 report at the desk"
    days = {hours: worklist.today(cast.coordinator, NOW + hours * HOUR) for hours in (8, 9, 10, 200)}
    late = {hours: any(row.what == says for row in (day.first, *day.rows) if row) for hours, day in days.items()}
    assert late == {8: False, 9: False, 10: True, 200: True}


def test_a_row_says_how_many_others_wait_about_the_same_people(cast: Cast, signed_in: SignIn) -> None:
    waiting(cast, 4)
    said = read(signed_in("analyst"), "/desk/")
    assert said.count("3 waiting reports may tell of the same people") == 4
    assert "First: these seem" not in said, "no case is open"


def test_whoever_may_not_open_the_case_reads_the_queue_as_if_it_were_not_there(cast: Cast, signed_in: SignIn) -> None:
    case = dangerous(cast)
    refer(signed_in)
    acts = list(Allegation.objects.unscoped("a test").values_list("pk", flat=True))
    files = [case.pk, case.victim_id, case.subject_id, *acts[:1]]
    access.set_wall(actor=cast.governance, files=files, staff=cast.second_officer.staff, at=NOW)
    said = read(signed_in("second_officer"), "/desk/")
    assert case.reference not in said
    assert "First: these seem" not in said


def test_a_bare_number_of_a_victim_ranks_nothing_for_the_desk(cast: Cast, signed_in: SignIn) -> None:
    case = dangerous(cast)
    nobody = {"victim_name": "", "victim_birth": "", "subject_name": "", "subject_birth": ""}
    refer(signed_in, **nobody, victim_phone="07700 900123", victim_email="")
    said = read(signed_in("analyst"), "/desk/")
    assert case.reference not in said
    assert "First: these seem" not in said


def test_the_queue_costs_the_same_for_few_and_many(
    cast: Cast, signed_in: SignIn, django_assert_max_num_queries: object
) -> None:
    dangerous(cast)
    client = signed_in("analyst")
    for _ in range(2):
        for n in range(6):
            told(cast.analyst, at=NOW + timedelta(minutes=n))
        cases.keep_summaries(actor=cast.analyst, site="northmoor", at=NOW)
        client.get("/desk/")
        with django_assert_max_num_queries(QUEUE):  # type: ignore[operator]
            client.get("/desk/")


@pytest.mark.parametrize("name", DAYS)
def test_a_day_costs_the_same_for_few_reports_and_many(
    cast: Cast, signed_in: SignIn, name: str, django_assert_max_num_queries: object
) -> None:
    dangerous(cast)
    client = signed_in(name)
    for _ in range(2):
        for n in range(6):
            told(cast.analyst, at=NOW + timedelta(minutes=n))
        cases.keep_summaries(actor=cast.analyst, site="northmoor", at=NOW)
        client.get("/")
        with django_assert_max_num_queries(DAYS[name]):  # type: ignore[operator]
            said = client.get("/").content.decode()
    assert said.count("waiting reports may tell of the same people") >= 12


# ---- what the victim wrote ------------------------------------------------------------------------------------------

UNDER = "ould be an act under the interim stalking protection order"


def test_an_entry_of_the_diary_would_be_an_act_under_the_order_until_somebody_says_it_was_another(
    cast: Cast, signed_in: SignIn
) -> None:
    case = dangerous(cast)
    report = diary_entry(cast, case)
    page = f"/desk/{report.pk}/"
    said = read(signed_in("analyst"), page)
    assert UNDER in said
    assert f"omes from the diary of open case {case.reference} (very high)" in said
    assert f"names the victim of open case {case.reference}" not in said
    linkage.reject_match(
        actor=cast.analyst, allegation=report, part=Part.SUBJECT, subject=case.subject, reason="A cousin.", at=LATER
    )
    said = read(signed_in("analyst"), page)
    assert UNDER not in said
    assert f"of open case {case.reference} (very high)" in said


def test_what_would_be_an_act_under_an_order_stands_on_the_day_of_its_officer_alone(
    cast: Cast, signed_in: SignIn
) -> None:
    case = case_of(cast)
    served(cast, case, OrderKind.SPO_INTERIM)
    diary_entry(cast, case)
    assert UNDER in read(signed_in("officer"), "/?show=mine")
    assert UNDER not in read(signed_in("second_officer"), "/?show=mine")


def diary_entry(cast: Cast, case: Case) -> Allegation:
    entry = write(
        open_diary(cast, case, at=LATER), readers=Readers.UNIT, at=LATER, occurred_from=LATER - timedelta(minutes=1)
    )
    return Allegation.objects.unscoped("test").get(diary_entry__entry=entry)


# ---- what is only part of it ----------------------------------------------------------------------------------------


def test_a_page_that_shows_the_ten_closest_says_that_there_may_be_more(cast: Cast, signed_in: SignIn) -> None:
    report = told(cast.analyst, at=NOW)
    for _ in range(9):
        him = PersonDetails(name="Dean Marlow", birth="11/02/1979")
        people.register_subject(actor=cast.analyst, site="northmoor", told=him, at=NOW)
    page = f"/desk/{report.pk}/"
    assert "Subject: 9 people on record could be meant" in read(signed_in("analyst"), page)
    for _ in range(3):
        people.register_subject(actor=cast.analyst, site="northmoor", told=him, at=NOW)
    said = read(signed_in("analyst"), page)
    assert "Subject: 10 people or more on record could be meant" in said
    assert "The 10 whose records are closest stand here. Find others by name" in said


def test_a_possible_course_of_one_occasion_is_never_called_none(cast: Cast, signed_in: SignIn) -> None:
    for _ in range(2):
        report = told(cast.analyst, at=NOW)
    cases.keep_summaries(actor=cast.analyst, site="northmoor", at=NOW)
    cases.find_courses(actor=cast.analyst, site="northmoor", at=NOW)
    course = PossibleAct.objects.unscoped("test").filter(allegation=report).values_list("course", flat=True)[0]
    said = read(signed_in("analyst"), f"/desk/courses/{course}/")
    assert "These reports tell of one occasion. Read on the page of each what else the unit holds." in said
    assert "not yet a course" not in said


@pytest.mark.parametrize("name", ["officer", "clinician", "outreach", "advocate"])
def test_what_any_profession_refers_waits_at_the_desk_for_everybody_but_its_author(
    cast: Cast, signed_in: SignIn, name: str
) -> None:
    page = refer(signed_in, name)
    report = Allegation.objects.unscoped("test").get()
    for reader in ("analyst", "coordinator", "second_officer"):
        assert report.reference in read(signed_in(reader), page)
        assert report.reference in read(signed_in(reader), "/desk/")
    assert report.reference in read(signed_in("analyst"), "/")
    assert signed_in(name).get(page).status_code == 404
    assert report.reference in read(signed_in(name), "/refer/answers/")


def test_what_a_partner_referred_before_the_host_held_it_is_at_the_desk_after_the_upgrade(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fourfold.intake.services.receiving.for_the_unit", lambda actor, site: actor)
    page = refer(signed_in, "clinician")
    monkeypatch.undo()
    report = Allegation.objects.unscoped("test").get()
    assert report.controller == "northmoor-nhs"
    analyst = signed_in("analyst")
    assert analyst.get(page).status_code == 404
    assert report.reference not in read(analyst, "/desk/")
    journey.reports_came(actor=cast.analyst, site="northmoor", at=NOW)
    assert report.reference in read(analyst, page)
    assert report.reference in read(analyst, "/desk/")
    assert signed_in("clinician").get(page).status_code == 404
    assert signed_in("olu").get(page).status_code == 404
    assert audit_queries.verify().clean
    entries = Entry.objects.count()
    assert intake.open_to_desk(actor=cast.analyst, site="northmoor", at=NOW) == 0
    assert Entry.objects.count() == entries
    access.set_wall(actor=cast.governance, files=[report.pk], staff=cast.staff["analyst"].pk, reason="kin", at=NOW)
    assert analyst.get(page).status_code == 404


def test_more_than_a_thousand_that_are_late_are_not_counted_and_the_day_says_so(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(3):
        told(cast.analyst, at=NOW, urgency=Urgency.TODAY if n else Urgency.SOON)
    days = {}
    for most in (3, 2):
        monkeypatch.setattr(desk_queries, "MOST_LATE", most)
        monkeypatch.setattr(desk_lists, "MOST_LATE", most)
        day = worklist.today(cast.coordinator, NOW + 80 * HOUR)
        days[most] = {str(row.what) for row in (day.first, *day.rows) if row}
    assert "Find somebody for 3 reports at the desk" in days[3]
    assert "Find somebody for more than 2 reports at the desk" in days[2]


def test_where_nothing_else_is_overdue_the_reports_past_their_time_stand_above(cast: Cast, signed_in: SignIn) -> None:
    for n in range(22):
        told(cast.analyst, at=NOW - (150 if n < 2 else 0) * HOUR, victim_name=f"Ada {n}", subject_name="")
    said = read(signed_in("analyst"), "/")
    assert "More reports wait at the desk 2 are past their time Past their time. " in said
    assert "1+ things of your own are overdue." in said
