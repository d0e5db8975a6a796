"""Whom an allegation concerns: proposed with evidence, decided by a person, undone without a trace in any count."""

from datetime import timedelta

import pytest

from fourfold.access.models import Agreement, Grant, Wall
from fourfold.access.services import set_wall
from fourfold.access.terms import NotFound, Permission, Refused, bits
from fourfold.audit import queries as audit_queries
from fourfold.audit.models import Entry
from fourfold.cases.queries.said_of_reports import said_of_people
from fourfold.cases.services import wall_off
from fourfold.linkage import queries, services
from fourfold.linkage.models import Match, Proposal
from fourfold.linkage.terms import CannotMatch, Confidence, PastMatch, Verdict
from fourfold.people import services as people
from fourfold.people.models import Subject, SubjectMark, Victim, VictimReach
from fourfold.people.queries import standing
from fourfold.people.terms import MarkKind, Part, PersonDetails
from tests.cases.builders import open_case, told
from tests.cast import NOW

LATER = NOW + timedelta(days=1)
UNTOLD = {"subject_name": "", "subject_birth": "", "subject_sex": "", "subject_phone": ""}


def rows(model, **of):
    return model.objects.unscoped("a test").filter(**of)


def confirm(cast, allegation, part, **person):
    return services.confirm_match(actor=cast.analyst, allegation=allegation, part=part, at=NOW, **person)


@pytest.fixture
def nora(cast):
    """Nora, on record with a day of birth and a number."""
    told_of_her = PersonDetails(name="Nora Quill", birth="3 May 1985", sex="F", phone="07700 900123")
    return people.register_victim(actor=cast.analyst, site="northmoor", told=told_of_her, at=NOW)


def names(cast, allegation, part=Part.VICTIM, actor=None):
    return [each.name for each in queries.candidates(actor or cast.analyst, allegation, part, at=NOW)]


# ---- proposing ----------------------------------------------------------------------------------------------------


def test_somebody_on_record_is_proposed_with_the_evidence_field_by_field(cast, nora):
    allegation = told(cast.analyst, victim_birth="3/5/85", **UNTOLD)
    [proposal] = services.propose_matches(actor=cast.analyst, allegation=allegation, at=NOW)
    assert (proposal.part, proposal.victim, proposal.probability > 0.99) == (Part.VICTIM, nora, True)
    said = {each["field"]: each["comparison"] for each in proposal.evidence}
    assert said == {
        "name": "same name",
        "birth": "same day of birth",
        "sex": "same sex",
        "phone": "same number (households share)",
    }


def test_a_proposal_never_holds_the_victims_number(cast, nora):
    allegation = told(cast.analyst, victim_address="4 Lantern Row NM1 2AB", **UNTOLD)
    [proposal] = services.propose_matches(actor=cast.analyst, allegation=allegation, at=NOW)
    assert "900123" not in repr(proposal.evidence)
    assert "Lantern" not in repr(proposal.evidence)


def test_proposing_again_adds_who_has_come_since_and_keeps_the_rest_as_it_was(cast, nora):
    allegation = told(cast.analyst, **UNTOLD)
    services.propose_matches(actor=cast.analyst, allegation=allegation, at=NOW)
    assert services.propose_matches(actor=cast.analyst, allegation=allegation, at=LATER) == []
    people.register_victim(actor=cast.analyst, site="northmoor", told=PersonDetails(name="Nora Quill"), at=LATER)
    assert len(services.propose_matches(actor=cast.analyst, allegation=allegation, at=LATER)) == 1
    assert rows(Proposal).count() == 2


@pytest.mark.parametrize(
    "said",
    [
        {"victim_name": "Norah Kwill"},
        {"victim_name": "QUILL Nora", "victim_birth": "", "victim_phone": ""},
        {"victim_name": "Nora Fairlamb", "victim_phone": ""},  # her married name, and her day of birth
        {"victim_name": "Nora Quill", "victim_birth": "5 March 1985", "victim_phone": ""},
        {"victim_name": "Nora Quill", "victim_birth": "31 February 1985", "victim_phone": ""},  # read as not known
    ],
)
def test_she_is_found_however_she_was_written_down(cast, nora, said):
    assert names(cast, told(cast.analyst, **said)) == ["Nora Quill"]


@pytest.mark.parametrize(
    "said",
    [
        {"victim_name": "Tom Quill", "victim_birth": "", "victim_sex": "M"},
        {"victim_name": "Tessa Dunmore", "victim_birth": "1 June 1990", "victim_phone": ""},
        {"victim_name": "unknown", "victim_birth": "", "victim_phone": "", "victim_sex": ""},
    ],
)
def test_others_are_not_proposed_for_her(cast, nora, said):
    assert names(cast, told(cast.analyst, **said)) == []


def test_a_known_subject_is_found_by_a_number_plate_in_the_words(cast):
    subject = people.register_subject(
        actor=cast.analyst, site="northmoor", told=PersonDetails(name="Dean Marlow"), at=NOW
    )
    people.add_mark(actor=cast.analyst, subject=subject, kind=MarkKind.VEHICLE, value="AB12 CDE", at=NOW)
    allegation = told(cast.analyst, words="A grey car, AB12CDE, stood there again.", **UNTOLD)
    assert names(cast, allegation, Part.SUBJECT) == ["Dean Marlow"]


def test_a_subject_whom_nobody_can_name_is_proposed_to_nobody(cast):
    people.register_subject(actor=cast.analyst, site="northmoor", told=None, at=NOW)
    assert names(cast, told(cast.analyst), Part.SUBJECT) == []


def test_people_of_another_site_are_not_compared(cast):
    people.register_victim(actor=cast.olu, site="southmere", told=PersonDetails(name="Nora Quill"), at=NOW)
    assert names(cast, told(cast.analyst)) == []


def test_somebody_behind_a_wall_is_not_there(cast, nora):
    allegation = told(cast.analyst)
    set_wall(actor=cast.governance, files=[nora.pk], staff=cast.second_officer.staff, at=NOW)
    assert names(cast, allegation, actor=cast.second_officer) == []
    assert names(cast, allegation, actor=cast.officer) == ["Nora Quill"]
    with pytest.raises(NotFound):
        queries.candidate(cast.second_officer, allegation, Part.VICTIM, nora.pk, at=NOW)
    with pytest.raises(NotFound):
        services.confirm_match(actor=cast.second_officer, allegation=allegation, part=Part.VICTIM, victim=nora, at=NOW)


def test_a_wall_around_somebody_likely_stands_around_the_allegation_before_anybody_confirms(cast, nora):
    set_wall(actor=cast.governance, files=[nora.pk], staff=cast.second_officer.staff, at=NOW)
    allegation = told(cast.analyst, victim_birth="3/5/85", **UNTOLD)
    services.propose_matches(actor=cast.analyst, allegation=allegation, at=NOW)
    seen = type(allegation).objects.visible_to
    assert not seen(cast.second_officer, at=LATER).filter(pk=allegation.pk).exists()
    assert seen(cast.officer, at=LATER).filter(pk=allegation.pk).exists()
    with pytest.raises(NotFound):
        queries.open_allegation(cast.second_officer, allegation, at=LATER)
    assert set(Wall.objects.filter(file=allegation.pk).values_list("kind", flat=True)) == {"provisional"}


def test_proposing_again_builds_no_second_wall_and_takes_in_one_that_came_since(cast, nora):
    allegation = told(cast.analyst, victim_birth="3/5/85", **UNTOLD)
    services.propose_matches(actor=cast.analyst, allegation=allegation, at=NOW)
    assert not Wall.objects.filter(file=allegation.pk).exists()
    set_wall(actor=cast.governance, files=[nora.pk], staff=cast.second_officer.staff, at=NOW)
    for _ in range(2):
        services.propose_matches(actor=cast.analyst, allegation=allegation, at=LATER)
    assert Wall.objects.filter(file=allegation.pk).count() == 1
    assert audit_queries.verify().clean


def test_what_a_feed_brought_is_walled_without_anybody_proposing_it(cast, nora):
    set_wall(actor=cast.governance, files=[nora.pk], staff=cast.second_officer.staff, at=NOW)
    about_her, about_another = (
        told(cast.analyst, victim_birth="3/5/85", **UNTOLD),
        told(cast.analyst, victim_name="Bo Ash"),
    )
    assert not Wall.objects.filter(file=about_her.pk).exists()
    assert services.wall_what_came(actor=cast.analyst, site="northmoor", at=NOW) == 1
    assert not type(about_her).objects.visible_to(cast.second_officer, at=LATER).filter(pk=about_her.pk).exists()
    assert type(about_her).objects.visible_to(cast.second_officer, at=LATER).filter(pk=about_another.pk).exists()
    assert services.wall_what_came(actor=cast.analyst, site="northmoor", at=LATER) == 0
    assert audit_queries.verify().clean


def test_a_wall_set_later_reaches_what_waits_at_the_desk(cast):
    case = open_case(cast)
    waiting = told(cast.analyst)
    wall_off(actor=cast.governance, case=case, staff=cast.second_officer.staff, reason="a cousin", at=LATER)
    later = LATER + timedelta(minutes=1)
    assert not type(waiting).objects.visible_to(cast.second_officer, at=later).filter(pk=waiting.pk).exists()
    assert type(waiting).objects.visible_to(cast.officer, at=later).filter(pk=waiting.pk).exists()


@pytest.mark.parametrize("name", ["olu", "evaluator", "administrator"])
def test_walls_are_extended_by_the_unit_or_its_governance_lead(cast, name):
    with pytest.raises(Refused):
        services.wall_what_came(actor=cast.actor(name), site="northmoor", at=NOW)


BARE = {"victim_name": "", "victim_birth": "", "victim_sex": "", "victim_phone": "+44 7700 900123", **UNTOLD}


def test_a_bare_number_finds_nobody_for_whoever_may_not_see_how_to_reach_her(cast, nora):
    allegation = told(cast.analyst, **BARE)
    for actor in (cast.analyst, cast.officer, cast.outreach, cast.advocate):
        assert names(cast, allegation, actor=actor) == []


def test_whoever_may_see_how_to_reach_her_is_brought_to_her_by_it_and_reads_no_value(cast, nora):
    allegation = told(cast.analyst, **BARE)
    [found] = queries.candidates(cast.officer, allegation, Part.VICTIM, at=NOW, reached={nora.pk})
    phone = next(each for each in found.comparison.evidence if each.field == "phone")
    assert (found.id, phone.as_told, phone.on_record) == (nora.pk, "told", "known")
    assert phone.comparison == "same number (households share)"


@pytest.mark.parametrize("victim_phone", ["07700 900123", "07700 900999"])
def test_a_number_neither_shows_nor_ranks_where_it_is_closed(cast, nora, victim_phone):
    allegation = told(cast.analyst, **UNTOLD | {"victim_phone": victim_phone})
    [found] = queries.candidates(cast.analyst, allegation, Part.VICTIM, at=NOW)
    beside = queries.candidate(cast.outreach, allegation, Part.VICTIM, nora.pk, at=NOW)
    without = told(cast.analyst, **UNTOLD | {"victim_phone": ""})
    [bare] = queries.candidates(cast.analyst, without, Part.VICTIM, at=NOW)
    assert found.comparison == beside.comparison == bare.comparison
    assert "phone" not in {each.field for each in found.comparison.evidence}


def test_two_records_are_not_compared_by_how_to_reach_either(cast, nora):
    other = people.register_victim(
        actor=cast.analyst, site="northmoor", told=PersonDetails(name="Tessa Dunmore", phone="07700 900123"), at=NOW
    )
    seen = queries.two_records(cast.analyst, Part.VICTIM, nora.pk, other.pk, at=NOW)
    assert "phone" not in {each.field for each in seen.comparison.evidence}


def test_whoever_may_not_see_the_subject_is_shown_no_candidate(cast):
    from fourfold.access.terms import Compartment

    core = bits({Compartment.CORE})
    Agreement.objects.filter(partner="northmoor-outreach").update(compartments=core)
    Grant.objects.filter(partner="northmoor-outreach").update(compartments=core)
    first = told(cast.analyst)
    confirm(cast, first, Part.SUBJECT)
    assert names(cast, told(cast.analyst), Part.SUBJECT, actor=cast.outreach) == []
    assert [each.name for each in queries.matches(cast.outreach, first, at=NOW)] == [""]


def test_looking_for_candidates_costs_the_same_for_few_and_many(cast, django_assert_num_queries):
    analyst = cast.analyst
    allegation = told(analyst, **UNTOLD)
    for count in (1, 20):
        for n in range(count):
            told_of = PersonDetails(name=f"Nora Quill{'l' * n}", birth="3 May 1985", phone="07700 900123")
            people.register_victim(actor=analyst, site="northmoor", told=told_of, at=NOW)
        with django_assert_num_queries(
            2 + 2 + 3 + 2 + 5
        ):  # open, later versions and what people are known by, keys and people and marks, seen and decisions, the log
            queries.candidates(analyst, allegation, Part.VICTIM, at=NOW)


# ---- deciding -----------------------------------------------------------------------------------------------------


def test_a_confirmed_person_is_who_the_allegation_concerns(cast, nora):
    allegation = told(cast.analyst)
    match = confirm(cast, allegation, Part.VICTIM, victim=nora, reason="Same woman.")
    assert (match.verdict, match.victim, match.decided_by) == (Verdict.SAME, nora, cast.analyst.staff)
    assert queries.people_of(allegation.pk) == (nora, None)
    assert queries.people_of_many([allegation.pk]) == {allegation.pk: (nora.pk, None)}


def test_with_nobody_named_the_person_goes_on_record_as_told(cast):
    allegation = told(cast.analyst, subject_birth="31 February 1979")
    victim = confirm(cast, allegation, Part.VICTIM).victim
    subject = confirm(cast, allegation, Part.SUBJECT).subject
    assert (victim.name, str(victim.birth_on), victim.sex) == ("Nora Quill", "1985-05-03", "F")
    assert (subject.name, subject.birth_on, subject.known) == ("Dean Marlow", None, True)
    assert rows(VictimReach, victim=victim).get().value == "07700 900123"


@pytest.mark.parametrize("name", ["", "unknown male, possibly ex", "N/K"])
def test_a_subject_of_whom_nothing_was_told_is_somebody_not_known(cast, name):
    allegation = told(cast.analyst, **UNTOLD | {"subject_name": name})
    subject = confirm(cast, allegation, Part.SUBJECT).subject
    assert (subject.known, subject.name) == (False, "subject not known")


@pytest.mark.parametrize(
    ("told_of", "part", "person", "field"),
    [
        ({"victim_name": "", "victim_birth": "", "victim_phone": "", "victim_sex": ""}, Part.VICTIM, {}, "victim"),
        ({}, Part.SUBJECT, {"victim": True}, "subject"),
    ],
)
def test_a_decision_that_names_nobody_or_the_wrong_part_is_refused(cast, nora, told_of, part, person, field):
    allegation = told(cast.analyst, **told_of)
    with pytest.raises(CannotMatch) as refused:
        confirm(cast, allegation, part, **dict.fromkeys(person, nora))
    assert refused.value.field == field
    assert not rows(Match).exists()


def test_one_part_is_one_person_until_that_is_undone(cast, nora):
    allegation = told(cast.analyst)
    confirm(cast, allegation, Part.VICTIM)
    for decide in (services.confirm_match, services.reject_match):
        with pytest.raises(CannotMatch, match="Undo that first"):
            decide(
                actor=cast.analyst,
                allegation=allegation,
                part=Part.VICTIM,
                victim=nora if decide is services.confirm_match else queries.people_of(allegation.pk)[0],
                at=NOW,
            )


def test_two_people_confirming_at_once_leave_one_confirmed(cast, nora, monkeypatch):
    allegation = told(cast.analyst)
    confirm(cast, allegation, Part.VICTIM)
    monkeypatch.setattr(queries, "people_of", lambda _: (None, None))  # the other's write came after our look
    with pytest.raises(CannotMatch, match="already confirmed"):
        confirm(cast, allegation, Part.VICTIM, victim=nora)


def test_no_and_cannot_say_are_kept_and_shown_beside_the_candidate(cast, nora):
    allegation = told(cast.analyst)
    services.cannot_say(actor=cast.analyst, allegation=allegation, part=Part.VICTIM, victim=nora, at=NOW)
    services.reject_match(
        actor=cast.officer, allegation=allegation, part=Part.VICTIM, victim=nora, reason="Her cousin.", at=LATER
    )
    [candidate] = queries.candidates(cast.analyst, allegation, Part.VICTIM, at=LATER)
    assert (candidate.verdict, candidate.comparison.confidence) == (Verdict.NOT_SAME, Confidence.STRONG)
    assert queries.people_of(allegation.pk) == (None, None)
    assert [each.verdict for each in queries.matches(cast.analyst, allegation, at=LATER)] == ["not_same", "cannot_say"]


def test_a_no_needs_somebody_on_record(cast):
    with pytest.raises(CannotMatch, match="Choose the victim"):
        services.reject_match(actor=cast.analyst, allegation=told(cast.analyst), part=Part.VICTIM, at=NOW)


# ---- learning and undoing -----------------------------------------------------------------------------------------


def test_a_number_told_of_a_known_subject_is_learned_and_finds_him_again(cast):
    first = told(cast.analyst)
    dean = confirm(cast, first, Part.SUBJECT).subject
    second = told(cast.analyst, subject_phone="07700 900555")
    confirm(cast, second, Part.SUBJECT, subject=dean)
    assert set(rows(SubjectMark, subject=dean).values_list("key", flat=True)) == {"+447700900777", "+447700900555"}
    third = told(cast.analyst, **UNTOLD | {"subject_phone": "+44 7700 900555"})
    assert names(cast, third, Part.SUBJECT) == ["Dean Marlow"]


def test_what_was_learned_from_a_match_that_was_undone_is_compared_no_more(cast):
    dean = confirm(cast, told(cast.analyst), Part.SUBJECT).subject
    second = told(cast.analyst, subject_phone="07700 900555")
    match = confirm(cast, second, Part.SUBJECT, subject=dean)
    services.undo_match(actor=cast.analyst, match=match, reason="His brother's number.", at=LATER)
    third = told(cast.analyst, **UNTOLD | {"subject_phone": "07700 900555"})
    assert names(cast, third, Part.SUBJECT) == []
    assert rows(SubjectMark, subject=dean, key="+447700900555").exists()  # and yet it stays hostile for her messages


def withdraw(cast, mark):
    people.withdraw_mark(actor=cast.analyst, subject=mark.subject, mark=mark.pk, reason="His brother's.", at=LATER)


def known_numbers(subject):
    return list(standing(rows(SubjectMark, subject=subject)).order_by("recorded_at").values_list("value", flat=True))


@pytest.mark.parametrize("registered", [True, False], ids=["told when he was put on record", "learned later"])
def test_what_was_withdrawn_is_not_learned_again_from_the_same_report(cast, registered):
    """Whether the report put him on record or taught it of a man who was there."""
    him = None if registered else people.register_subject(
        actor=cast.analyst, site="northmoor", told=PersonDetails(name="Dean Marlow"), at=NOW
    )  # fmt: skip
    report = told(cast.analyst, subject_phone="07700 900555")
    match = confirm(cast, report, Part.SUBJECT, subject=him)
    dean = match.subject
    withdraw(cast, rows(SubjectMark, subject=dean).get())
    services.undo_match(actor=cast.analyst, match=match, reason="Not sure.", at=LATER)
    services.confirm_match(actor=cast.analyst, allegation=report, part=Part.SUBJECT, subject=dean, at=LATER)
    assert known_numbers(dean) == []
    assert names(cast, told(cast.analyst, **UNTOLD | {"subject_phone": "07700 900555"}), Part.SUBJECT) == []


def test_another_report_may_teach_what_was_withdrawn(cast):
    first = told(cast.analyst, subject_phone="07700 900555")
    dean = confirm(cast, first, Part.SUBJECT).subject
    withdraw(cast, rows(SubjectMark, subject=dean).get())
    another = told(cast.analyst, subject_phone="07700 900555")
    services.confirm_match(actor=cast.analyst, allegation=another, part=Part.SUBJECT, subject=dean, at=LATER)
    assert known_numbers(dean) == ["07700 900555"]
    assert names(cast, told(cast.analyst, **UNTOLD | {"subject_phone": "07700 900555"}), Part.SUBJECT) == [
        "Dean Marlow"
    ]


def test_what_was_learned_of_a_victim_and_withdrawn_is_not_learned_again(cast, nora):
    report = told(cast.analyst, victim_phone="07700 900999")
    match = confirm(cast, report, Part.VICTIM, victim=nora)
    reach = rows(VictimReach, victim=nora, value="07700 900999").get()
    people.withdraw_reach(actor=cast.analyst, victim=nora, reach=reach.pk, reason="Her sister's.", at=LATER)
    services.undo_match(actor=cast.analyst, match=match, reason="Not sure.", at=LATER)
    services.confirm_match(actor=cast.analyst, allegation=report, part=Part.VICTIM, victim=nora, at=LATER)
    assert list(standing(rows(VictimReach, victim=nora)).values_list("value", flat=True)) == ["07700 900123"]


def test_a_way_to_reach_her_that_only_an_undone_match_taught_ends_with_it(cast, nora):
    allegation = told(cast.analyst, victim_phone="07700 900999")
    match = confirm(cast, allegation, Part.VICTIM, victim=nora)
    assert rows(VictimReach, victim=nora, ended_at=None).count() == 2
    services.undo_match(actor=cast.analyst, match=match, reason="Her cousin.", at=LATER)
    assert rows(VictimReach, victim=nora, ended_at=None).get().value == "07700 900123"


def test_undoing_keeps_the_row_with_who_and_why_and_frees_the_part(cast, nora):
    allegation = told(cast.analyst)
    match = confirm(cast, allegation, Part.VICTIM, victim=nora)
    services.undo_match(actor=cast.officer, match=match, reason="Her cousin.", at=LATER)
    assert queries.people_of(allegation.pk) == (None, None)
    [shown] = queries.matches(cast.analyst, allegation, at=LATER)
    assert (shown.undone_at, shown.undone_because, shown.name) == (LATER, "Her cousin.", "Nora Quill")
    assert confirm(cast, allegation, Part.VICTIM, victim=nora).pk != match.pk


@pytest.mark.parametrize(("reason", "field"), [("", "reason"), ("  ", "reason")])
def test_undoing_takes_a_reason(cast, nora, reason, field):
    match = confirm(cast, told(cast.analyst), Part.VICTIM, victim=nora)
    with pytest.raises(CannotMatch) as refused:
        services.undo_match(actor=cast.analyst, match=match, reason=reason, at=NOW)
    assert refused.value.field == field


def test_undoing_twice_is_refused_and_the_first_stands(cast, nora):
    match = confirm(cast, told(cast.analyst), Part.VICTIM, victim=nora)
    stale = rows(Match).get(pk=match.pk)
    services.undo_match(actor=cast.officer, match=match, reason="Her cousin.", at=NOW)
    with pytest.raises(CannotMatch, match="already been undone"):
        services.undo_match(actor=cast.analyst, match=stale, reason="Another reason.", at=LATER)
    assert rows(Match).get(pk=match.pk).undone_because == "Her cousin."


# ---- who may ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "error"), [("olu", NotFound), ("advocate", Refused), ("station_officer", NotFound)])
def test_who_may_not_decide_whom_an_allegation_concerns(cast, nora, name, error):
    allegation = told(cast.analyst)
    match = confirm(cast, allegation, Part.VICTIM, victim=nora)
    actor = getattr(cast, name)
    with pytest.raises(error):
        services.confirm_match(actor=actor, allegation=allegation, part=Part.SUBJECT, at=NOW)
    with pytest.raises(error):
        services.undo_match(actor=actor, match=match, reason="Mine.", at=NOW)
    assert rows(Match).get().undone_at is None


def test_another_site_reads_nothing_of_an_allegation(cast):
    allegation = told(cast.analyst)
    for ask in (
        lambda: queries.allegation(cast.olu, allegation.pk, at=NOW),
        lambda: queries.candidates(cast.olu, allegation, Part.VICTIM, at=NOW),
        lambda: queries.matches(cast.olu, allegation, at=NOW),
        lambda: services.propose_matches(actor=cast.olu, allegation=allegation, at=NOW),
    ):
        with pytest.raises(NotFound):
            ask()
    assert not rows(Proposal).exists()


def test_an_allegation_that_is_not_there_looks_like_one_that_is_not_mine(cast):
    with pytest.raises(NotFound):
        queries.allegation(cast.officer, cast.officer.staff, at=NOW)
    assert Entry.objects.filter(operation="refusal", actor=cast.officer.staff).exists()
    assert Permission.MATCH_CONFIRM


# ---- taking over, and the log -------------------------------------------------------------------------------------


def test_decisions_from_before_come_in_with_one_entry_a_batch(cast, nora):
    allegations = [told(cast.analyst) for _ in range(3)]
    past = [PastMatch(each.pk, NOW - timedelta(days=n), victim=nora.pk) for n, each in enumerate(allegations)]
    assert services.take_over(actor=cast.analyst, rows=iter(past), at=NOW) == 3
    assert Entry.objects.filter(action="match.taken_over").count() == 1
    assert {victim for victim, _ in queries.people_of_many(each.pk for each in allegations).values()} == {nora.pk}


def test_a_past_decision_names_one_person_and_an_allegation_of_this_unit(cast, nora):
    mine, foreign = told(cast.analyst), told(cast.olu, site="southmere")
    with pytest.raises(CannotMatch):
        services.take_over(actor=cast.analyst, rows=[PastMatch(mine.pk, NOW)], at=NOW)
    with pytest.raises(Refused):
        services.take_over(actor=cast.analyst, rows=[PastMatch(foreign.pk, NOW, victim=nora.pk)], at=NOW)
    with pytest.raises(Refused):
        services.take_over(actor=cast.advocate, rows=[PastMatch(mine.pk, NOW, victim=nora.pk)], at=NOW)
    assert not rows(Match).exists()


def test_earlier_allegations_are_those_of_the_same_pair_told_before(cast):
    first, second, other = told(cast.analyst), told(cast.analyst, at=LATER), told(cast.analyst)
    victim, subject = confirm(cast, first, Part.VICTIM).victim, confirm(cast, first, Part.SUBJECT).subject
    confirm(cast, second, Part.VICTIM, victim=victim)
    confirm(cast, second, Part.SUBJECT, subject=subject)
    confirm(cast, other, Part.VICTIM, victim=victim)
    assert [each.pk for each in queries.earlier_allegations(victim.pk, subject.pk)] == [first.pk, second.pk]
    assert [each.pk for each in queries.earlier_allegations(victim.pk, subject.pk, before=LATER)] == [first.pk]
    assert len(queries.earlier_allegations(victim.pk, None)) == 3


def test_the_log_holds_after_proposing_deciding_learning_and_undoing(cast, nora):
    allegation = told(cast.analyst, victim_phone="07700 900999")
    services.propose_matches(actor=cast.analyst, allegation=allegation, at=NOW)
    services.cannot_say(actor=cast.analyst, allegation=allegation, part=Part.VICTIM, victim=nora, at=NOW)
    match = confirm(cast, allegation, Part.VICTIM, victim=nora)
    confirm(cast, allegation, Part.SUBJECT)
    services.undo_match(actor=cast.officer, match=match, reason="Her cousin.", at=LATER)
    services.take_over(actor=cast.analyst, rows=[PastMatch(told(cast.analyst).pk, NOW, victim=nora.pk)], at=NOW)
    assert audit_queries.verify().findings == ()
    operations = set(Entry.objects.filter(action="match.confirmed").values_list("operation", flat=True))
    assert operations == {"combination"}
    assert (rows(Victim).count(), rows(Subject).count()) == (1, 1)


@pytest.mark.parametrize(
    ("told_of", "name", "birth"),
    [
        ({"subject_name": "Sam Specimen", "subject_birth": "3 May 1985"}, "Sam Specimen", "3 May 1985"),
        ({"subject_name": "unknown male", "subject_birth": "31/02/1985"}, "", ""),
        ({"subject_name": "", "subject_birth": ""}, "", ""),
    ],
)
def test_what_is_no_name_and_no_day_is_left_out_of_what_was_told(cast, told_of, name, birth):
    details = queries.details_of(told(cast.analyst, **told_of), Part.SUBJECT, on=NOW.date())
    assert (details.name, details.birth) == (name, birth)


# ---- thought, not confirmed ----------------------------------------------------------------------------------------


def thinks(cast, allegation, subject, verdict=Verdict.PROBABLY, reason="The same turn of phrase."):
    return services.think_match(
        actor=cast.analyst,
        allegation=allegation,
        part=Part.SUBJECT,
        subject=subject,
        verdict=verdict,
        reason=reason,
        at=NOW,
    )


@pytest.fixture
def dean(cast):
    return people.register_subject(actor=cast.analyst, site="northmoor", told=PersonDetails(name="Dean Marlow"), at=NOW)


def test_what_somebody_thinks_confirms_nobody_and_is_undone_like_any_decision(cast, dean):
    allegation = told(cast.analyst, subject_name="", subject_birth="", subject_phone="")
    thought = thinks(cast, allegation, dean)
    assert queries.people_of(allegation.pk) == (None, None)
    services.undo_match(actor=cast.analyst, match=thought, reason="It was a neighbour.", at=LATER)
    assert rows(Match).get().undone_because == "It was a neighbour."


def test_a_thought_wants_a_reason_and_how_sure_somebody_is(cast, dean):
    allegation = told(cast.analyst)
    with pytest.raises(CannotMatch) as refused:
        thinks(cast, allegation, dean, reason=" ")
    assert refused.value.field == "match_reason"
    with pytest.raises(CannotMatch) as refused:
        thinks(cast, allegation, dean, verdict=Verdict.SAME)
    assert refused.value.field == "verdict"


def test_who_thinks_otherwise_later_replaces_what_was_thought_and_both_rows_stay(cast, dean):
    allegation = told(cast.analyst)
    thinks(cast, allegation, dean)
    thinks(cast, allegation, dean, verdict=Verdict.PERHAPS)
    assert rows(Match).count() == 2
    assert rows(Match, undone_at__isnull=True).get().verdict == Verdict.PERHAPS


def test_the_walls_around_whom_somebody_thinks_it_is_stand_around_the_allegation(cast, dean):
    set_wall(actor=cast.governance, files=[dean.pk], staff=cast.second_officer.staff, at=NOW)
    allegation = told(cast.analyst, subject_name="", subject_birth="", subject_phone="")
    thinks(cast, allegation, dean)
    assert Wall.objects.filter(file=allegation.pk, staff=cast.second_officer.staff, until_at__isnull=True).exists()


def test_a_thought_neither_joins_nor_parts_a_possible_course(cast, dean):
    allegation = told(cast.analyst)
    thinks(cast, allegation, dean)
    assert said_of_people() == ({}, {})
