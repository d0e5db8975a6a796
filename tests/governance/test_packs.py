"""The subject's own record and a court's pack: nothing in their bytes leads to her, and two people let them go."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from fourfold.access import queries as access_queries
from fourfold.access.terms import Compartment, NotFound, Refused, RelationKind
from fourfold.cases import services as cases
from fourfold.cases.models import Case
from fourfold.cases.terms import Level, SetBy
from fourfold.exhibits import queries as exhibit_queries
from fourfold.exhibits import services as exhibits
from fourfold.exhibits.models import Exhibit
from fourfold.gateways.reading_back import docx_parts, pdf_parts
from fourfold.governance import packs, queries, services
from fourfold.governance.models import Disclosure, Pack
from fourfold.governance.queries import packing
from fourfold.governance.rules import redaction
from fourfold.governance.rules.dangers import Sieve
from fourfold.governance.terms import (
    CannotGovern,
    ChallengeKind,
    ChallengeOutcome,
    Challenger,
    NotClean,
    PackKind,
    PackOrder,
)
from fourfold.intake.models import Allegation, FurtherPerson, PersonKnownBy
from fourfold.orders import services as orders
from fourfold.orders.models import Order
from fourfold.orders.terms import OrderKind, Step, StepDetails
from fourfold.people import services as people
from fourfold.people.models import SafeContact, SubjectMark, Victim, VictimReach
from fourfold.support import services as support
from fourfold.support.terms import NoteKind
from tests.cases.builders import further_act, known, open_case, triaged
from tests.cases.builders import told as tell
from tests.cast import NOW, Cast, assign
from tests.chance import without_chance
from tests.orders.builders import applied, served

pytestmark = pytest.mark.django_db

HERS = {
    "road": "14 Elder Bank Lane, Northwich, CW9 5QT",
    "car": "KX19 NRA",
    "nickname": "Norrie",
    "former name": "Nora Dunmore",
    "school": "St Brannock's School, Orchard Way",
    "phone": "07700 900123",
    "telephone told since": "07700 900555",
    "code phrase": "how is the garden",
    "confidence": "Quietwater",
    "account in words": "Her words: he waited by the gate",
}
SUBJECT = PackOrder(PackKind.SUBJECT, "Dean Marlow", date(2026, 11, 20), "passport seen at the front desk")
COURT = PackOrder(PackKind.COURT, "Chester Crown Court, T2026-0042", date(2026, 11, 20), "the court's own channel")


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case in which everything that leads to her is on record, in every place where it may stand."""
    case = open_case(
        cast,
        at=NOW - timedelta(days=60),
        victim_address=HERS["road"],
        place=HERS["school"],
        words=f"{HERS['account in words']} at {HERS['road']}, her car {HERS['car']} scratched. She is called Norrie, once Nora Dunmore.",
    )
    for name, kind in (("advocate", RelationKind.ADVOCATE), ("officer", RelationKind.OIC)):
        assign(actor=cast.coordinator, case=case, staff=cast.staff[name].pk, kind=kind, at=NOW - timedelta(days=59))
    _reach(cast, case, "address", HERS["road"])
    _reach(cast, case, "vehicle", HERS["car"])
    _reach(cast, case, "other name", HERS["former name"])
    _reach(cast, case, "phone", HERS["telephone told since"])
    Victim.objects.unscoped("test").filter(pk=case.victim_id).update(other_names=HERS["nickname"])
    held = access_queries.held_by(cast.advocate, "entered", at=NOW)
    SafeContact.objects.create(victim=case.victim, code_phrase=HERS["code phrase"], **held)
    support.write_note(actor=cast.advocate, case=case, kind=NoteKind.CONFIDENCE, text=HERS["confidence"], at=NOW)
    cases.set_level(
        actor=cast.officer, case=case, level=Level.HIGH, set_in=SetBy.PROFESSIONAL, reason="Seven acts.", at=NOW
    )
    return case


def _reach(cast: Cast, case: Case, kind: str, value: str) -> None:
    held = access_queries.held_by(cast.officer, "entered", at=NOW)
    VictimReach.objects.create(victim=case.victim, kind=kind, value=value, key=redaction.squeezed(value), **held)


def _mark(cast: Cast, case: Case, kind: str, value: str, **more: object) -> None:
    held = access_queries.held_by(cast.officer, "entered", at=NOW)
    SubjectMark.objects.create(
        subject=case.subject, kind=kind, value=value, key=redaction.squeezed(value), **held, **more
    )


def made(cast: Cast, case: Case, order: PackOrder = SUBJECT) -> Pack:
    return services.make_pack(actor=cast.coordinator, case=case, order=order, at=NOW)


@dataclass(frozen=True)
class Both:
    """A pack's two documents: every text in them, run together, and their bytes as they are."""

    words: str
    raw: bytes


def text_of(pack: Pack) -> Both:
    read = {}
    for name in ("pdf", "docx"):
        row = Exhibit.objects.unscoped("test").get(pk=getattr(pack, name))
        read[name] = exhibit_queries.content_of(row)
    parts = [*pdf_parts(read["pdf"]), *docx_parts(read["docx"])]
    return Both("\n".join(text for _, text in parts), read["pdf"] + read["docx"])


def stands(both: Both, value: str) -> bool:
    """Say whether a value stands in a text, however it is written, or letter for letter in the bytes.

    Packed bytes run together hold any five letters by chance.
    """
    return redaction.squeezed(value) in redaction.squeezed(both.words) or (
        len(value) > 5 and value.encode() in both.raw
    )


# ---- the subject's own record -------------------------------------------------------------------------------------


def test_he_is_given_what_is_his_and_nothing_that_leads_to_her(cast: Cast, case: Case) -> None:
    served(cast, case)
    _mark(cast, case, "vehicle", "PL70 DEM")
    text = text_of(made(cast, case))
    for value in ("Dean Marlow", "07700 900777", "PL70 DEM", "telephone number", "interim stalking protection order"):
        assert stands(text, value), value
    assert "Your record, SR-" in text.words, "the title, which stands at the foot of each page"
    for what, value in HERS.items():
        assert not stands(text, value), what
    for part in ("Elder Bank", "CW9 5QT", "Nora", "Quill", "St Brannock", "Seven acts", case.reference):
        assert not stands(text, part), part


def test_a_number_or_an_address_that_is_hers_as_well_is_kept_back_and_counted(cast: Cast, case: Case) -> None:
    _mark(cast, case, "phone", "+44 7700 900555")
    _mark(cast, case, "address", "9 Elder Bank Lane, Northwich")
    _mark(cast, case, "address", "3 High Street, Northwich")
    pack = made(cast, case)
    text = text_of(pack)
    assert not stands(text, "900555")
    assert not stands(text, "Elder Bank")
    assert stands(text, "3 High Street, Northwich")
    assert {
        "what": "numbers or addresses that a victim uses too, or may",
        "count": 2,
        "why": "the rights of others",
    } in pack.withheld


def test_what_stands_on_a_joined_record_of_the_subject_is_given_too(cast: Cast, case: Case) -> None:
    him = {"subject_name": "Deano Marlowe", "subject_phone": "07700 900888", "victim_name": "Ida Sorrel"}
    other = open_case(cast, at=NOW - timedelta(days=40), victim_birth="1 January 1990", **him)
    for name, kind in (("advocate", RelationKind.ADVOCATE), ("officer", RelationKind.OIC)):
        assign(actor=cast.coordinator, case=other, staff=cast.staff[name].pk, kind=kind, at=NOW - timedelta(days=39))
    served(cast, other)
    people.join_records(actor=cast.analyst, one=case.subject, other=other.subject, reason="One face.", at=NOW)
    for each in (case, other):
        text = text_of(made(cast, each))
        for value in (
            "Dean Marlow",
            "Deano Marlowe",
            "07700 900777",
            "07700 900888",
            "interim stalking protection order",
        ):
            assert stands(text, value), value
        assert not stands(text, "Sorrel")


def test_a_car_of_somebody_close_to_him_is_not_his(cast: Cast, case: Case) -> None:
    _mark(cast, case, "vehicle", "MM11 ASC", of_associate=True)
    assert not stands(text_of(made(cast, case)), "MM11 ASC")


def test_what_was_withdrawn_from_his_record_is_not_his_and_is_counted(cast: Cast, case: Case) -> None:
    _mark(cast, case, "vehicle", "PL70 DEM")
    mark = SubjectMark.objects.unscoped("test").get(value="PL70 DEM")
    people.withdraw_mark(actor=cast.analyst, subject=case.subject, mark=mark.pk, reason="A neighbour's.", at=NOW)
    pack = made(cast, case)
    assert not stands(text_of(pack), "PL70 DEM")
    assert [row["count"] for row in pack.withheld if "by mistake" in str(row["what"])] == [1]


@pytest.mark.parametrize("what", ["road", "car", "nickname", "school", "phone", "code phrase"])
def test_a_pack_that_would_give_her_away_is_thrown_away(
    cast: Cast, case: Case, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_up = packing.subject_pack

    def leaking(*args: Any, **kwargs: Any) -> Any:
        pack, withheld = made_up(*args, **kwargs)
        return replace(pack, identity=(*pack.identity, ("Also known", HERS[what].upper()))), withheld

    monkeypatch.setattr(packing, "subject_pack", leaking)
    with pytest.raises(NotClean) as refusal:
        made(cast, case)
    assert not stands(Both(str(refusal.value), b""), HERS[what])
    assert {one.where.partition(",")[0] for one in refusal.value.found} == {"PDF", "DOCX"}
    assert not Pack.objects.unscoped("test").exists()
    assert not Exhibit.objects.unscoped("test").exists()


def test_who_must_not_know_is_answered_as_somebody_of_whom_nothing_is_held(
    cast: Cast, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = made(cast, case, replace(SUBJECT, must_not_know=True, restriction_reason="He does not know of the case."))
    monkeypatch.setattr(packing, "subject_pack", lambda actor, case, reference, sieve, at: (
        packing.packs.SubjectPack(reference, at, *packing._answers(case)), ()))  # fmt: skip
    nothing = made(cast, case)
    assert (secret.pdf_sha256, secret.docx_sha256) == (nothing.pdf_sha256, nothing.docx_sha256)


ABOUT_EVERY_ANSWER = (
    "Who is responsible (the controller): Northmoor Police, for the Northmoor unit",
    "What it is used for",
    "On which legal basis",
    "Who may receive it",
    "How long it is kept",
    "Your rights",
    "You may ask us to correct",
    "What may be left out",
    "We neither confirm nor deny that we hold any",
    "Information Commissioner",
    "ico.org.uk",
)


def test_every_answer_says_who_is_responsible_what_for_how_long_and_where_to_complain(cast: Cast, case: Case) -> None:
    given = text_of(made(cast, case))
    nothing = text_of(
        made(cast, case, replace(SUBJECT, must_not_know=True, restriction_reason="The subject is not to."))
    )
    for words in ABOUT_EVERY_ANSWER:
        assert stands(given, words), words
        assert stands(nothing, words), words
    assert "accounts that others gave" not in given.words, "what is withheld is told to nobody"


@pytest.mark.parametrize("order", [SUBJECT, COURT])
@pytest.mark.parametrize(
    ("name", "kind", "value"),
    [
        ("Shruti Mangal", "address", "2 Times Court, March"),  # names that fonts have, a town that is a month
        ("April Long", "other name", "Grid"),
        ("Nora Quill", "account", "ace"),  # stands in a hash sooner or later
        ("Nora Marlow", "address", "Kent, Marlow"),  # the subject's own name is her town
    ],
)
def test_a_word_of_the_file_itself_is_no_danger(
    cast: Cast, case: Case, order: PackOrder, name: str, kind: str, value: str
) -> None:
    Victim.objects.unscoped("test").filter(pk=case.victim_id).update(
        given_name=name.split(maxsplit=1)[0], family_name=name.split()[1]
    )
    _reach(cast, case, kind, value)
    for number in range(40):
        exhibits.keep(
            actor=cast.coordinator, file=case.pk, kind="statement", title="A statement", content=f"{number}".encode(),
            media_type="application/pdf", compartment=Compartment.CORE, at=NOW,
        )  # fmt: skip
    case.refresh_from_db()
    assert made(cast, case, order).pdf


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"identity_proved": " "}, "identity_proved"),
        ({"asked_by": ""}, "asked_by"),
        ({"received_on": date(2026, 11, 25)}, "received_on"),
        ({"must_not_know": True}, "restriction_reason"),
    ],
)
def test_nothing_is_made_before_the_request_says_enough(
    cast: Cast, case: Case, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(CannotGovern) as refusal:
        made(cast, case, replace(SUBJECT, **changes))
    assert refusal.value.field == field


# ---- the court ----------------------------------------------------------------------------------------------------


@pytest.mark.door("redaction")
def test_a_court_is_given_the_accounts_with_every_way_to_her_left_out(cast: Cast, case: Case) -> None:
    served(cast, case)
    text = text_of(made(cast, case, COURT))
    assert stands(text, HERS["account in words"])
    assert redaction.MASK in text.words
    assert stands(text, "You must not contact her")
    assert "(8" in text.words or "not recorded as a crime" in text.words  # never the code alone
    assert stands(text, "Breaches: none on record")
    for what in ("road", "car", "school", "phone", "telephone told since", "code phrase", "confidence"):
        assert not stands(text, HERS[what]), what


def test_a_court_reads_that_the_relationship_is_not_known_and_no_empty_line(cast: Cast, case: Case) -> None:
    Case.objects.unscoped("test").filter(pk=case.pk).update(relationship="")
    case.refresh_from_db()
    assert "Relationship: not known" in " ".join(text_of(made(cast, case, COURT)).words.split())


def test_the_telephone_to_complain_at_stands_on_one_line(cast: Cast, case: Case) -> None:
    assert "0303\u00a0123\u00a01113" in packs.COMPLAIN
    assert "telephone 0303 123 1113" in " ".join(text_of(made(cast, case)).words.split())


def test_a_court_is_not_told_that_an_order_binds_which_was_never_made(cast: Cast, case: Case) -> None:
    """Two orders of one kind, of which one is only sought: each condition says whose it is."""
    binding, sought = served(cast, case), applied(cast, case, at=NOW)
    pack = packing.court_pack(cast.coordinator, case, "Court", Sieve(()), at=NOW)
    said = [(one.kind, one.made, one.until) for one in pack.orders]
    made_on = packs.day(binding.made_on)
    assert said[0][1:] == (made_on, "further order")
    assert said[1] == ("interim stalking protection order", "applied for; no court has made it", "")
    assert pack.orders[1].served == "", "what no court made is said once"
    whose = {order for order, _, _ in pack.conditions}
    assert whose == {
        f"interim stalking protection order of {made_on}",
        "interim stalking protection order, applied for",
    }
    for kind, by in (("bail", "given by the police"), ("court_bail", "not known"), ("licence", "no court")):
        Order.objects.unscoped("test").filter(pk=binding.pk).update(kind=kind)
        assert packing.court_pack(cast.coordinator, case, "Court", Sieve(()), at=NOW).orders[0].court == by, kind
    orders.take_step(
        actor=cast.officer, order=sought, step=Step.REFUSED, at=NOW, details=StepDetails(reason="No need.")
    )
    again = packing.court_pack(cast.coordinator, case, "Court", Sieve(()), at=NOW).orders[1]
    assert (again.made, again.served, again.until) == ("refused by the court; no court has made it", "", "")


def test_an_order_that_was_only_considered_is_one_true_sentence_in_the_document(cast: Cast, case: Case) -> None:
    orders.consider(actor=cast.officer, case=case, kind=OrderKind.SPO_INTERIM, reason="The panel asked.", at=NOW)
    words = " ".join(text_of(made(cast, case, COURT)).words.split())
    assert "interim stalking protection order considered; no court has made it" in words
    assert "not made" not in words
    assert "not served" not in words


def test_a_day_in_a_pack_is_the_day_in_london() -> None:
    assert packs.day(datetime(2026, 6, 1, 23, 30, tzinfo=UTC)) == "2 June 2026"


WRITTEN = (
    "He asked for 14 Elder Bnak Ln, then for Elder Bank, and read out cw95qt. "
    "The number ends 900555, he said, her plate ends NRA, and St Branocks is near. Little Calum was with her, and Lizzie."
)


def test_a_court_is_not_given_what_was_written_in_another_way(cast: Cast) -> None:
    case = open_case(cast, at=NOW - timedelta(days=60), words=WRITTEN, place=HERS["school"])
    for kind, value in (("address", HERS["road"]), ("vehicle", HERS["car"]), ("phone", HERS["telephone told since"])):
        _reach(cast, case, kind, value)
    pack = services.make_pack(
        actor=cast.coordinator, case=case, order=COURT, at_risk=["Callum Reed", "Elizabeth Reed"], at=NOW
    )
    text = text_of(pack)
    for told in ("Elder", "Bnak", "cw95qt", "900555", "NRA", "Branocks", "Calum", "Lizzie"):
        assert told not in without_chance(text.words), told
    assert "He asked for" in text.words


def test_what_was_told_of_a_further_victim_is_left_out_too(cast: Cast) -> None:
    case = open_case(cast, at=NOW - timedelta(days=60), words="He rang 07700 900779 and wrote to petal_44 at once.")
    allegation = Allegation.objects.unscoped("test").get(case_acts__case=case)
    whose = {"allegation": allegation, "role": "victim", "place": 2}
    FurtherPerson.objects.create(**whose, phone="07700 900779", **access_queries.held_by(cast.officer, "told", at=NOW))
    PersonKnownBy.objects.create(
        **whose, kind="account", value="photos: petal_44", **access_queries.held_by(cast.officer, "told", at=NOW)
    )
    text = text_of(services.make_pack(actor=cast.coordinator, case=case, order=COURT, at=NOW))
    assert not stands(text, "07700 900779")
    assert not stands(text, "petal_44")


def test_a_court_is_not_told_who_else_was_stalked_before_a_person_decides(cast: Cast, case: Case) -> None:
    hers = tell(
        cast.analyst, at=NOW, victim_name="Maud Penhale", victim_birth="7 July 1991", victim_phone="07700 900321"
    )
    known(cast, hers, None, case.subject)
    triaged(cast, hers)
    further_act(cast, case, at=NOW, words="He told Nora that it had been the same with Maud Penhale.")
    text = text_of(made(cast, case, COURT))
    assert stands(text, "He told Nora that it had been the same with [left out]")
    assert stands(text, "What may lead to a victim is left out"), "not to this one alone"
    assert not stands(text, "Penhale")


# ---- letting it go ------------------------------------------------------------------------------------------------


def test_somebody_else_lets_it_go_and_the_ledger_says_so(cast: Cast, case: Case) -> None:
    pack = made(cast, case)
    services.release_pack(actor=cast.chair, pack=pack, channel="handed over", at=NOW)
    row = Disclosure.objects.unscoped("test").get()
    assert (row.to_whom, row.sha256, row.ground) == ("Dean Marlow", pack.pdf_sha256, "data_subject")
    assert row.consent_reason.startswith("nothing in it reaches another person")
    with pytest.raises(CannotGovern, match="released already"):
        services.release_pack(actor=cast.chair, pack=pack, channel="again", at=NOW)


def test_whoever_made_it_does_not_let_it_go(cast: Cast, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = made(cast, case)
    with pytest.raises(Refused):
        services.release_pack(actor=cast.coordinator, pack=pack, channel="handed over", at=NOW)
    monkeypatch.setattr(pack, "recorded_by", cast.chair.staff)
    with pytest.raises(Refused, match="Somebody else"):
        services.release_pack(actor=cast.chair, pack=pack, channel="handed over", at=NOW)


def test_what_came_to_be_known_since_stops_a_pack_at_the_door(cast: Cast, case: Case) -> None:
    _mark(cast, case, "vehicle", "PL70 DEM")
    pack = made(cast, case)
    _reach(cast, case, "vehicle", "PL70 DEM")
    with pytest.raises(CannotGovern, match=r"1 danger is not decided. This pack waits for a unit coordinator"):
        services.release_pack(actor=cast.chair, pack=pack, channel="handed over", at=NOW)
    assert not Disclosure.objects.unscoped("test").exists()


@pytest.mark.parametrize("name", ["officer", "advocate", "clinician", "chair", "governance"])
def test_only_a_coordinator_makes_a_pack(cast: Cast, case: Case, name: str) -> None:
    with pytest.raises((Refused, NotFound)):
        services.make_pack(actor=cast.actor(name), case=case, order=SUBJECT, at=NOW)


def test_another_site_gets_nothing(cast: Cast, case: Case) -> None:
    with pytest.raises(NotFound):
        services.make_pack(actor=cast.olu, case=case, order=SUBJECT, at=NOW)


def test_the_page_says_what_was_sought_and_what_was_left_out(cast: Cast, case: Case) -> None:
    pack = made(cast, case)
    opened = access_queries.opened(cast.chair, case.pk, at=NOW)
    (shown,) = queries.governance_page(actor=cast.chair, opened=opened, at=NOW).packs
    assert shown.sought == pack.sought > 8
    assert shown.may_release
    assert Compartment.CORE in opened.readable


# ---- what stands beside the record --------------------------------------------------------------------------------


def test_a_correction_goes_wherever_the_record_goes_and_never_leads_to_her(cast: Cast, case: Case) -> None:
    said = {
        Challenger.SUBJECT: ("the report of 3 May", "I was in Leeds."),
        Challenger.VICTIM: (f"where I live, {HERS['road']}", f"I never lived at {HERS['road']}."),
    }
    for by_whom, (about, words) in said.items():
        challenge = services.record_challenge(
            actor=cast.coordinator, case=case, by_whom=by_whom, kind=ChallengeKind.INACCURATE, about=about, words=words,
            received_on=date(2026, 11, 20), at=NOW,
        )  # fmt: skip
        services.answer_challenge(
            actor=cast.chair, challenge=challenge, outcome=ChallengeOutcome.CORRECTED, reason="So it was.",
            correction=f"The record of {by_whom} is wrong; not {HERS['road']}.", at=NOW,
        )  # fmt: skip
    court = text_of(made(cast, case, COURT))
    assert stands(court, "the report of 3 May")
    assert stands(court, "The record of victim is wrong; not [left out]")
    assert not stands(court, HERS["road"])
    services.record_challenge(
        actor=cast.coordinator, case=case, by_whom=Challenger.OTHER, kind=ChallengeKind.INACCURATE, about="the day",
        words="It was a Tuesday.", received_on=date(2026, 11, 21), at=NOW,
    )  # fmt: skip
    assert packing.court_pack(cast.coordinator, case, "Court", Sieve(()), at=NOW).beside[-1] == (
        "the day",
        "not answered yet",
        "nothing",
    )
    own = text_of(made(cast, case))
    assert stands(own, "a fact is wrong")
    assert own.words.count("corrected; the first record is kept") == own.words.count("a fact is wrong")
    for hidden in ("the report of 3 May", "I never lived", HERS["road"], "The record of"):
        assert not stands(own, hidden)
