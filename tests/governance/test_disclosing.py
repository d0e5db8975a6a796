"""What leaves the unit, and by which door what she told her advocate may leave. Told as one case would go."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest

from fourfold.access import queries as access_queries
from fourfold.access.terms import Compartment, NotFound, Refused, RelationKind
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases import services as cases
from fourfold.cases.models import Case
from fourfold.governance import queries, services
from fourfold.governance.models import ConfidenceAsked, Disclosure
from fourfold.governance.rules import disclosing
from fourfold.governance.terms import (
    CannotGovern,
    ChallengeKind,
    ChallengeOutcome,
    Challenger,
    Consent,
    DisclosureDetails,
    Ground,
    HoldKind,
    RequestDetails,
    RequestState,
    RetentionOutcome,
    VictimAnswer,
)
from tests.cases.builders import open_case
from tests.cast import NOW, Cast, assign
from tests.duties.scene import said, waits

ON = NOW.date()
HOUSING = DisclosureDetails(
    what="the level and the conditions in force",
    to_whom="Northmoor housing options, duty officer",
    ground=Ground.SAFEGUARDING,
    necessity="So that she is not housed on his road.",
    consent=Consent.GIVEN,
    consent_reason="",
    expires_on=date(2027, 5, 24),
)
ASKED = RequestDetails(
    enquiry="Where he had her new number from.",
    sought="What she told about the flatmate, in November 2026",
    necessity="Nothing else shows how he found her.",
    tried="His telephone was read; it does not say.",
    authorised_by="DI R. Vale, inspector",
    expires_on=date(2027, 2, 1),
    told_her_at=NOW,
)
SECRET = "She told me that the flatmate owed him money."


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case with its officer and its advocate."""
    case = open_case(cast, at=NOW - timedelta(days=60))
    for name, kind in (("advocate", RelationKind.ADVOCATE), ("officer", RelationKind.OIC)):
        assign(actor=cast.coordinator, case=case, staff=cast.staff[name].pk, kind=kind, at=NOW)
    return case


def page(cast: Cast, name: str, case: Case) -> queries.GovernancePage:
    actor = cast.actor(name)
    opened = access_queries.opened(actor, case.pk, at=NOW)
    return queries.governance_page(actor=actor, opened=opened, at=NOW)


# ---- the ledger ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "compartment", "field"),
    [
        ({"what": " "}, "core", "what"),
        ({"to_whom": ""}, "core", "to_whom"),
        ({"necessity": ""}, "core", "necessity"),
        ({"expires_on": ON}, "core", "expires_on"),
        ({"consent": Consent.REFUSED}, "core", "consent"),
        ({"consent": Consent.OVERRIDDEN}, "core", "consent_reason"),
        ({"consent": Consent.NOT_ASKED}, "core", "consent_reason"),
        ({"consent": Consent.NOT_ASKED, "ground": Ground.CONSENT}, "core", "ground"),
        ({"consent": Consent.NOT_ASKED}, "advocate_confidential", "consent"),
        ({"consent": Consent.OVERRIDDEN, "consent_reason": "Life."}, "advocate_confidential", "consent"),
        ({}, "safe_address_sealed", "compartment"),
        ({}, "psd_covert", "compartment"),
        ({}, "evidence_original", "compartment"),
    ],
)
def test_what_is_missing_stands_in_the_way(changes: dict[str, Any], compartment: str, field: str) -> None:
    why = disclosing.why_not_disclose(replace(HOUSING, **changes), Compartment(compartment), on=ON)
    assert why is not None
    assert why[0] == field


def test_where_she_is_never_leaves_whatever_is_said() -> None:
    for consent, ground in product(Consent, Ground):
        details = replace(HOUSING, consent=consent, ground=ground, consent_reason="Because.")
        assert disclosing.why_not_disclose(details, Compartment.SAFE_ADDRESS_SEALED, on=ON) is not None


def test_what_left_stands_in_the_ledger_with_its_reason_and_its_end(cast: Cast, case: Case) -> None:
    services.record_disclosure(actor=cast.outreach, case=case, details=HOUSING, compartment=Compartment.RISK, at=NOW)
    (row,) = page(cast, "officer", case).ledger
    assert (row.to_whom, row.by, row.consent) == (HOUSING.to_whom, "Outreach", Consent.GIVEN)
    assert row.expires_on == HOUSING.expires_on
    (seen,) = queries.ledger(actor=cast.governance, at=NOW).rows
    assert seen.case == case.reference


def test_nobody_discloses_what_is_closed_to_them(cast: Cast, case: Case) -> None:
    with pytest.raises(Refused):
        services.record_disclosure(
            actor=cast.outreach, case=case, details=HOUSING, compartment=Compartment.CLINICAL, at=NOW
        )
    with pytest.raises(NotFound):
        services.record_disclosure(actor=cast.olu, case=case, details=HOUSING, compartment=Compartment.CORE, at=NOW)


def test_a_ledger_row_about_a_closed_part_is_not_there_for_others(cast: Cast, case: Case) -> None:
    services.record_disclosure(
        actor=cast.advocate, case=case, details=HOUSING, compartment=Compartment.ADVOCATE_CONFIDENTIAL, at=NOW
    )
    assert len(page(cast, "advocate", case).ledger) == 1
    assert page(cast, "officer", case).ledger == ()


def test_whoever_is_walled_off_does_not_find_it_in_the_ledger_of_the_unit(cast: Cast, case: Case) -> None:
    services.record_disclosure(actor=cast.outreach, case=case, details=HOUSING, compartment=Compartment.CORE, at=NOW)
    cases.wall_off(actor=cast.second_governance, case=case, staff=cast.governance.staff, reason="a cousin", at=NOW)
    assert queries.ledger(actor=cast.governance, at=NOW).rows.rows == ()
    assert len(queries.ledger(actor=cast.second_governance, at=NOW).rows) == 1


# ---- what she told her advocate -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"enquiry": ""}, "enquiry"),
        ({"sought": ""}, "sought"),
        ({"necessity": " "}, "necessity"),
        ({"tried": ""}, "tried"),
        ({"authorised_by": ""}, "authorised_by"),
        ({"counselling": True}, "rebuttal"),
        ({"told_her_at": None}, "not_told_because"),
        ({"expires_on": ON}, "expires_on"),
        ({"from_on": date(2026, 11, 2), "until_on": date(2026, 11, 1)}, "until_on"),
    ],
)
def test_a_request_that_says_too_little_is_not_made(
    cast: Cast, case: Case, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(CannotGovern) as refusal:
        services.ask_for_confidence(actor=cast.officer, case=case, details=replace(ASKED, **changes), at=NOW)
    assert refusal.value.field == field


def test_no_way_leads_to_a_release_without_the_advocate_and_none_against_her_word_without_a_second() -> None:
    for answers, releases, overrides, agrees in product(
        (0, 1, 2), (None, True, False), (True, False), (None, True, False)
    ):
        state = disclosing.state_of(
            answers=answers, releases=releases, overrides=overrides, agrees=agrees, expires_on=ON, on=ON
        )
        if state is RequestState.RELEASED:
            assert releases is True
            assert agrees is True or not overrides


@pytest.fixture
def asked(cast: Cast, case: Case) -> ConfidenceAsked:
    """The police ask for what she told her advocate."""
    return services.ask_for_confidence(actor=cast.officer, case=case, details=ASKED, at=NOW)


def seen(cast: Cast, name: str, case: Case) -> queries.ConfidenceShown:
    (one,) = page(cast, name, case).confidences
    return one


def test_she_is_asked_first_then_her_advocate_decides_and_the_police_read_a_copy(
    cast: Cast, case: Case, asked: ConfidenceAsked
) -> None:
    (row,) = waits(cast.advocate, "confidences")
    assert (row.said["state"], said(row, cast.advocate) is not None) == (RequestState.WAITING_FOR_VICTIM, True)
    with pytest.raises(CannotGovern, match="Ask the victim first"):
        services.decide_on_confidence(
            actor=cast.advocate, asked=asked, releases=True, reason="Needed.", released=SECRET, at=NOW
        )
    services.record_victim_answer(
        actor=cast.advocate, asked=asked, answer=VictimAnswer.GIVEN, words="Only that.", at=NOW
    )
    services.decide_on_confidence(
        actor=cast.advocate, asked=asked, releases=True, reason="She agreed.", released=SECRET, at=NOW
    )
    his = seen(cast, "officer", case)
    assert (his.state, his.released, his.answer, his.victim_words) == (RequestState.RELEASED, SECRET, None, "")
    assert Disclosure.objects.unscoped("test").get().consent == "given"
    assert waits(cast.advocate, "confidences") == ()


def test_the_copy_is_gone_after_its_day(cast: Cast, case: Case, asked: ConfidenceAsked) -> None:
    services.record_victim_answer(actor=cast.advocate, asked=asked, answer=VictimAnswer.GIVEN, at=NOW)
    services.decide_on_confidence(
        actor=cast.advocate, asked=asked, releases=True, reason="She agreed.", released=SECRET, at=NOW
    )
    later = NOW + timedelta(days=100)
    opened = access_queries.opened(cast.officer, case.pk, at=later)
    (one,) = queries.governance_page(actor=cast.officer, opened=opened, at=later).confidences
    assert (one.state, one.released) == (RequestState.EXPIRED, "")


@pytest.mark.parametrize("answer", [VictimAnswer.REFUSED, VictimAnswer.NOT_SAFE, VictimAnswer.NOT_REACHED])
def test_against_her_word_a_second_advocate_signs_or_nothing_goes(
    cast: Cast, case: Case, asked: ConfidenceAsked, answer: VictimAnswer
) -> None:
    services.record_victim_answer(actor=cast.advocate, asked=asked, answer=answer, at=NOW)
    decide = {"actor": cast.advocate, "asked": asked, "releases": True, "reason": "A life.", "released": SECRET}
    with pytest.raises(CannotGovern) as refusal:
        services.decide_on_confidence(**decide, at=NOW)  # type: ignore[arg-type]
    assert refusal.value.field == "overrides"
    services.decide_on_confidence(**decide, overrides=True, at=NOW)  # type: ignore[arg-type]
    asked = queries.asked_row(
        actor=cast.advocate, opened=access_queries.opened(cast.advocate, case.pk, at=NOW), asked=asked.pk
    )
    assert seen(cast, "officer", case).released == ""
    assert not Disclosure.objects.unscoped("test").exists()
    with pytest.raises(Refused, match="Ask another advocate"):
        services.sign_release(actor=cast.advocate, asked=asked, agrees=True, at=NOW)
    services.sign_release(actor=cast.second_advocate, asked=asked, agrees=True, at=NOW)
    assert seen(cast, "officer", case).released == SECRET
    assert Disclosure.objects.unscoped("test").get().consent == "overridden"


def test_her_no_that_a_colleague_records_while_it_is_decided_is_seen(
    cast: Cast, case: Case, asked: ConfidenceAsked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """She agreed, the page was read, and before the release is written she takes it back: it is recorded in another session."""
    services.record_victim_answer(actor=cast.advocate, asked=asked, answer=VictimAnswer.GIVEN, at=NOW)
    recorded = audit.recorded

    def meanwhile(actor: Actor, action: str, **more: Any) -> Any:
        if action == "confidence.decided":
            taken_back = {"actor": cast.advocate, "asked": asked, "answer": VictimAnswer.REFUSED}
            services.record_victim_answer(**taken_back, at=NOW + timedelta(seconds=1))  # type: ignore[arg-type]
        return recorded(actor, action, **more)

    monkeypatch.setattr(audit, "recorded", meanwhile)
    decide = {"actor": cast.advocate, "asked": asked, "releases": True, "reason": "She agreed.", "released": SECRET}
    with pytest.raises(CannotGovern) as refusal:
        services.decide_on_confidence(**decide, at=NOW + timedelta(seconds=2))  # type: ignore[arg-type]
    assert refusal.value.field == "overrides"
    assert not Disclosure.objects.unscoped("test").exists()


def test_a_second_advocate_who_says_no_ends_it(cast: Cast, case: Case, asked: ConfidenceAsked) -> None:
    services.record_victim_answer(actor=cast.advocate, asked=asked, answer=VictimAnswer.REFUSED, at=NOW)
    services.decide_on_confidence(
        actor=cast.advocate, asked=asked, releases=True, reason="A life.", released=SECRET, overrides=True, at=NOW
    )
    asked = ConfidenceAsked.objects.unscoped("test").get()
    with pytest.raises(CannotGovern, match="Say why"):
        services.sign_release(actor=cast.second_advocate, asked=asked, agrees=False, at=NOW)
    services.sign_release(actor=cast.second_advocate, asked=asked, agrees=False, reason="She said no.", at=NOW)
    his = seen(cast, "officer", case)
    assert (his.state, his.released) == (RequestState.REFUSED, "")


def test_a_refusal_looks_the_same_whether_or_not_there_was_anything(
    cast: Cast, case: Case, asked: ConfidenceAsked
) -> None:
    services.decide_on_confidence(actor=cast.advocate, asked=asked, releases=False, reason="Not needed.", at=NOW)
    his = seen(cast, "officer", case)
    assert (his.state, his.released, his.reason) == (RequestState.REFUSED, "", "Not needed.")


@pytest.mark.parametrize("name", ["outreach", "clinician"])
def test_another_agency_does_not_learn_that_anybody_asked(
    cast: Cast, case: Case, asked: ConfidenceAsked, name: str
) -> None:
    assert page(cast, name, case).confidences == ()


@pytest.mark.parametrize("name", ["officer", "chair", "coordinator", "second_advocate", "clinician", "olu"])
def test_only_her_own_advocate_decides(cast: Cast, case: Case, asked: ConfidenceAsked, name: str) -> None:
    with pytest.raises((Refused, NotFound)):
        services.decide_on_confidence(actor=cast.actor(name), asked=asked, releases=False, reason="No.", at=NOW)


# ---- holds, retention, and what people say about their record -----------------------------------------------------


def test_an_open_case_has_no_retention_review(cast: Cast, case: Case) -> None:
    with pytest.raises(CannotGovern, match="open"):
        services.review_retention(
            actor=cast.coordinator, case=case, outcome=RetentionOutcome.RETAIN, reason="Kept.", at=NOW
        )


def test_a_hold_stands_until_it_is_lifted_with_a_reason(cast: Cast, case: Case) -> None:
    hold = services.place_hold(actor=cast.coordinator, case=case, kind=HoldKind.INQUEST, reason="Coroner.", at=NOW)
    opened = access_queries.opened(cast.chair, case.pk, at=NOW)
    assert queries.retention_facts(opened, at=NOW).on_hold == ("an inquest",)
    with pytest.raises(CannotGovern, match="Say why"):
        services.lift_hold(actor=cast.chair, hold=hold, reason=" ", at=NOW)
    services.lift_hold(actor=cast.chair, hold=hold, reason="It is over.", at=NOW)
    assert queries.retention_facts(opened, at=NOW).on_hold == ()
    (shown,) = page(cast, "chair", case).holds
    assert shown.lifted_because == "It is over."


def test_what_a_person_says_is_kept_and_the_answer_stands_beside_the_record(cast: Cast, case: Case) -> None:
    challenge = services.record_challenge(
        actor=cast.coordinator, case=case, by_whom=Challenger.SUBJECT, kind=ChallengeKind.INACCURATE,
        about="relationship, as recorded in September", words="We were never married.", received_on=ON, at=NOW,
    )  # fmt: skip
    assert challenge.due_on == date(2026, 12, 24)
    answer = {"actor": cast.chair, "challenge": challenge, "outcome": ChallengeOutcome.CORRECTED, "at": NOW}
    with pytest.raises(CannotGovern, match="to add to the record"):
        services.answer_challenge(**answer, reason="The register says so.")  # type: ignore[arg-type]
    services.answer_challenge(**answer, reason="The register says so.", correction="Former partner, not married.")  # type: ignore[arg-type]
    (shown,) = page(cast, "officer", case).challenges
    assert (shown.words, shown.correction) == ("We were never married.", "Former partner, not married.")
    case.refresh_from_db(from_queryset=Case.objects.unscoped("test"))
    assert case.relationship == "former partner"


def test_the_page_costs_the_same_however_much_there_is(
    cast: Cast, case: Case, asked: ConfidenceAsked, django_assert_num_queries: Any
) -> None:
    opened = access_queries.opened(cast.officer, case.pk, at=NOW)
    for _ in range(3):
        services.record_disclosure(actor=cast.officer, case=case, details=HOUSING, compartment=Compartment.CORE, at=NOW)
        services.place_hold(actor=cast.coordinator, case=case, kind=HoldKind.INQUEST, reason="Coroner.", at=NOW)
    with django_assert_num_queries(21):
        queries.governance_page(actor=cast.officer, opened=opened, at=NOW)
