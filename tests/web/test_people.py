"""A person's pattern across cases and forces: acts, orders, who by whom to whom; and no victim named on a subject's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from pytest_django import DjangoAssertNumQueries

from fourfold.access import services as access
from fourfold.access.services import set_wall
from fourfold.access.terms import RelationKind
from fourfold.audit.models import Entry
from fourfold.cases import services as cases
from fourfold.cases.models import Case
from fourfold.cases.queries import person_pattern
from fourfold.linkage import queries as linkage
from fourfold.orders import queries as orders
from fourfold.people import services as people
from fourfold.people.models import MarkWithdrawn, SubjectMark
from fourfold.people.terms import MarkKind, Part
from tests.cases.builders import further_act, known, open_case, told, triaged
from tests.cast import NOW, Cast, assign
from tests.chance import without_chance
from tests.orders.builders import served
from tests.people.test_records import ANNA, anna
from tests.people.test_same import first_act
from tests.web.conftest import SignIn
from tests.web.test_desk import read

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
LATER = NOW + 9 * DAY
ADA = {"victim_name": "Ada Brindlecott", "victim_birth": "1 May 1990", "victim_phone": ""}


@pytest.fixture(autouse=True)
def _on_the_day_of_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    own = settings.FOURFOLD
    monkeypatch.setattr(settings, "FOURFOLD", own.model_copy(update={"app_clock": LATER.isoformat()}))


def two_cases(cast: Cast):  # type: ignore[no-untyped-def]
    """Open two cases of one subject: of Nora with three acts, and of Ada with one."""
    first = open_case(cast, words="He waited at 4 Larkspindle Lane.", behaviours=[])
    for day in (1, 2):
        further_act(cast, first, at=NOW + day * DAY)
    hers = told(cast.analyst, at=NOW + 3 * DAY, **ADA)
    known(cast, hers, subject=first.subject, at=NOW + 3 * DAY)
    return first, triaged(cast, hers, at=NOW + 3 * DAY)


def test_a_subjects_pattern_joins_his_victims_and_names_none(cast: Cast, signed_in: SignIn) -> None:
    first, second = two_cases(cast)
    assign(
        actor=cast.coordinator,
        case=first,
        staff=cast.staff["advocate"].pk,
        kind=RelationKind.ADVOCATE,
        at=NOW + 3 * DAY,
    )
    served(cast, first, at=NOW + 4 * DAY)
    said = read(signed_in("officer"), f"/people/subjects/{first.subject_id}/")
    assert "4 acts in 3 days, 2 victims" in said
    assert f"the victim of {first.reference}" in said
    assert f"the victim of {second.reference}" in said
    assert "stalking protection order" in said.lower()
    for hers in ("Nora", "Quill", "Ada", "Larkspindle", "900123"):
        assert hers not in said, hers


def test_a_victims_pattern_joins_her_subjects(cast: Cast, signed_in: SignIn) -> None:
    first, _ = two_cases(cast)
    other = told(cast.analyst, at=NOW + 4 * DAY, subject_name="Karl Obern", subject_birth="", subject_phone="")
    known(cast, other, victim=first.victim, at=NOW + 4 * DAY)
    said = read(signed_in("officer"), f"/people/victims/{first.victim_id}/")
    assert "4 acts in 4 days, 2 subjects" in said
    assert "Karl Obern" in said
    assert "Larkspindle" not in said


def test_another_site_and_a_wall_find_nobody(cast: Cast, signed_in: SignIn) -> None:
    first, second = two_cases(cast)
    olu = signed_in("olu")
    for address in (f"/people/victims/{first.victim_id}/", f"/people/subjects/{first.subject_id}/"):
        assert olu.get(address).status_code == 404
    cases.wall_off(actor=cast.governance, case=second, staff=cast.second_officer.staff, at=NOW, reason="A cousin.")
    walled = cast.second_officer
    found = person_pattern.subject_pattern(actor=cast.officer, subject=first.subject_id, at=LATER)
    assert (len(found.facts), found.others) == (4, 2)
    try:
        his = person_pattern.subject_pattern(actor=walled, subject=first.subject_id, at=LATER)
    except person_pattern.NotFound:
        return
    assert (len(his.facts), his.others, [reference for _, reference in his.cases]) == (3, 1, [first.reference])


def test_the_pattern_costs_the_same_for_few_acts_and_many(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    first, _ = two_cases(cast)
    cases.keep_summaries(actor=cast.analyst, site="northmoor", at=LATER)
    actor = cast.officer
    person_pattern.subject_pattern(actor=actor, subject=first.subject_id, at=LATER)  # a process reads names once
    for _ in range(2):
        with django_assert_num_queries(6 + 5):
            person_pattern.subject_pattern(actor=actor, subject=first.subject_id, at=LATER)
        for day in (4, 5):
            further_act(cast, first, at=NOW + day * DAY)
        cases.keep_summaries(actor=cast.analyst, site="northmoor", at=LATER)


# ---- what he is known by


def record_of(case: Case) -> str:
    return f"/people/subjects/{case.subject_id}/record/"


def marks() -> set[tuple[str, str, bool]]:
    rows = SubjectMark.objects.unscoped("test").exclude(kind="phone")
    return set(rows.values_list("kind", "value", "of_associate"))


@pytest.mark.parametrize(
    ("kind", "value"),
    [("other name", "Ty Ash"), ("vehicle", "AB12 CDE"), ("account", "instagram: dean_m"), ("account", "@dean_m")],
)
def test_an_officer_puts_another_name_a_car_or_an_account_on_record(
    cast: Cast, signed_in: SignIn, kind: str, value: str
) -> None:
    case = open_case(cast)
    client = signed_in("officer")
    for sent in (1, 2):  # the second time by the same key: kept once
        answer = client.post(record_of(case), {"once": "k", "kind": kind, "value": value})
        assert (answer.status_code, answer["Location"]) == (303, record_of(case)), sent
    assert marks() == {(kind, value, False)}
    for address in (record_of(case), f"/cases/{case.reference}/subject/"):
        assert value in read(client, address)
    assert Entry.objects.filter(action="mark.added", file=case.subject_id).count() == 1


def test_what_belongs_to_somebody_near_him_says_so(cast: Cast, signed_in: SignIn) -> None:
    case, client = open_case(cast), signed_in("officer")
    client.post(record_of(case), {"kind": "vehicle", "value": "AB12 CDE", "of_associate": "yes"})
    assert marks() == {("vehicle", "AB12 CDE", True)}
    assert "AB12 CDE (somebody close to the subject)" in read(client, record_of(case))


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({}, "kind", "Choose what it is"),
        ({"kind": "vehicle"}, "value", "Write it"),
        ({"kind": "vehicle", "value": "a blue Ford"}, "value", "This is not a number plate. Write it as AB12 CDE."),
        ({"kind": "other name", "value": "Spud"}, "value", "This is not a full name."),
        ({"kind": "account", "value": "instagram:"}, "value", "Write the name of the account."),
        ({"kind": "account", "value": "x" * 201}, "value", "200 characters or fewer"),
        ({"kind": "address", "value": "4 Larkspindle Lane"}, "kind", "Choose one of the answers shown"),
        ({"kind": "shoe", "value": "x"}, "kind", "Choose one of the answers shown"),
        ({"kind": "other name", "value": "Ty Ash", "of_associate": "yes"}, "of_associate", "not the subject&#39;s"),
    ],
)
def test_what_cannot_be_kept_is_said_at_the_field_and_stays_as_typed(
    cast: Cast, signed_in: SignIn, typed: dict[str, str], field: str, said: str
) -> None:
    case = open_case(cast)
    answer = signed_in("officer").post(record_of(case), typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'href="#{field}"' in page
    assert said in page
    assert typed.get("value", "") in page
    assert not marks()


def test_what_is_on_record_already_is_not_put_there_twice(cast: Cast, signed_in: SignIn) -> None:
    case, client = open_case(cast), signed_in("officer")
    client.post(record_of(case), {"kind": "vehicle", "value": "AB12 CDE"})
    answer = client.post(record_of(case), {"kind": "vehicle", "value": "ab12cde"})
    assert answer.status_code == 422
    assert "This is already on record." in answer.content.decode()
    assert len(marks()) == 1


def test_the_next_report_of_his_alias_or_his_car_leads_to_him(cast: Cast, signed_in: SignIn) -> None:
    case, client = open_case(cast), signed_in("officer")
    unnamed = {"subject_name": "Ty Ash", "subject_birth": "", "subject_phone": "", "words": "He came in AB12 CDE."}
    later = told(cast.analyst, at=NOW + DAY, **unnamed)
    assert linkage.candidates(cast.analyst, later, Part.SUBJECT, at=LATER) == []
    for kind, value in (("other name", "Ty Ash"), ("vehicle", "AB12 CDE")):
        client.post(record_of(case), {"kind": kind, "value": value})
    [found] = linkage.candidates(cast.analyst, later, Part.SUBJECT, at=LATER)
    assert found.id == case.subject_id
    assert {"name", "vehicle"} <= found.comparison.levels.keys()


HERS = {
    "address": "17 Larch Close, Wexcombe, WX1 4QT",
    "account": "quillnora",
    "vehicle": "KX19 NRA",
}


def test_where_a_victim_is_stands_on_no_record_of_his_whatever_was_typed(cast: Cast, signed_in: SignIn) -> None:
    """Also one whose case nobody opened: her report is confirmed to be about him."""
    case, client = open_case(cast), signed_in("officer")
    hers = told(cast.analyst, at=NOW + DAY, **ADA)
    ada, _ = known(cast, hers, subject=case.subject, at=NOW + DAY)
    for kind, value in HERS.items():
        people.add_reach(actor=cast.analyst, victim=ada, kind=MarkKind(kind), value=value, at=NOW)
    people.add_reach(
        actor=cast.analyst, victim=case.victim, kind=MarkKind.ADDRESS, value="4 Lantern Row, NM1 2AB", at=NOW
    )
    for kind, value in (
        ("account", "facebook: quillnora"),
        ("account", "4 Lantern Row"),
        ("vehicle", "KX19 NRA"),
        ("other name", "Dean of 17 Larch Close"),
    ):
        assert client.post(record_of(case), {"kind": kind, "value": value}).status_code == 303
    said = read(client, record_of(case))
    assert "[withheld]" in said
    for canary in ("quillnora", "KX19", "Larch", "Lantern", "NM1"):
        assert canary not in without_chance(said), canary
    assert "Lantern" not in read(client, f"/cases/{case.reference}/subject/")


@pytest.mark.parametrize("name", ["olu", "station_officer"])
def test_another_site_has_no_record_of_him(cast: Cast, signed_in: SignIn, name: str) -> None:
    case, client = open_case(cast), signed_in(name)
    assert client.get(record_of(case)).status_code == 404
    assert client.post(record_of(case), {"kind": "vehicle", "value": "AB12 CDE"}).status_code == 404
    assert not marks()


@pytest.mark.parametrize("name", ["advocate", "clinician", "outreach", "governance"])
def test_whoever_does_not_say_who_is_who_adds_nothing_and_sees_no_link(
    cast: Cast, signed_in: SignIn, name: str
) -> None:
    case, client = open_case(cast), signed_in(name)
    assert client.post(record_of(case), {"kind": "vehicle", "value": "AB12 CDE"}).status_code == 403
    for address in (f"/people/subjects/{case.subject_id}/", f"/cases/{case.reference}/subject/"):
        assert record_of(case) not in client.get(address).content.decode()
    assert not marks()


def test_his_page_and_his_pattern_lead_to_his_record(cast: Cast, signed_in: SignIn) -> None:
    case, client = open_case(cast), signed_in("officer")
    for address in (f"/people/subjects/{case.subject_id}/", f"/cases/{case.reference}/subject/"):
        assert record_of(case) in client.get(address).content.decode()


def test_his_record_costs_the_same_whatever_is_on_it(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    case, actor = open_case(cast), cast.officer
    for round in range(3):
        marks = [
            people.add_mark(actor=actor, subject=case.subject, kind=MarkKind.ACCOUNT, value=f"dean{round}{n}", at=NOW)
            for n in range(3)
        ]
        people.withdraw_mark(actor=actor, subject=case.subject, mark=marks[0].pk, reason="Not his.", at=NOW)
        with django_assert_num_queries(15 + 5):
            orders.subject_record(actor=actor, subject=case.subject_id, at=LATER)


# ---- what was put there by mistake


def with_a_car(cast: Cast) -> tuple[Case, SubjectMark]:
    case = open_case(cast)
    mark = people.add_mark(
        actor=cast.officer, subject=case.subject, kind=MarkKind.VEHICLE, value="AB12 CDE", at=NOW + DAY
    )
    return case, mark


def test_an_officer_withdraws_a_car_and_brings_it_back_and_the_page_says_both(cast: Cast, signed_in: SignIn) -> None:
    case, mark = with_a_car(cast)
    client, officer = signed_in("officer"), cast.staff["officer"].name
    later = told(cast.analyst, at=NOW + DAY, subject_name="", subject_birth="", subject_phone="", words="In AB12 CDE.")

    def leads_to_him() -> bool:
        return bool(linkage.candidates(cast.analyst, later, Part.SUBJECT, at=LATER))

    assert leads_to_him()
    for sent in (1, 2):  # the second time by the same key: kept once
        said = {"once": "k", "mark": mark.pk, "reason": "It is the neighbour's."}
        answer = client.post(f"{record_of(case)}withdraw/", said)
        assert (answer.status_code, answer["Location"]) == (303, record_of(case)), sent
    page = read(client, record_of(case))
    assert page.index("Withdrawn") < page.index("AB12 CDE")
    assert f"Withdrawn by {officer}" in page
    assert "It is the neighbour's." in page
    assert "AB12 CDE" not in read(client, f"/cases/{case.reference}/subject/")
    assert not leads_to_him()
    answer = client.post(f"{record_of(case)}undo/", {"mark": mark.pk, "reason": "He drove it."})
    assert (answer.status_code, answer["Location"]) == (303, record_of(case))
    page = read(client, record_of(case))
    assert page.index("AB12 CDE") < page.index("Withdrawn by")
    assert f"Undone by {officer}" in page
    assert "He drove it." in page
    assert leads_to_him()
    assert Entry.objects.filter(action="mark.withdrawn", file=case.subject_id).count() == 1


@pytest.mark.parametrize("what", ["withdraw", "undo"])
def test_without_a_reason_nothing_changes_and_the_field_says_so(cast: Cast, signed_in: SignIn, what: str) -> None:
    case, mark = with_a_car(cast)
    client = signed_in("officer")
    if what == "undo":
        client.post(f"{record_of(case)}withdraw/", {"mark": mark.pk, "reason": "Not his."})
    answer = client.post(f"{record_of(case)}{what}/", {"mark": mark.pk, "reason": " "})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'href="#reason"' in page
    assert page.count('id="reason"') == 1
    assert f'action="{record_of(case)}"' in page, "what is put on record from here goes where it is kept"
    assert MarkWithdrawn.objects.unscoped("test").filter(undone_at=None).count() == (what == "undo")


@pytest.mark.parametrize("what", ["withdraw", "undo"])
def test_whoever_is_second_is_told_so(cast: Cast, signed_in: SignIn, what: str) -> None:
    case, mark = with_a_car(cast)
    client, said = signed_in("officer"), {"mark": mark.pk, "reason": "Not his."}
    client.post(f"{record_of(case)}withdraw/", said)
    if what == "undo":
        client.post(f"{record_of(case)}undo/", said)
    answer = client.post(f"{record_of(case)}{what}/", said)
    assert answer.status_code == 422
    assert "already. Open the page again." in answer.content.decode()


def test_what_was_withdrawn_never_says_where_a_victim_is(cast: Cast, signed_in: SignIn) -> None:
    """What was typed on the wrong record is often hers; so may be the reason."""
    case, client = open_case(cast), signed_in("officer")
    typed = {
        MarkKind.ADDRESS: "Flat 2, 17 Larch Close, Wexcombe, WX1 4QT",
        MarkKind.PHONE: "07700 900888",
        MarkKind.ACCOUNT: "quillnora",
    }
    marks = [
        people.add_mark(actor=cast.officer, subject=case.subject, kind=kind, value=value, at=NOW)
        for kind, value in typed.items()
    ]
    for kind, value in (HERS | {"phone": "07700900888"}).items():
        people.add_reach(actor=cast.analyst, victim=case.victim, kind=MarkKind(kind), value=value, at=NOW)
    for mark in marks:
        client.post(f"{record_of(case)}withdraw/", {"mark": mark.pk, "reason": "She is at 17 Larch Close."})
    client.post(f"{record_of(case)}undo/", {"mark": marks[1].pk, "reason": "No: Larch Close."})
    client.post(f"{record_of(case)}withdraw/", {"mark": marks[1].pk, "reason": "It is 07700 900 888."})
    said = read(client, record_of(case))
    assert said.count("Withdrawn by") == 4
    for canary in ("Larch", "Wexcombe", "WX1", "900888", "900 888", "quillnora"):
        assert canary not in without_chance(said), canary


@pytest.mark.parametrize(("name", "status"), [("olu", 404), ("station_officer", 404), ("advocate", 403)])
def test_nobody_else_withdraws_or_brings_back(cast: Cast, signed_in: SignIn, name: str, status: int) -> None:
    case, mark = with_a_car(cast)
    client = signed_in(name)
    for what in ("withdraw", "undo"):
        said = {"mark": mark.pk, "reason": "No."}
        assert client.post(f"{record_of(case)}{what}/", said).status_code == status
    assert not MarkWithdrawn.objects.unscoped("test").exists()


def test_a_wall_keeps_what_was_withdrawn_closed(cast: Cast, signed_in: SignIn) -> None:
    case, mark = with_a_car(cast)
    people.withdraw_mark(actor=cast.officer, subject=case.subject, mark=mark.pk, reason="Not his.", at=NOW + DAY)
    cases.wall_off(actor=cast.governance, case=case, staff=cast.second_officer.staff, at=NOW, reason="A cousin.")
    set_wall(actor=cast.governance, files=[case.subject_id], staff=cast.second_officer.staff, at=NOW)
    client = signed_in("second_officer")
    assert client.get(record_of(case)).status_code == 404
    assert client.post(f"{record_of(case)}undo/", {"mark": mark.pk, "reason": "His."}).status_code == 404
    assert MarkWithdrawn.objects.unscoped("test").get().undone_at is None


# ---- one record that holds two people ----------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["victim", "subject"])
def test_a_record_that_holds_two_people_is_split_on_its_page(cast: Cast, signed_in: SignIn, part: str) -> None:
    case = open_case(cast)
    first = first_act(case)
    mistaken = further_act(cast, case, at=NOW + DAY)
    cases.wall_off(actor=cast.governance, case=case, staff=cast.second_officer.staff, at=NOW, reason="A cousin.")
    person = getattr(case, f"{part}_id")
    page, client = f"/people/{part}s/{person}/", signed_in("officer")
    assert "Split a record that holds two people" in read(client, page)
    for sent, words in (
        ({"reason": "A namesake."}, "Choose the reports"),
        ({"allegations": mistaken.pk}, "Say how you know"),
        ({"allegations": [mistaken.pk, first.pk], "reason": "A namesake."}, "Leave at least one"),
    ):
        answer = client.post(f"{page}split/", {"once": "k", **sent})
        assert (answer.status_code, words in answer.content.decode()) == (422, True)
    sent = {"allegations": mistaken.pk, "reason": "A namesake.", "once": "k"}
    led = {client.post(f"{page}split/", sent)["Location"] for _ in (1, 2)}
    new = linkage.people_of(mistaken.pk)[0 if part == "victim" else 1]
    assert new is not None
    assert led == {f"/people/{part}s/{new.pk}/"}
    case.refresh_from_db()
    assert (case.acts, new.pk == person) == (1, False)
    alone = read(client, page)
    assert "2 acts" not in alone
    assert "1 act on one day, " in alone
    assert "methods changed" not in alone
    assert "Split a record that holds two people" not in read(client, page), "one report cannot be split"
    assert signed_in("second_officer").get(f"/people/{part}s/{new.pk}/").status_code == 404, (
        "the wall may be about them"
    )
    assert client.get(f"/desk/records/{part}/{person}/{new.pk}/").status_code == 200
    assert "two people" in read(client, f"/desk/records/{part}/{person}/{new.pk}/")


def test_whoever_may_undo_nothing_splits_nothing(cast: Cast, signed_in: SignIn) -> None:
    case = open_case(cast)
    further_act(cast, case, at=NOW + DAY)
    page = f"/people/victims/{case.victim_id}/"
    for name, status in (("outreach", 403), ("olu", 404)):
        assert signed_in(name).post(f"{page}split/", {"once": "k"}).status_code == status
    assert "Split a record that holds two people" not in read(signed_in("outreach"), page)


def test_the_page_of_a_victim_says_who_it_is_and_to_nobody_how_to_reach_them(cast: Cast, signed_in: SignIn) -> None:
    victim = anna(cast)
    access.relate(actor=cast.coordinator, file=victim.pk, staff=cast.officer.staff, kind=RelationKind.OIC, at=NOW)
    for name in ("analyst", "officer"):
        shown = read(signed_in(name), f"/people/victims/{victim.pk}/")
        assert "Anna Karlsen" in shown
        assert not [told for told in (ANNA.phone, ANNA.email, ANNA.address) if told.casefold() in shown.casefold()]
        assert "victim_contact" not in Entry.objects.latest("seq").body
