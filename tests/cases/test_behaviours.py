"""Behaviours: word rules propose, a person confirms or rejects, and it can be undone; nothing is decided by a rule."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fourfold.access.models import Wall
from fourfold.access.terms import NotFound, Refused
from fourfold.audit.models import Entry
from fourfold.cases import queries, rules
from fourfold.cases import services as cases
from fourfold.cases.models import BehaviourJudged, CaseAct, Summary
from fourfold.cases.queries.behaviours import Standing
from fourfold.intake.terms import Behaviour, Manner
from tests.cases.builders import known, open_case, told
from tests.cast import NOW

DAY = timedelta(days=1)
B = Behaviour
WORDS = "He followed her home. She fears he may hack her phone. A neighbour saw him watching the flat."


@pytest.mark.parametrize(
    ("told_", "proposed", "judged", "kinds"),
    [
        (["contacts"], [B.FOLLOWS], {}, ["contacts"]),
        ([], [B.FOLLOWS, B.WATCHES], {}, ["follows", "watches"]),
        ([], [B.FOLLOWS, B.WATCHES], {B.FOLLOWS: False}, ["watches"]),
        (["contacts"], [B.FOLLOWS], {B.FOLLOWS: True}, ["contacts", "follows"]),
        (["contacts"], [], {B.CONTACTS: False}, []),
        ([], [], {B.LOITERS: True}, ["loiters"]),
    ],
)
def test_what_an_act_is_held_to_show(told_, proposed, judged, kinds):
    assert [str(kind) for kind in rules.kinds(told_, proposed, judged)] == kinds


@pytest.fixture
def read(cast):
    """Tell one act in words alone, and return it with a way to read its behaviours."""
    allegation = told(cast.analyst, words=WORDS, behaviours=[])

    def standing():
        page = queries.desk_page(actor=cast.analyst, allegation_id=allegation.pk, at=NOW + DAY)
        return {one.behaviour: one for one in page.behaviours}

    return allegation, standing


def judge(cast, allegation, behaviour, shown, **more):
    return cases.judge_behaviour(
        actor=more.pop("actor", cast.analyst), allegation=allegation, behaviour=behaviour, shown=shown, at=NOW, **more
    )


@pytest.mark.django_db
def test_the_words_propose_with_their_manner_and_mark_what_is_only_feared(read):
    _, standing = read
    shown = standing()
    assert shown[B.FOLLOWS].standing is Standing.PROPOSED
    assert shown[B.FOLLOWS].evidence == (("followed", Manner.TOLD),)
    assert shown[B.MONITORS].standing is Standing.MARKED
    assert shown[B.WATCHES].evidence == (("watching", Manner.REPORTED),)
    assert [one.example for one in shown.values()] == [True, True, True]


@pytest.mark.django_db
def test_a_person_confirms_rejects_and_undoes_and_every_count_follows(cast, read):
    allegation, standing = read
    case = open_case(cast)
    known(cast, allegation, case.victim, case.subject)
    cases.join_act(actor=cast.analyst, case=case, allegation=allegation, at=NOW)

    def counted():
        course = queries.pattern(actor=cast.officer, reference=case.reference, at=NOW + DAY).course
        return dict(course.kinds)

    assert counted() == {"contacts": 1, "follows": 1, "watches": 1}
    rejected = judge(cast, allegation, B.FOLLOWS, False)
    judge(cast, allegation, B.MONITORS, True)
    assert counted() == {"contacts": 1, "watches": 1, "monitors": 1}
    assert (standing()[B.FOLLOWS].standing, standing()[B.MONITORS].standing) == (
        Standing.REJECTED,
        Standing.CONFIRMED,
    )
    assert rejected.evidence == "followed"
    cases.undo_behaviour(actor=cast.officer, judged=rejected, reason="Read again.", at=NOW + DAY)
    assert counted() == {"contacts": 1, "follows": 1, "watches": 1, "monitors": 1}
    rejected.refresh_from_db()
    assert (rejected.undone_by, rejected.undone_because) == (cast.officer.staff, "Read again.")
    assert CaseAct.objects.unscoped("a test").filter(allegation=allegation).count() == 1


@pytest.mark.django_db
def test_each_judgement_is_an_entry_of_its_own(cast, read):
    allegation, _ = read
    undone = judge(cast, allegation, B.FOLLOWS, False)
    cases.undo_behaviour(actor=cast.analyst, judged=undone, reason="Read again.", at=NOW)
    judge(cast, allegation, B.FOLLOWS, True)
    said = Entry.objects.filter(action__startswith="behaviour.").order_by("seq").values_list("action", flat=True)
    assert list(said) == ["behaviour.rejected", "behaviour.undone", "behaviour.confirmed"]


@pytest.mark.django_db
def test_it_is_judged_once_and_what_the_teller_recorded_is_rejected_with_a_reason_only(cast):
    allegation = told(cast.analyst)
    with pytest.raises(ValueError, match="The person who reported this recorded it"):
        judge(cast, allegation, B.CONTACTS, False)
    judge(cast, allegation, B.CONTACTS, False, reason="The florist's mistake.")
    with pytest.raises(ValueError, match="Undo that first"):
        judge(cast, allegation, B.CONTACTS, True)
    judged = BehaviourJudged.objects.unscoped("a test").get()
    cases.undo_behaviour(actor=cast.analyst, judged=judged, reason="Twice over.", at=NOW)
    with pytest.raises(ValueError, match="already undone"):
        cases.undo_behaviour(actor=cast.analyst, judged=judged, reason="Twice over.", at=NOW)


@pytest.mark.django_db
def test_another_site_a_wall_and_whoever_does_not_screen_judge_nothing(cast, read):
    allegation, _ = read
    with pytest.raises(NotFound):
        judge(cast, allegation, B.FOLLOWS, True, actor=cast.olu)
    Wall.objects.create(
        file=allegation.pk,
        staff=cast.staff["second_officer"],
        kind="assigned",
        from_at=NOW,
        set_by=cast.governance.staff,
    )
    with pytest.raises(NotFound):
        judge(cast, allegation, B.FOLLOWS, True, actor=cast.second_officer)
    with pytest.raises(Refused):
        judge(cast, allegation, B.FOLLOWS, True, actor=cast.advocate)
    judged = judge(cast, allegation, B.FOLLOWS, True)
    with pytest.raises(NotFound):
        queries.behaviour_judged(cast.olu, judged.pk, at=NOW)
    assert Summary.objects.unscoped("a test").get(allegation=allegation).kinds == ["follows", "watches"]
