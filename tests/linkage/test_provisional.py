"""A link may stand provisionally, never silently: it is listed until somebody confirms or refuses it, and counts nowhere."""

import json
from datetime import timedelta

import pytest

from fourfold.access.services import set_wall
from fourfold.audit.models import Entry
from fourfold.intake.models import Allegation
from fourfold.intake.terms import Channel, PersonAsTold, Told
from fourfold.journey import desk as journey
from fourfold.linkage import queries, services, shared_keys
from fourfold.linkage.models import Proposal
from fourfold.linkage.queries import confirming, weighing
from fourfold.people import services as people
from fourfold.people.terms import Part, PersonDetails
from tests.cases.builders import told
from tests.cast import NOW

LATER = NOW + timedelta(hours=1)
UNTOLD = {"subject_name": "", "subject_birth": "", "subject_sex": "", "subject_phone": ""}
HER = PersonDetails(name="Nora Quill", birth="3 May 1985", sex="F", phone="07700 900123")


@pytest.fixture
def nora(cast):
    return people.register_victim(actor=cast.analyst, site="northmoor", told=HER, at=NOW)


def propose(cast, **said):
    allegation = told(cast.analyst, **UNTOLD | said)
    return allegation, services.propose_matches(actor=cast.analyst, allegation=allegation, at=NOW)


def listed(actor, nora):
    """What waits for whoever reads how to reach her."""
    found = queries.to_confirm(actor, at=LATER, reached={nora.pk}).rows
    return [(row.reference, row.name) for row in found]


def test_a_link_on_name_day_and_number_stands_provisionally_and_is_listed_with_what_agrees(cast, nora):
    allegation, [proposal] = propose(cast)
    assert (proposal.provisional, proposal.model) == (True, "2026.1")
    [row] = queries.to_confirm(cast.analyst, at=LATER, reached={nora.pk}).rows
    assert queries.to_confirm(cast.analyst, at=LATER).rows == (), "it stands by a number, which names nobody to others"
    assert (row.reference, row.name, row.part) == (allegation.reference, "Nora Quill", Part.VICTIM)
    assert row.agrees == ("same name", "same day of birth", "same sex", "same number (households share)")


def test_a_provisional_link_is_nobodys_decision(cast, nora):
    allegation, _ = propose(cast)
    assert queries.people_of(allegation.pk) == (None, None)
    assert not queries.earlier_allegations(nora.pk, None).exists()


@pytest.mark.parametrize(
    "said", [{"victim_birth": ""}, {"victim_phone": ""}, {"victim_name": "N Quill"}, {"victim_name": "Quill"}]
)
def test_less_than_name_day_and_something_of_her_own_is_proposed_and_stands_for_nothing(cast, nora, said):
    _, [proposal] = propose(cast, **said)
    assert not proposal.provisional
    assert listed(cast.analyst, nora) == []


def test_where_two_on_record_could_be_meant_neither_stands(cast, nora):
    people.register_victim(actor=cast.analyst, site="northmoor", told=HER, at=NOW)
    _, proposals = propose(cast)
    assert [each.provisional for each in proposals] == [False, False]


@pytest.mark.parametrize("decide", [services.confirm_match, services.reject_match, services.cannot_say])
def test_any_decision_takes_the_link_from_the_list_and_its_undoing_brings_it_back(cast, nora, decide):
    allegation, _ = propose(cast)
    match = decide(actor=cast.analyst, allegation=allegation, part=Part.VICTIM, victim=nora, at=NOW)
    assert listed(cast.analyst, nora) == []
    services.undo_match(actor=cast.analyst, match=match, reason="A slip.", at=LATER)
    assert listed(cast.analyst, nora) == [(allegation.reference, "Nora Quill")]


def test_nobody_lists_links_of_another_site_or_behind_a_wall(cast, nora):
    allegation, _ = propose(cast)
    assert listed(cast.olu, nora) == []
    assert listed(cast.second_officer, nora) == [(allegation.reference, "Nora Quill")]
    set_wall(actor=cast.governance, files=[nora.pk], staff=cast.second_officer.staff, at=NOW)
    assert listed(cast.second_officer, nora) == []


def test_the_list_costs_the_same_for_few_and_many_and_turns_its_pages(cast, nora, django_assert_num_queries):
    for count in (1, confirming.PAGE):
        for _ in range(count):
            propose(cast)
        with django_assert_num_queries(1 + 6):  # the links, and the log's with its transaction
            first = queries.to_confirm(cast.analyst, at=LATER, reached={nora.pk})
    rest = queries.to_confirm(cast.analyst, at=LATER, after=first.next, reached={nora.pk})
    assert (len(first), len(rest), rest.next) == (confirming.PAGE, 1, "")


# ---- off the path on which an allegation is kept ------------------------------------------------------------------


SAID = Told(
    site="northmoor",
    channel=Channel.REFERRAL,
    told_at=NOW,
    words="He waited outside again.",
    victim=PersonAsTold(name="Nora Quill", birth="3 May 1985", phone="07700 900123"),
)


@pytest.mark.parametrize("fault", [RuntimeError("broken"), ValueError("weights"), TimeoutError()])
def test_whatever_goes_wrong_in_matching_the_allegation_is_kept_and_the_log_says_so(cast, nora, monkeypatch, fault):
    def fails(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr(queries, "likely", fails)
    allegation = journey.allegation_told(actor=cast.officer, told=SAID, at=NOW)
    assert Allegation.objects.unscoped("a test").filter(pk=allegation.pk).exists()
    entry = Entry.objects.get(action="match.failed")
    assert json.loads(entry.body)["more"] == {"fault": type(fault).__name__}
    assert not Proposal.objects.unscoped("a test").exists()


def test_what_was_kept_without_matching_is_matched_when_the_desk_opens_it(cast, nora, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(services, "propose_matches", lambda **_: 1 / 0)
        allegation = journey.allegation_told(actor=cast.officer, told=SAID, at=NOW)
    assert [each.name for each in queries.candidates(cast.analyst, allegation, Part.VICTIM, at=LATER)] == ["Nora Quill"]


def test_a_name_that_thousands_bear_brings_no_more_to_weigh_than_the_bound(cast, nora, django_assert_max_num_queries):
    past = [PersonDetails(name="Nora Quill") for _ in range(shared_keys.MOST_COMPARED + 20)]
    for each in past:
        people.register_victim(actor=cast.analyst, site="northmoor", told=each, at=NOW)
    weighed: list[object] = []
    seen = weighing._compared
    queries_compared = lambda rows, *more: weighed.extend(rows) or seen(rows, *more)  # noqa: E731
    allegation = told(cast.analyst, **UNTOLD)
    with django_assert_max_num_queries(15), pytest.MonkeyPatch.context() as watched:
        watched.setattr(weighing, "_compared", queries_compared)
        found = queries.candidates(cast.analyst, allegation, Part.VICTIM, at=LATER)
    assert len(weighed) == shared_keys.MOST_COMPARED
    assert found[0].id == nora.pk  # who shares most comes first, however many share the name
