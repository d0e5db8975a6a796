"""Which crimes of other classes look like stalking together, and why: sentences that the desk reads."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from fourfold.cases import rules
from fourfold.cases.terms import Act, LookedAt
from fourfold.intake.terms import RecordingClass
from tests.cast import NOW

DAY = timedelta(days=1)
R = RecordingClass


def looked(day, recorded=R.MALICIOUS_COMMUNICATIONS, behaviours=(), *, former=None, breach=False, **more):
    act = Act(NOW + day * DAY, recorded, former_partner=former, is_breach=breach, behaviours=behaviours)
    return LookedAt(act, source=more.pop("source", "crimes"), **more)


def said(*acts, **more):
    return [why.says for why in rules.why_stalking(acts, **more)]


def test_a_former_partner_and_three_kinds_of_acts_are_listed_with_every_reason():
    reasons = said(
        looked(0, behaviours=("contacts",), former=True, names_subject=True),
        looked(9, R.CRIMINAL_DAMAGE, ("interferes",), names_subject=True),
        looked(30, R.HARASSMENT, ("follows", "contacts"), source="southmere crimes"),
    )
    assert reasons == [
        "a former partner is reported: the recording rule expects stalking",
        "3 of the Act's seven examples in the words: follows, contacts, interferes",
        "3 occasions in 30 days: a course of conduct in law",
        "recorded under 3 classes, none of them stalking: malicious communications, criminal damage, harassment",
        "reported by 2 forces or partners, and each sees only its own part",
        "the same person is named in 2 of them",
        "2 of them recorded as offences that are common in stalking",
        "the methods changed 2 times",
        "two of them within thirty days",
    ]


@pytest.mark.parametrize(
    ("why", "acts"),
    [
        ("one occasion", [looked(0, former=True, behaviours=("follows", "watches"))]),
        ("two records of one moment", [looked(0, former=True), looked(0, R.HARASSMENT, former=True)]),
        ("two thefts by nobody known", [looked(0, R.THEFT), looked(40, R.THEFT)]),
        ("many thefts of one shop", [looked(day, R.THEFT) for day in range(0, 300, 5)]),
        ("recorded as stalking", [looked(0), looked(1), looked(2, R.STALKING, former=True)]),
        ("stalking among the included", [looked(0, former=True), looked(1, R.ASSAULT, included=("8Q",))]),
        ("two after one recorded as stalking", [looked(0, R.STALKING), looked(5), looked(9, former=True)]),
    ],
)
def test_what_is_not_listed(why, acts):
    assert said(*acts) == [], why


def test_three_other_records_after_one_of_stalking_bring_it_back():
    acts = [looked(0, R.STALKING), *(looked(day, former=True, behaviours=("contacts",)) for day in (10, 20, 30))]
    assert said(*acts)[0].startswith("a former partner")
    assert "3 occasions in 20 days: a course of conduct in law" in said(*acts)


def test_the_rule_that_is_named_is_the_one_of_its_day():
    long_ago = [looked(-4_000, former=True, behaviours=("follows",)), looked(-3_990, former=True)]
    [reason] = [why for why in said(*long_ago) if "former partner" in why]
    assert "expects stalking" not in reason


def test_more_acts_never_weigh_less():
    acts = [looked(day, behaviours=("contacts",), former=True) for day in range(0, 400, 7)]
    weights = [sum(why.points for why in rules.why_stalking(acts[:count])) for count in (2, 3, 8, 25)]
    assert weights == sorted(weights)


def test_a_breach_a_danger_and_somebody_near_her_are_reasons():
    reasons = said(looked(0, breach=True, dangers=("a knife",)), looked(3, behaviours=("follows",)), third_parties=2)
    assert "an order, bail or an injunction was broken in 1 of them" in reasons
    assert "the words mention a knife" in reasons
    assert "2 more against somebody in the victim's household, by the same person" in reasons


ACTS = [looked(day, R.HARASSMENT, ("contacts",), names_subject=True) for day in (0, 9, 30)]
DOORS = ("NM11AA 12", "NM11AA 14")
NOISE = "Shouting about the noise again."


@pytest.mark.parametrize(
    ("why", "change", "answered", "takes"),
    [
        ("nothing", {}, 1, 0),
        ("both report each other as often", {}, 2, -5),
        ("next door", {"doors": DOORS}, 0, -3),
        ("next door in a street without a postcode", {"doors": ("3 mill road ely", "5 mill road ely")}, 0, -3),
        ("one household", {"doors": (DOORS[0], DOORS[0])}, 0, 0),
        ("a door that nobody told", {"doors": ("", DOORS[0])}, 0, 0),
        ("a neighbour by what was told", {"relationship": "Former neighbour"}, 0, -3),
        ("noise, and nothing that a quarrel does not bring", {"words": NOISE}, 0, -8),
        ("a neighbour who saw it, and a fence", {"words": "A neighbour saw him climb the fence."}, 0, 0),
        ("all three", {"doors": DOORS, "words": NOISE}, 3, -16),
    ],
)
def test_what_speaks_for_a_quarrel_takes_points_away_and_nothing_from_the_reasons(why, change, answered, takes):
    plain = rules.why_stalking(ACTS)
    found = rules.why_stalking([replace(act, **change) for act in ACTS], answered=answered)
    assert sum(one.points for one in found if one.points < 0) == takes, why
    assert [one for one in found if one.points > 0] == list(plain), "no reason is lost by it"
    assert rules.points_of(found) == max(1, rules.points_of(plain) + takes)


@pytest.mark.parametrize(
    "more",
    [
        {"behaviours": ("watches", "contacts")},
        {"former": True},
        {"breach": True},
        {"dangers": ("weapon",)},
        {"words": ""},
    ],
    ids=["somebody watches", "a former partner", "a broken order", "a weapon", "nobody wrote what happened"],
)
def test_one_report_of_more_than_a_quarrel_keeps_the_others_from_counting_as_one(more):
    last = looked(40, R.HARASSMENT, more.pop("behaviours", ("contacts",)), **{"words": NOISE, **more})
    noise = [replace(act, words=NOISE) for act in ACTS]
    alone, beside = (
        [why.points for why in rules.why_stalking(acts) if why.points < 0] for acts in (noise, [*noise, last])
    )
    assert (alone, beside) == ([-5, -3], [-3])


def test_what_one_evening_holds_may_be_one_incident_and_a_former_partner_outweighs_it():
    evening = [looked(hour / 24, R.HARASSMENT, ("contacts",), names_subject=True) for hour in (0, 2)]
    assert 0 < rules.points_of(rules.why_stalking(evening)) < rules.LISTED_FROM
    known = [replace(each, act=replace(each.act, former_partner=True)) for each in evening]
    assert rules.points_of(rules.why_stalking(known)) >= rules.LISTED_FROM


@pytest.mark.parametrize(
    ("danger", "signs", "listed"),
    [("weapon", {}, True), ("weapon", {"doors": DOORS}, False), ("a child", {}, False), ("", {}, False)],
)
def test_one_sign_of_a_quarrel_moves_no_course_down_that_tells_of_danger(danger, signs, listed):
    told = {"words": NOISE, "names_subject": True, "dangers": (danger,) if danger else (), **signs}
    two = [looked(day, R.HARASSMENT, ("contacts",), **told) for day in (0, 9)]
    assert (rules.points_of(rules.why_stalking(two)) >= rules.LISTED_FROM) is listed
