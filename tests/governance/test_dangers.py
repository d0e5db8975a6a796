"""A pack is always made: what may lead to a victim is masked, listed with its place, decided by one and released by another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fourfold.access import queries as access_queries
from fourfold.access.terms import Compartment, NotFound, Refused, RelationKind
from fourfold.audit.terms import Conflict
from fourfold.cases.models import Case
from fourfold.demo.scenario import World
from fourfold.demo.scenario.casework import Work
from fourfold.exhibits import services as exhibits
from fourfold.gateways.reading_back import pdf_parts
from fourfold.governance import queries, services
from fourfold.governance.models import DangerDecided, Disclosure, Pack, PackMadeAgain, PackReleased
from fourfold.governance.queries import dangers
from fourfold.governance.queries.dangers import UNREAD, DangerShown
from fourfold.governance.rules.dangers import Entry, Sieve
from fourfold.governance.rules.redaction import MASK, address_sought
from fourfold.governance.terms import CannotGovern, Choice, DangerDraft, PackKind, Sought
from fourfold.journey.orders import application_made
from fourfold.orders import services as orders
from fourfold.orders.models import Condition, Order
from fourfold.orders.terms import ConditionDraft, ConditionKind, OrderKind, ProtectedDraft, Protects
from fourfold.panel.minutes import Form
from fourfold.people.models import VictimReach
from fourfold.support import queries as support_queries
from fourfold.support.models import AtRisk
from tests.cases.builders import open_case
from tests.cast import NOW, Cast, assign
from tests.governance.test_packs import COURT, SUBJECT, Both, _mark, _reach, made, stands, text_of
from tests.orders.builders import served
from tests.web.worlds import world_without

pytestmark = pytest.mark.django_db

HOME = "14 Elder Bank Lane, Northwich, CW9 5QT"
WORDS = "Northwick was quiet. He came to 14 Elder Bank Ln, and rang 07700 900123."
ticks: Iterator[int] = count()
KEEP = DangerDraft(choice=Choice.KEEP, reason="A village in another county.")
MASKED = DangerDraft(choice=Choice.MASK)


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case whose account names where she lives, and a place that only reads like it."""
    return told_case(cast, words=WORDS, victim_address=HOME)


def told_case(cast: Cast, **told: object) -> Case:
    case = open_case(cast, at=NOW - timedelta(days=60), **told)
    for name, kind in (("advocate", RelationKind.ADVOCATE), ("officer", RelationKind.OIC)):
        assign(actor=cast.coordinator, case=case, staff=cast.staff[name].pk, kind=kind, at=NOW - timedelta(days=59))
    return case


def now() -> datetime:
    return NOW + timedelta(seconds=next(ticks))


def shown(cast: Cast, pack: Pack, name: str = "coordinator") -> tuple[DangerShown, ...]:
    actor = cast.actor(name)
    opened = access_queries.opened(actor, pack.case_id, at=NOW)
    return queries.dangers_page(actor=actor, opened=opened, pack=pack, at_risk=(), at=NOW).rows.rows


def danger(cast: Cast, pack: Pack, words: str) -> DangerShown:
    return next(row for row in shown(cast, pack) if row.words == words)


def decide(cast: Cast, pack: Pack, words: str, decision: DangerDraft = MASKED, name: str = "coordinator") -> None:
    services.decide_on_danger(
        actor=cast.actor(name), pack=pack, danger=danger(cast, pack, words).key, decision=decision, at=now()
    )


def decide_all(cast: Cast, pack: Pack) -> None:
    for row in shown(cast, pack):
        if row.decided is None:
            decision = DangerDraft(choice=row.proposal, reason="As proposed.")
            services.decide_on_danger(actor=cast.coordinator, pack=pack, danger=row.key, decision=decision, at=now())


def release(cast: Cast, pack: Pack) -> PackReleased:
    return services.release_pack(actor=cast.chair, pack=pack, channel="handed over", at=now())


# ---- what is listed, and what is none ------------------------------------------------------------------------------


def test_each_danger_is_listed_with_its_words_its_record_and_field_and_a_proposal(cast: Cast, case: Case) -> None:
    pack = made(cast, case, COURT)
    rows = {row.words: row for row in shown(cast, pack)}
    home = rows["14 Elder Bank Ln"]
    assert home.record.startswith("report ")
    assert (home.field, home.kind, home.proposal) == ("account as told", "address", Choice.MASK)
    assert Choice.KEEP not in home.choices
    assert home.before.endswith("He came to ")
    town = rows["Northwick"]
    assert (town.kind, town.proposal) == ("town", Choice.MASK)
    assert Choice.KEEP in town.choices
    assert "07700 900123" in rows


def test_what_nobody_decided_is_masked_in_the_files_that_are_made_at_once(cast: Cast, case: Case) -> None:
    text = text_of(made(cast, case, COURT))
    assert stands(text, "was quiet. He came to")
    assert not any(stands(text, value) for value in ("Elder Bank", "Northwick", "900123"))


def test_a_school_that_is_named_is_listed_and_the_number_of_a_report_is_not(cast: Cast) -> None:
    """A child can be found there; and half of the postcode of a victim is no more than what a report is called."""
    words = "He sat outside the school, by St Brannock’s Primary School, until she came. See CW-9."
    case = told_case(cast, words=words, victim_address=HOME, reference="CW-9")
    rows = {(row.words, row.field): row for row in shown(cast, made(cast, case, COURT))}
    school = rows["St Brannock’s Primary School", "account as told"]
    assert (school.kind, school.proposal) == ("way to somebody", Choice.MASK)
    assert Choice.KEEP in school.choices
    assert not [each for each in rows if each[0] == "CW-9"]
    other = told_case(cast, words="They drove to CW-9 and CW9.", victim_address=HOME, subject_name="Ty Ash")
    assert {"CW-9", "CW9"} & {row.words for row in shown(cast, made(cast, other, COURT))}


def served_with(cast: Cast, case: Case, text: str, court: str) -> Order:
    order = served(cast, case)
    Condition.objects.unscoped("test").filter(order=order, number=1).update(text=text)
    Order.objects.unscoped("test").filter(pk=order.pk).update(court=court)
    return order


def test_a_courts_town_the_word_street_and_the_words_of_a_served_order_are_no_dangers(cast: Cast) -> None:
    case = told_case(cast, place="street", words="He was there again.")
    _reach(cast, case, "address", "3 Mill Lane, Northwich")
    served_with(cast, case, "Not to enter the street of 3 Mill Lane, Northwich.", "Northwich Magistrates’ Court")
    orders.apply_for(
        actor=cast.officer, case=case, kind=OrderKind.SPO, reason="Again.", at=NOW,
        conditions=[ConditionDraft(ConditionKind.PROHIBITION, "Not to enter any street in which the victim lives.")],
    )  # fmt: skip
    for order in (SUBJECT, replace(COURT, asked_by="Northwich Magistrates’ Court")):
        pack = made(cast, case, order)
        assert shown(cast, pack) == ()
        text = text_of(pack)
        assert stands(text, "Northwich Magistrates’ Court")
        release(cast, pack)
    assert stands(text, "Not to enter the street of 3 Mill Lane, Northwich.")
    assert stands(text, "Not to enter any street in which the victim lives.")


def test_a_street_in_the_name_of_a_court_that_made_nothing_yet_is_a_danger(cast: Cast, case: Case) -> None:
    orders.apply_for(actor=cast.officer, case=case, kind=OrderKind.SPO, reason="Again.", at=NOW, conditions=[
        ConditionDraft(ConditionKind.PROHIBITION, "Not to contact the victim.")])  # fmt: skip
    Order.objects.unscoped("test").update(court="Northwich, 14 Elder Bank Lane")
    found = [(row.words, row.field) for row in shown(cast, made(cast, case, COURT)) if row.field == "court"]
    assert found == [("14 Elder Bank Lane", "court")]


def test_a_line_of_whom_an_order_protects_keeps_the_name_and_nothing_that_leads_to_anybody(cast: Cast) -> None:
    """One address was recorded after the application, one was told in a report alone: neither was refused where it was typed."""
    case = told_case(cast, words="He waited at 12 Mill Lane.", victim_address=HOME)
    VictimReach.objects.unscoped("test").all().delete()
    others = tuple(
        ProtectedDraft("Callum Reed", f"the victim's son, with her at {place}")
        for place in ("12 Mill Lane", "14 Elder Bank Lane")
    )
    order = orders.apply_for(
        actor=cast.officer, case=case, kind=OrderKind.SPO, reason="Again.", at=NOW, protects=Protects(others=others),
        conditions=[ConditionDraft(ConditionKind.PROHIBITION, "Not to contact the victim.")],
    )  # fmt: skip
    child = {"name": "Callum Reed", "kind": "child", "risk": "He is there.", "review_on": NOW.date()}
    AtRisk.objects.create(case=case, **child, **access_queries.held_by(cast.advocate, "told", at=NOW))
    _reach(cast, case, "address", "12 Mill Lane, Northwich")
    at_risk = support_queries.names_at_risk(case)
    asked = replace(COURT, kind=PackKind.APPLICATION, application=order.pk)
    pack = services.make_pack(actor=cast.coordinator, case=case, order=asked, at=NOW, at_risk=at_risk)
    draft = application_made(actor=cast.officer, order=order, form=Form.PDF, at=NOW)
    for text in (text_of(pack), Both("\n".join(part for _, part in pdf_parts(draft)), draft)):
        assert stands(text, "Callum Reed, the victim's son, with her at")
        assert not stands(text, "Mill Lane")
        assert not stands(text, "Elder Bank")
    found = dangers.composed_now(cast.coordinator, pack, {}, at_risk=at_risk, at=NOW).sieve.dangers
    rows = {row.words: row for row in found if row.entry.field == "whom it is to protect"}
    assert set(rows) == {"12 Mill Lane", "14 Elder Bank Lane"}
    assert all(row.proposal is Choice.MASK and Choice.KEEP not in row.choices for row in rows.values())
    with pytest.raises(CannotGovern, match=r"3 dangers are not decided"):
        services.release_pack(actor=cast.chair, pack=pack, channel="by hand", at=now(), at_risk=at_risk)


def test_words_with_which_he_was_served_are_proposed_to_be_kept_elsewhere_and_others_cannot_be(
    cast: Cast, case: Case
) -> None:
    pack = made(cast, case, COURT)
    with pytest.raises(CannotGovern, match=r"Only words with which the subject was served") as refusal:
        decide(cast, pack, "14 Elder Bank Ln", KEEP)
    assert refusal.value.field == "choice"
    served_with(cast, case, "Not to go to 14 Elder Bank Ln.", "Chester")
    home = danger(cast, pack, "14 Elder Bank Ln")
    assert (home.proposal, str(home.because)) == (Choice.KEEP, "The subject was served with these words.")
    decide_all(cast, pack)
    assert stands(text_of_last(pack), "He came to 14 Elder Bank Ln")


def test_a_condition_that_was_added_after_service_is_no_served_one(cast: Cast, case: Case) -> None:
    order = served(cast, case)
    later = {"recorded_at": NOW + timedelta(days=1), "text": "Not to go to 14 Elder Bank Lane."}
    Condition.objects.unscoped("test").filter(order=order, number=3).update(**later)
    assert "14 Elder Bank Lane" in {row.words for row in shown(cast, made(cast, case, COURT))}


def test_a_number_that_he_shares_with_her_is_left_out_and_listed(cast: Cast, case: Case) -> None:
    _mark(cast, case, "phone", "07700 900123")
    pack = made(cast, case)
    (row,) = shown(cast, pack)
    assert (row.record, row.field, row.proposal) == ("the subject's record", "phone", Choice.LEAVE_OUT)
    decide_all(cast, pack)
    assert not stands(text_of_last(pack), "900123")
    release(cast, pack)


# ---- deciding ------------------------------------------------------------------------------------------------------


def text_of_last(pack: Pack) -> Both:
    return text_of(dangers.files_of(pack))  # type: ignore[arg-type]


def test_once_all_is_decided_the_files_are_made_again_and_another_person_releases_them(cast: Cast, case: Case) -> None:
    pack = made(cast, case, COURT)
    decide(cast, pack, "Northwick", KEEP)
    assert not PackMadeAgain.objects.unscoped("test").exists()
    with pytest.raises(
        CannotGovern, match=r"2 dangers are not decided. This pack waits for a unit coordinator"
    ) as refusal:
        release(cast, pack)
    assert refusal.value.field == "channel"
    decide(cast, pack, "14 Elder Bank Ln")
    decide(cast, pack, "07700 900123", DangerDraft(choice=Choice.MASK))
    text = text_of_last(pack)
    assert stands(text, "Northwick was quiet. He came to [left out]")
    release(cast, pack)
    (row,) = Disclosure.objects.unscoped("test")
    assert row.consent_reason.startswith("a court decides"), "the ledger does not say that it reaches nobody"
    assert {"what": "words that were read and left in", "count": 1, "why": "a person decided so, with a reason"} in (
        PackMadeAgain.objects.unscoped("test").get().withheld
    )
    with pytest.raises(CannotGovern, match=r"released already"):
        services.make_pack_again(actor=cast.coordinator, pack=pack, at=now())


def test_the_whole_entry_can_be_left_out(cast: Cast, case: Case) -> None:
    pack = made(cast, case, COURT)
    decide(cast, pack, "Northwick", DangerDraft(choice=Choice.LEAVE_OUT))
    decide_all(cast, pack)
    assert not stands(text_of_last(pack), "was quiet")


def test_what_cannot_be_decided_is_not_released_and_says_whose_decision_it_waits_for(cast: Cast, case: Case) -> None:
    pack = made(cast, case, COURT)
    decide_all(cast, pack)
    decide(cast, pack, "Northwick", DangerDraft(choice=Choice.ASK, waits_for="the victim’s advocate"))
    with pytest.raises(CannotGovern, match=r"1 danger is not decided. This pack waits for the victim’s advocate"):
        release(cast, pack)
    assert not stands(text_of_last(pack), "Northwick")
    with pytest.raises(CannotGovern, match=r"Say who must decide"):
        decide(cast, pack, "Northwick", DangerDraft(choice=Choice.ASK))
    with pytest.raises(CannotGovern, match=r"Say why these words"):
        decide(cast, pack, "Northwick", DangerDraft(choice=Choice.KEEP))


def a_new_number(cast: Cast, case: Case) -> None:
    _reach(cast, case, "account", "was_quiet")


def a_new_condition(cast: Cast, case: Case) -> None:
    orders.apply_for(actor=cast.officer, case=case, kind=OrderKind.SPO, reason="Again.", at=NOW, conditions=[
        ConditionDraft(ConditionKind.PROHIBITION, "Not to go near Elder Bnak Lane.")])  # fmt: skip


@pytest.mark.parametrize("arrives", [a_new_number, a_new_condition])
def test_a_danger_that_comes_after_the_decisions_opens_the_pack_again(
    cast: Cast, case: Case, arrives: Callable[[Cast, Case], None]
) -> None:
    pack = made(cast, case, COURT)
    decide_all(cast, pack)
    arrives(cast, case)
    with pytest.raises(CannotGovern, match=r"1 danger is not decided"):
        release(cast, pack)
    assert sum(row.decided is None for row in shown(cast, pack)) == 1
    decide_all(cast, pack)
    release(cast, pack)


def test_words_that_were_kept_and_are_known_as_hers_since_are_kept_no_longer(cast: Cast, case: Case) -> None:
    pack = made(cast, case, COURT)
    decide(cast, pack, "Northwick", KEEP)
    decide_all(cast, pack)
    VictimReach.objects.unscoped("test").all().delete()
    _reach(cast, case, "address", "2 Hob Lane, Northwick")
    with pytest.raises(CannotGovern, match=r"not decided"):
        release(cast, pack)
    assert danger(cast, pack, "Northwick").decided is None


def test_files_that_the_record_no_longer_explains_wait_to_be_made_again(cast: Cast, case: Case) -> None:
    order = served_with(cast, case, f"Not to go to {HOME}.", "Chester")
    pack = made(cast, case, COURT)
    decide_all(cast, pack)
    Condition.objects.unscoped("test").filter(order=order, number=1).update(text="Not to go to her home.")
    decide_all(cast, pack)
    with pytest.raises(CannotGovern, match=r"wait for a unit coordinator to make them again"):
        services.release_pack(actor=cast.chair, pack=pack, channel="by hand", at=now())
    services.make_pack_again(actor=cast.coordinator, pack=pack, at=now())
    decide_all(cast, pack)
    release(cast, pack)


def test_who_decided_does_not_release_and_only_who_makes_packs_decides(cast: Cast, case: Case) -> None:
    pack = made(cast, case, COURT)
    decide_all(cast, pack)
    for name in ("chair", "officer", "advocate"):
        with pytest.raises((Refused, NotFound)):
            decide(cast, pack, "Northwick", KEEP, name=name)
    DangerDecided.objects.unscoped("test").update(recorded_by=cast.chair.staff)
    with pytest.raises(Refused, match=r"Somebody else"):
        release(cast, pack)


def test_two_who_decide_at_once_see_each_other(cast: Cast, case: Case) -> None:
    pack = made(cast, case, COURT)
    row = danger(cast, pack, "Northwick")
    decide(cast, pack, "Northwick", KEEP)
    with pytest.raises(Conflict) as conflict:
        services.decide_on_danger(
            actor=cast.coordinator, pack=pack, danger=row.key, decision=MASKED, seen=row.seen, at=NOW
        )
    assert conflict.value.theirs["choice"] is Choice.KEEP
    assert danger(cast, pack, "Northwick").decided is Choice.KEEP


def test_of_two_who_decide_at_once_one_waits_before_it_reads_what_was_decided(cast: Cast, case: Case) -> None:
    """Else neither sees the other's: the last two dangers are decided, and nobody makes the files again."""
    pack = made(cast, case, COURT)
    with CaptureQueriesContext(connection) as captured:
        decide(cast, pack, "Northwick", KEEP)
    asked = [each["sql"] for each in captured]
    ours = next(n for n, sql in enumerate(asked) if sql.startswith('INSERT INTO "governance_dangerdecided"'))
    begun = max(n for n, sql in enumerate(asked[:ours]) if "SAVEPOINT" in sql or sql.startswith("BEGIN"))
    (first, *_) = [sql for sql in asked[begun:ours] if 'FROM "governance_' in sql]
    assert 'FROM "governance_pack"' in first
    assert first.endswith("FOR UPDATE") is (connection.vendor == "postgresql")


def test_whoever_may_not_read_the_record_does_not_read_its_words(cast: Cast, case: Case) -> None:
    _mark(cast, case, "phone", "07700 900123")
    pack = made(cast, case)
    opened = access_queries.opened(cast.chair, case.pk, at=NOW)
    narrow = replace(opened, readable=frozenset(part for part in opened.readable if part != "subject_identity"))
    page = queries.dangers_page(actor=cast.chair, opened=narrow, pack=pack, at_risk=(), at=NOW)
    assert [(row.words, row.before, row.after) for row in page.rows] == [(UNREAD, "", "")]


# ---- the sieve -----------------------------------------------------------------------------------------------------


def test_the_sieve_masks_what_nobody_decided_and_keeps_no_certain_word() -> None:
    sieve = Sieve(address_sought(HOME))
    account = Entry("1", "report 1", "account as told")
    assert sieve.through("at Elder Bank Lane, twice", account) == f"at {MASK}, twice"
    (found,) = sieve.dangers
    forced = Sieve(address_sought(HOME), decided={found.key: Choice.KEEP})
    assert forced.through("at Elder Bank Lane, twice", account) == f"at {MASK}, twice"
    assert forced.undecided == forced.dangers


def test_the_name_of_a_party_is_no_mailbox_and_one_run_together_is() -> None:
    sieve = Sieve(
        [Sought("email", "nora.quill85@example.invalid"), Sought("account", "Nora_Quill")], known=("Nora Quill",)
    )
    entry = Entry("1", "order, condition 1", "words of the condition")
    for words in ("Not to contact Nora Quill.", "Not to contact NORA QUILL, or to follow Nora Quill."):
        assert sieve.through(words, entry) == words
    assert sieve.dangers == ()
    for told in ("noraquill", "nora_quill", "Nora Quill 85", "nora.quill85"):
        assert sieve.through(f"He wrote to {told}.", entry) == f"He wrote to {MASK}."


def test_letters_of_another_alphabet_hide_no_place() -> None:
    sieve = Sieve(address_sought(HOME))
    entry = Entry("1", "report 1", "account as told")
    for told in ("14 Еlder Ваnk Lane", "14 Εlder Βank Lane", "СW9 5QТ"):
        assert sieve.through(f"He came to {told}.", entry) == f"He came to {MASK}."


def test_a_flat_and_a_postcode_of_the_subjects_own_are_no_danger_and_nobody_is_said_to_use_them(
    cast: Cast, case: Case
) -> None:
    _mark(cast, case, "address", "Flat 3, 118 Łódź Street, Warrington WA1 1AA")
    assert shown(cast, made(cast, case, SUBJECT)) == ()
    own = ("Flat 3, 118 Łódź Street, Warrington WA1 1AA",)
    sieve = Sieve((), called=own)
    mark = Entry("1", "the subject's record", "address", apart=True)
    assert sieve.through("He lives at 118 Łódź Street, WA1 1AA", mark) == "He lives at 118 Łódź Street, WA1 1AA"
    assert sieve.through("18 Łódź Street", mark) == MASK, "another house, whose number is a part of the subject's"
    assert [danger.because for danger in sieve.dangers] == ["It may be a way to a victim. Read the sentence."]


def test_the_end_of_a_mailbox_of_the_subjects_own_is_somebody_elses() -> None:
    sieve = Sieve((), called=("dean.marlow@post.invalid", "07700 900123"))
    entry = Entry("1", "report 1", "account as told")
    own = "Dean wrote from dean.marlow@post.invalid and 07700 900123"
    assert sieve.through(own, entry) == own
    assert sieve.through("Write to marlow@post.invalid", entry) == f"Write to {MASK}"


def test_one_word_for_a_place_names_none_and_a_town_is_a_word_of_its_own() -> None:
    for told in ("street", "her street", "Home", "the school", "outside work"):
        assert address_sought(told) == [], told
    sieve = Sieve([*address_sought("Hale"), Sought("phone", "07700 900123")])
    entry = Entry("1", "report 1", "account as told")
    assert sieve.through("he inhaled, and whaled on the door", entry) == "he inhaled, and whaled on the door"
    assert sieve.through("he came to Hale", entry) == f"he came to {MASK}"


# ---- the scenario's world ------------------------------------------------------------------------------------------


@pytest.mark.one_database
def test_cases_of_both_sites_get_their_packs_and_no_canary_that_is_the_victims(cast_free: World) -> None:
    """Orders that were made, applied for and broken, tellers, places and mailboxes: a canary sits in every field."""
    closed = [word for word, one in cast_free.canaries.given.items() if one.compartment not in READ_BY_COURT]
    for work in cast_free.cases.values():
        later = cast_free.at + timedelta(minutes=1)
        coordinator, chair = (work.people.at(f"{work.plan.site}-{role}", later) for role in ("coordinator", "chair"))
        _diary_picture(work, later)
        for order in (SUBJECT, COURT):
            asked = replace(order, received_on=later.date() - timedelta(days=3))
            at_risk = support_queries.names_at_risk(work.case)
            pack = services.make_pack(actor=coordinator, case=work.case, order=asked, at=later, at_risk=at_risk)
            found = dangers.composed_now(coordinator, pack, {}, at_risk=at_risk, at=later).sieve.dangers
            for number, choice in enumerate({each.proposal for each in found}, start=1):
                key, *also = (each.key for each in found if each.proposal is choice)
                services.decide_on_danger(
                    actor=coordinator, pack=pack, danger=key, at=later + timedelta(seconds=number), at_risk=at_risk,
                    decision=DangerDraft(choice=choice, reason="As proposed.", also=tuple(also)),
                )  # fmt: skip
            text = text_of(dangers.files_of(pack))  # type: ignore[arg-type]
            assert [word for word in closed if stands(text, word)] == [], (work.plan.number, order.kind)
            release_at = later + timedelta(hours=1)
            services.release_pack(actor=chair, pack=pack, channel="by hand", at=release_at, at_risk=at_risk)


READ_BY_COURT = {Compartment.CORE, Compartment.SUBJECT_IDENTITY}


def _diary_picture(work: Work, at: datetime) -> None:
    exhibits.keep(
        actor=work.people.at(f"{work.plan.site}-coordinator", at), file=work.case.pk, kind="diary-file",
        title=f"Photograph taken at {HOME}", content=b"\x89PNG 14 Elder Bank Lane", media_type="image/png",
        compartment=Compartment.CORE, at=at,
    )  # fmt: skip


@pytest.fixture
def cast_free(db: None) -> Iterator[World]:
    with world_without(2, 3, 4, 6) as world:
        yield world
