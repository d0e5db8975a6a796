"""A case is disposed of by two people, whole, and by nothing else; what others need stays; the log still holds."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.apps import apps
from django.conf import settings
from django.core.cache import caches
from django.db import DatabaseError, connection, transaction

from fourfold.access import services as access
from fourfold.access.askers import Needs
from fourfold.access.models import Membership
from fourfold.access.seconds import who_could
from fourfold.access.terms import Permission, Refused, Role
from fourfold.audit import queries as audit_queries
from fourfold.audit.models import Entry
from fourfold.cases import services as cases
from fourfold.cases.models import Case, CaseAct
from fourfold.duties import services as duties
from fourfold.governance import queries
from fourfold.governance import services as governance
from fourfold.governance.models import DisposalAsked, Disposed, Gone, Hold, HoldLifted
from fourfold.governance.queries import disposing
from fourfold.governance.schedule import retention as schedule
from fourfold.governance.services.disposing import LIST, _again, _said, carry_on, keep_list
from fourfold.governance.terms import CannotGovern, HoldKind, RetentionOutcome
from fourfold.intake.models import Allegation
from fourfold.linkage import services as linkage
from fourfold.linkage.models import Match, Proposal
from fourfold.orders.models import Order
from fourfold.orders.terms import OrderKind, Step
from fourfold.people.models import Subject, Victim
from fourfold.people.terms import Part
from fourfold.upkeep import queries as upkeep
from fourfold.web import worklist
from tests.cases.builders import further_act, known, open_case, told, triaged
from tests.cast import NOW, Cast
from tests.evaluation.test_services import frozen
from tests.web import test_desk

pytestmark = pytest.mark.django_db
read = test_desk.read
DAY = timedelta(days=1)
QUIET = NOW + timedelta(days=95)
CLOSING = NOW + timedelta(days=190)
LATER = CLOSING + 10 * DAY


def rows(model, **of):
    return model._base_manager.filter(**of)


@pytest.fixture(autouse=True)
def _short(monkeypatch):
    """Let the schedule keep a case for no year, so that one of today can be due."""
    rules = tuple(replace(rule, clear_years=0, review_years=0) for rule in schedule())
    for module in ("queries.disposing", "queries.retaining", "services.disposing", "services.records"):
        monkeypatch.setattr(f"fourfold.governance.{module}.schedule", lambda: rules)


def closed(cast: Cast, case: Case) -> Case:
    signs = {"countersigned_by": cast.coordinator}
    cases.step_down(
        actor=cast.officer, case=case, reason="Quiet.", victim_told_at=QUIET - DAY, at=QUIET, **signs
    )  # fmt: skip
    cases.close(actor=cast.coordinator, case=case, reason="Done.", victim_told_at=CLOSING - DAY, at=CLOSING)
    return case


def proposed(cast: Cast, case: Case) -> Case:
    """Close a case and let its retention review propose disposal."""
    closed(cast, case)
    propose = RetentionOutcome.PROPOSE_DISPOSAL
    governance.review_retention(
        actor=cast.coordinator, case=case, outcome=propose, reason="No risk left.", at=LATER - DAY
    )
    return case


def differing() -> list[str]:
    """Return what a reading of the log finds; that a test's own people and reports were made past the services is none of it."""
    return [str(one) for one in audit_queries.verify().findings]


def seen(cast: Cast, case: Case) -> str:
    return queries.disposal_page(actor=cast.coordinator, case=case, at=LATER).seen


def ask(cast: Cast, case: Case, **more) -> DisposalAsked:
    told_of = {"reason": "Nothing is needed.", "seen": seen(cast, case), "at": LATER}
    return governance.ask_for_disposal(actor=cast.coordinator, case=case, **{**told_of, **more})


def dispose(cast: Cast, case: Case, **more) -> Disposed:
    asked = ask(cast, case)
    sees = {"actor": cast.chair, "seen": seen(cast, case), "at": LATER}
    return governance.sign_disposal(asked=asked, **{**sees, **more})


def test_two_people_dispose_of_a_case_and_a_tombstone_remains(cast):
    case = proposed(cast, open_case(cast))
    before = audit_queries.verify().entries
    stone = dispose(cast, case)
    for model in (Case, Allegation, Victim, Subject):
        assert not rows(model).exists()
    assert (stone.pk, stone.reference, stone.rule) == (case.pk, case.reference, "group-3")
    assert (stone.asked_by, stone.signed_by) == (cast.coordinator.staff, cast.chair.staff)
    assert stone.counts["cases"] > 3
    assert differing() == []
    assert audit_queries.verify().entries > before
    assert not list(duties.checked())


@pytest.mark.parametrize("lost", ["permission", "wall"])
def test_a_disposal_lapses_with_what_its_asker_loses(cast, lost):
    case = proposed(cast, open_case(cast))
    asked, first = ask(cast, case), cast.staff["coordinator"]
    sees = {"actor": cast.chair, "seen": seen(cast, case), "at": LATER}
    if lost == "permission":
        Membership.objects.filter(staff=first).update(role=Role.EVALUATOR)
    else:
        access.set_wall(
            actor=cast.second_governance, files=[case.pk], staff=first.pk, reason="A cousin.", at=LATER - DAY
        )
    with pytest.raises(Refused, match="has lapsed"):
        governance.sign_disposal(asked=asked, **sees)
    assert rows(Case).exists()


def test_nothing_anywhere_names_a_row_that_went(cast):
    case = proposed(cast, open_case(cast))
    reach = disposing.reach_of(case)
    gone = {str(key) for key in reach.every_key() if isinstance(key, UUID)}
    dispose(cast, case)
    connection.check_constraints()
    left = {
        model._meta.label_lower
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label != "audit" and model not in (Disposed, Gone)
        for row in model._base_manager.values()
        if any(key in str(row) for key in gone)
    }
    assert left == set()


def test_whoever_asked_does_not_sign(cast):
    case = proposed(cast, open_case(cast))
    with pytest.raises(Refused):
        dispose(cast, case, actor=cast.coordinator)
    assert rows(Case).exists()


@pytest.mark.parametrize("name", ["officer", "advocate", "clinician", "governance", "administrator", "olu"])
def test_nobody_else_asks_or_signs(cast, name):
    case = proposed(cast, open_case(cast))
    with pytest.raises(Exception):  # noqa: B017 -- refused, or not there for them
        governance.ask_for_disposal(actor=cast.actor(name), case=case, reason="x", seen=seen(cast, case), at=LATER)
    with pytest.raises(Exception):  # noqa: B017
        dispose(cast, case, actor=cast.actor(name))
    assert rows(Case).exists()


def test_who_proposed_it_may_ask_and_may_not_sign(cast):
    case = proposed(cast, open_case(cast))
    asked = governance.ask_for_disposal(
        actor=cast.chair, case=case, reason="Nothing is needed.", seen=seen(cast, case), at=LATER
    )
    page = queries.disposal_page(actor=cast.coordinator, case=case, at=LATER)
    assert page.not_you == disposing.REVIEWED
    with pytest.raises(Refused, match="You proposed this disposal"):
        governance.sign_disposal(actor=cast.coordinator, asked=asked, seen=page.seen, at=LATER)
    assert rows(Case).exists()
    row = duties_of(cast, "coordinator")
    assert not row, "nobody is asked to sign what they may not"


def duties_of(cast, name):
    day = worklist.today(cast.actor(name, at=LATER), LATER, "mine")
    return [row for row in day.every if "disposal" in str(row.what)]


def test_who_lifted_a_hold_since_the_review_may_not_sign_and_the_page_says_what_was_decided(cast):
    case = proposed(cast, open_case(cast))
    hold = governance.place_hold(
        actor=cast.coordinator, case=case, kind=HoldKind.INQUEST, reason="An inquest.", at=LATER - DAY / 2
    )
    governance.lift_hold(actor=cast.chair, hold=hold, reason="It has ended.", at=LATER - DAY / 3)
    asked = ask(cast, case)
    page = queries.disposal_page(actor=cast.chair, case=case, at=LATER)
    assert page.not_you == disposing.LIFTED
    told_of = [(str(what).split(":")[0], why) for _, _, what, why in page.before]
    assert told_of == [
        ("proposed for disposal", "No risk left."), ("hold", "An inquest."), ("hold lifted", "It has ended."),
    ]  # fmt: skip
    with pytest.raises(Refused, match="You lifted a hold"):
        governance.sign_disposal(actor=cast.chair, asked=asked, seen=page.seen, at=LATER)
    needs = Needs(Permission.RETENTION_REVIEW, case.site, case.pk)
    nobody = who_could(needs, actor=cast.chair, at=LATER, besides=page.apart, asked_by=asked.recorded_by)
    assert nobody.names == ()
    Membership.objects.filter(staff=cast.staff["officer"]).update(role=Role.PANEL_CHAIR)
    able = who_could(needs, actor=cast.chair, at=LATER, besides=page.apart, asked_by=asked.recorded_by)
    assert able.names == (cast.staff["officer"].name,)
    assert governance.sign_disposal(actor=cast.actor("officer", at=LATER), asked=asked, seen=page.seen, at=LATER)


@pytest.mark.parametrize("when", ["proposed", "disposed of"])
def test_whom_a_wall_kept_from_a_case_no_list_tells_of_it(cast, when):
    case = proposed(cast, open_case(cast))
    third = cast.staff["officer"]
    Membership.objects.filter(staff=third).update(role=Role.PANEL_CHAIR)
    access.set_wall(actor=cast.second_governance, files=[case.pk], staff=third.pk, reason="A cousin.", at=LATER - DAY)
    walled = cast.actor("officer", at=LATER)
    if when == "disposed of":
        dispose(cast, case)
        shown = [one.reference for one in queries.disposed_of(actor=cast.chair, at=LATER)]
        told_of = [one.reference for one in queries.disposed_of(actor=walled, at=LATER)]
        assert not queries.is_disposed_of(case.reference, actor=walled)
        assert queries.is_disposed_of(case.reference, actor=cast.coordinator)
        assert not queries.is_disposed_of(case.reference, actor=cast.actor("olu"))
    else:
        shown = [one for one, *_ in queries.to_dispose_of(actor=cast.chair, at=LATER)]
        told_of = [one for one, *_ in queries.to_dispose_of(actor=walled, at=LATER)]
    assert (shown, told_of) == ([case.reference], [])


def test_who_signs_twice_is_told_that_it_is_gone(cast):
    case = proposed(cast, open_case(cast))
    asked, sees = ask(cast, case), seen(cast, case)
    governance.sign_disposal(actor=cast.chair, asked=asked, seen=sees, at=LATER)
    with pytest.raises(CannotGovern, match="was disposed of already"):
        governance.sign_disposal(actor=cast.chair, asked=asked, seen=sees, at=LATER)
    with pytest.raises(CannotGovern, match="was disposed of already"):
        governance.refuse_disposal(actor=cast.chair, asked=asked, because="No.", at=LATER)
    assert Disposed.objects.count() == 1


def test_what_a_process_that_was_killed_left_outside_is_removed_by_the_next_backup(
    cast, settings, monkeypatch, tmp_path
):
    folder = settings.FOURFOLD.outbox_dir
    folder.mkdir(parents=True, exist_ok=True)
    case = proposed(cast, open_case(cast))
    message, other = uuid4(), uuid4()
    monkeypatch.setattr(transaction, "on_commit", lambda *_, **__: None)  # killed before any of it
    stone = dispose(cast, case)
    Gone.objects.create(pk=message, stone=stone)
    caches["worked_out"].set("pack.seen", 3)
    for key in (message, other):
        (folder / f"{key}.json").write_text("{}")
    (folder / "notes.json").write_text("{}")
    carry_on(tmp_path)
    left = {path.name for path in folder.glob("*.json")}
    assert left >= {f"{other}.json", "notes.json"}
    assert f"{message}.json" not in left
    assert caches["worked_out"].get("pack.seen") is None
    caches["worked_out"].set("pack.seen", 3)
    carry_on(tmp_path)
    assert caches["worked_out"].get("pack.seen") == 3, "what is worked out stays where nothing is left to do"


def test_a_hold_beats_it_for_whoever_asks_and_whoever_signs(cast):
    case = proposed(cast, open_case(cast))
    asked, sees = ask(cast, case), seen(cast, case)
    governance.place_hold(actor=cast.coordinator, case=case, kind=HoldKind.INQUEST, reason="An inquest.", at=LATER)
    with pytest.raises(CannotGovern, match="On hold"):
        governance.sign_disposal(actor=cast.chair, asked=asked, seen=sees, at=LATER)
    with pytest.raises(CannotGovern, match="On hold"):
        ask(cast, case)
    assert rows(Case).exists()


@pytest.mark.parametrize("how", ["tombstone", "case", "hold", "orm"])
def test_a_hold_beats_whoever_writes_in_the_database(cast, how):
    case = proposed(cast, open_case(cast))
    governance.place_hold(actor=cast.coordinator, case=case, kind=HoldKind.INQUEST, reason="An inquest.", at=LATER)
    stone = Disposed(
        pk=case.pk, reference=case.reference, site=case.site, rule="group-3", schedule_sha256="0" * 64,
        asked_by=cast.coordinator.staff, asked_at=LATER, signed_by=cast.chair.staff, disposed_at=LATER, counts={},
        commitment="0" * 64,
    )  # fmt: skip
    acts = {
        "tombstone": lambda: stone.save(force_insert=True),
        "case": lambda: connection.cursor().execute("DELETE FROM cases_case"),
        "hold": lambda: connection.cursor().execute("DELETE FROM governance_hold"),
        "orm": lambda: rows(Case)._raw_delete("default"),
    }
    with pytest.raises(DatabaseError, match=r"hold|disposal alone"), transaction.atomic():
        acts[how]()
    assert rows(Case).exists()
    assert rows(Hold).exists()


def test_a_case_that_nobody_disposes_of_is_removed_by_no_statement_and_a_tombstone_stays_as_it_is(cast):
    case = proposed(cast, open_case(cast))
    with pytest.raises(DatabaseError, match="disposal alone"), transaction.atomic():
        rows(Case, pk=case.pk)._raw_delete("default")
    stone = dispose(cast, case)
    for act in (lambda: rows(Disposed)._raw_delete("default"), lambda: rows(Disposed).update(site="elsewhere")):
        with pytest.raises(DatabaseError, match="what remains"), transaction.atomic():
            act()
    assert rows(Disposed).get() == stone


def test_a_review_has_to_propose_it_and_a_later_act_keeps_it(cast, monkeypatch):
    case = closed(cast, open_case(cast))
    with pytest.raises(CannotGovern, match="did not propose"):
        ask(cast, case)
    case = proposed_again(cast, case)
    ask(cast, case)


def proposed_again(cast, case):
    propose = RetentionOutcome.PROPOSE_DISPOSAL
    governance.review_retention(
        actor=cast.coordinator, case=case, outcome=propose, reason="No risk left.", at=LATER - DAY
    )
    return case


def test_a_subject_whose_birth_nobody_knows_is_kept(cast):
    case = proposed(cast, open_case(cast, subject_birth=""))
    with pytest.raises(CannotGovern, match="date of birth is not known"):
        ask(cast, case)


def test_what_waits_in_it_keeps_it(cast):
    case = proposed(cast, open_case(cast))
    late = LATER + 200 * DAY
    with pytest.raises(CannotGovern, match="Something is still to be done in this case"):
        ask(cast, case, at=late)


def test_a_report_that_came_since_the_page_was_read_stops_the_signature(cast):
    case = proposed(cast, open_case(cast))
    asked, sees = ask(cast, case), seen(cast, case)
    governance.review_retention(
        actor=cast.coordinator, case=case, outcome=RetentionOutcome.PROPOSE_DISPOSAL, reason="Again.", at=LATER
    )
    with pytest.raises(CannotGovern, match="has changed"):
        governance.sign_disposal(actor=cast.chair, asked=asked, seen=sees, at=LATER)
    assert rows(Case).exists()


def test_a_no_leaves_the_case_and_it_may_be_asked_again(cast):
    case = proposed(cast, open_case(cast))
    asked = ask(cast, case)
    governance.refuse_disposal(actor=cast.chair, asked=asked, because="An appeal is possible.", at=LATER)
    with pytest.raises(CannotGovern, match="Nobody asks"):
        governance.sign_disposal(actor=cast.chair, asked=asked, seen=seen(cast, case), at=LATER)
    assert rows(Case).exists()
    assert dispose(cast, case)


def test_a_person_who_is_in_another_case_stays_with_what_that_case_needs(cast):
    case = open_case(cast)
    other = told(cast.analyst, subject_name="Rob Marlow", subject_birth="1/1/1980", subject_phone="07700 900778")
    victim, subject = known(cast, other, victim=case.victim)
    second = triaged(cast, other, at=NOW)
    proposed(cast, case)
    page = queries.disposal_page(actor=cast.coordinator, case=case, at=LATER)
    assert page.stays == (("people on record", 1),), "not where: that is not every reader's to know"
    dispose(cast, case)
    assert set(rows(Victim)) == {victim}
    assert set(rows(Subject)) == {subject}
    assert set(rows(Allegation)) == {other}
    assert rows(Case).get() == second
    assert differing() == []


def test_a_report_that_is_in_no_other_case_keeps_its_people(cast):
    case = open_case(cast)
    other = told(cast.analyst)
    known(cast, other, victim=case.victim, subject=case.subject)
    proposed(cast, case)
    dispose(cast, case)
    assert rows(Victim).get() == case.victim
    assert rows(Allegation).get() == other
    assert not list(duties.checked())


@pytest.mark.parametrize("how", ["proposed", "another person"])
def test_a_report_of_which_its_people_were_only_proposed_or_refused_stays(cast, how):
    case, other = open_case(cast), told(cast.analyst)
    if how == "proposed":
        linkage.propose_matches(actor=cast.analyst, allegation=other, at=NOW)
        assert rows(Proposal, allegation=other, victim=case.victim).exists()
    else:
        linkage.reject_match(actor=cast.analyst, allegation=other, part=Part.VICTIM, victim=case.victim, at=NOW)
    proposed(cast, case)
    dispose(cast, case)
    assert rows(Allegation).get() == other
    assert not rows(Victim).exists()
    connection.check_constraints()
    assert differing() == []


def test_a_person_who_was_only_proposed_for_its_report_stays(cast):
    first = told(cast.analyst)
    victim, subject = known(cast, first)
    report = told(cast.analyst)
    linkage.propose_matches(actor=cast.analyst, allegation=report, at=NOW)
    rows(Match, allegation=first).delete()  # so that nothing but their own record says that they are somebody
    hers, _ = known(cast, report)
    assert hers != victim
    case = triaged(cast, report)
    proposed(cast, case)
    dispose(cast, case)
    assert set(rows(Victim)) == {victim}
    assert set(rows(Subject)) == {subject}


def test_a_report_that_was_taken_off_the_case_stays_at_the_desk(cast):
    case = open_case(cast)
    other = further_act(cast, case, at=NOW)
    match = rows(Match, allegation=other, part="subject").get()
    cases.undo_match(actor=cast.analyst, match=match, reason="Somebody else.", at=NOW + DAY)
    assert rows(CaseAct, allegation=other).get().left_at is not None
    proposed(cast, case)
    dispose(cast, case)
    assert rows(Allegation).get() == other
    assert rows(Allegation).get().at_desk
    assert rows(Victim).get() == case.victim, "the report still tells of them"
    connection.check_constraints()
    assert differing() == []


@pytest.mark.parametrize("days", [None, 0, 4000])
def test_an_order_in_force_keeps_the_case(cast, days):
    case = proposed(cast, open_case(cast))
    held = {name: getattr(case, name) for name in ("controller", "basis", "source", "recorded_at", "recorded_by")}
    expires = None if days is None else LATER.date() + days * DAY
    made = {"kind": OrderKind.RESTRAINING, "step": Step.SERVED, "made_on": NOW.date(), "served_at": NOW}
    order = Order._base_manager.create(case=case, expires_on=expires, **made, **held)
    with pytest.raises(CannotGovern, match="An order of this case is in force"):
        ask(cast, case)
    rows(Order, pk=order.pk).update(ended_on=LATER.date())
    assert ask(cast, case)


def test_what_was_asked_for_too_long_ago_is_signed_by_nobody(cast):
    case = proposed(cast, open_case(cast))
    asked, late = ask(cast, case), LATER + 8 * DAY
    page = queries.disposal_page(actor=cast.chair, case=case, at=late)
    assert "more than 7 days ago" in page.why_not
    with pytest.raises(Refused, match="more than 7 days ago"):
        governance.sign_disposal(actor=cast.chair, asked=asked, seen=page.seen, at=late)
    assert rows(Case).exists()


def test_a_case_of_very_many_reports_has_its_drafts_found(cast):
    case = open_case(cast)
    reach = disposing.reach_of(case)
    reach.files[Allegation] |= {uuid4() for _ in range(1100)}
    disposing._sought(reach, case)
    assert not reach.rows[disposing.Draft]


def test_a_case_whose_report_another_case_counts_is_kept_until_that_one_has_gone(cast):
    case = hindered(cast)
    with pytest.raises(CannotGovern, match="Something else on record needs this case"):
        ask(cast, case)
    assert rows(Case).count() == 2


def test_a_case_stays_while_its_subject_has_an_open_one(cast):
    case = proposed(cast, open_case(cast))
    report = told(cast.analyst, at=LATER - DAY)
    known(cast, report, subject=case.subject, at=LATER - DAY)
    other = triaged(cast, report, at=LATER - DAY)
    assert (other.subject, other.pk != case.pk) == (case.subject, True)
    with pytest.raises(CannotGovern, match="Something else on record needs this case"):
        ask(cast, case)


def hindered(cast: Cast) -> Case:
    """Let another case count the report that opened one whose disposal is proposed."""
    case, second = open_case(cast), open_case_again(cast)
    (act,), held = rows(CaseAct, case=case), ("controller", "basis", "source", "recorded_at", "recorded_by")
    copied = {name: getattr(act, name) for name in (*held, "allegation", "happened_at", "joined_at")}
    CaseAct._base_manager.create(case=second, **copied)
    return proposed(cast, case)


def test_what_a_restore_could_not_dispose_of_again_is_as_it_was_and_no_entry_says_otherwise(cast):
    case = hindered(cast)
    governance.place_hold(actor=cast.coordinator, case=case, kind=HoldKind.INQUEST, reason="An inquest.", at=LATER)
    stone = Disposed(
        pk=case.pk, reference=case.reference, site=case.site, rule="group-3", schedule_sha256="0" * 64,
        asked_by=cast.coordinator.staff, asked_at=LATER, signed_by=cast.chair.staff, disposed_at=LATER, counts={},
    )  # fmt: skip
    assert not _again(cast.administrator, case, _said(stone), LATER)
    assert not rows(HoldLifted).exists()
    assert not Entry.objects.filter(action="case.disposed_again").exists()


def unclassified(register: dict[str, Any]) -> list[str]:
    """Return the tables of which nobody has said whether their rows go with a case, and those named that are not there."""
    named = {label for kind in ("goes", "tells", "stays") for entry in register[kind] for label in entry["tables"]}
    there = {model._meta.label_lower: model for model in apps.get_models(include_auto_created=True)}
    by_itself = {label for label, model in there.items() if hasattr(model, "FILE_PATH") or hasattr(model, "CASE_PATH")}
    return sorted((there.keys() - named - by_itself) | (named - there.keys()))


def test_every_table_is_known_to_go_or_to_stay():
    assert unclassified(disposing.disposal()) == []


def test_a_table_that_nobody_classified_is_named():
    known_of = disposing.disposal()
    short = {**known_of, "stays": [entry for entry in known_of["stays"] if "panel.sitting" not in entry["tables"]]}
    assert "panel.sitting" in unclassified(short)


def test_the_list_with_the_keys_says_it_once_and_a_forged_line_disposes_of_nothing(cast, tmp_path, monkeypatch):
    case = proposed(cast, open_case(cast))
    kept = open_case_again(cast)
    stone = dispose(cast, case)
    assert keep_list(tmp_path) == 1
    assert keep_list(tmp_path) == 0
    (line,) = (tmp_path / "disposals.jsonl").read_text().splitlines()
    assert json.loads(line)["reference"] == stone.reference
    forged = json.loads(line) | {"id": str(kept.pk), "reference": kept.reference}
    (tmp_path / "disposals.jsonl").write_text(json.dumps(forged) + "\n")
    assert governance.dispose_again(actor=cast.administrator, at=LATER, beside=tmp_path) == ([], [kept.reference])
    assert rows(Case).get() == kept


def listed(cast: Cast, folder: Any) -> tuple[Case, str]:
    """Keep the list of a disposal in a folder, and let the case come back; return it with the line of the list."""
    case = proposed(cast, open_case(cast))
    older = transaction.savepoint()
    dispose(cast, case)
    keep_list(folder)
    transaction.savepoint_rollback(older)
    return case, (folder / LIST).read_text()


@pytest.mark.parametrize(
    "change", [{"epoch": 2}, {"epoch": [2]}, {"id": str(uuid4())}, {"id": "x"}, {"disposed_at": None}]
)
def test_a_line_that_is_damaged_or_of_a_later_key_stops_the_restore_in_words(cast, tmp_path, change):
    case, line = listed(cast, tmp_path)
    (tmp_path / LIST).write_text(json.dumps(json.loads(line) | change) + "\n")
    gone, kept = governance.dispose_again(actor=cast.administrator, at=LATER, beside=tmp_path)
    assert gone == []
    assert kept == [f"line 1 of {tmp_path / LIST}" if "disposed_at" in change else case.reference]
    assert rows(Case).exists()


def test_a_line_torn_at_a_power_loss_stops_no_other_and_is_written_anew(cast, tmp_path):
    case, line = listed(cast, tmp_path)
    (tmp_path / LIST).write_text(line + line[:99])
    gone, kept = governance.dispose_again(actor=cast.administrator, at=LATER, beside=tmp_path)
    assert (gone, kept) == ([case.reference], [f"line 2 of {tmp_path / LIST}"])
    (tmp_path / LIST).write_text(line[:99])
    assert keep_list(tmp_path) == 1
    assert (tmp_path / LIST).read_text() == line


def test_the_doctor_reads_a_list_with_a_torn_line(cast, tmp_path, settings):
    case, line = listed(cast, tmp_path)
    settings.FOURFOLD = settings.FOURFOLD.model_copy(update={"shared_keys": tmp_path})
    (tmp_path / LIST).write_text(line + json.dumps({"id": "x"}) + "\n" + line[:99])
    counts = {"back": upkeep.came_back(), "gone": upkeep.not_listed()}
    assert rows(Case).annotate(**counts).values("pk", *counts).get() == {"pk": case.pk, "back": 1, "gone": 0}


def open_case_again(cast):
    other = told(
        cast.analyst, victim_name="Ada Reed", victim_birth="2 April 1990", victim_phone="07700 900999",
        subject_name="Ray Tull", subject_birth="4/4/1970", subject_phone="07700 900998",
    )  # fmt: skip
    known(cast, other)
    return triaged(cast, other, at=NOW)


def test_what_an_older_backup_brings_back_is_disposed_of_again_though_it_was_on_hold_then(cast, tmp_path):
    case = proposed(cast, open_case(cast))
    hold = governance.place_hold(actor=cast.coordinator, case=case, kind=HoldKind.INQUEST, reason="Inquest", at=LATER)
    older = transaction.savepoint()
    governance.lift_hold(actor=cast.coordinator, hold=hold, reason="Over.", at=LATER)
    stone = dispose(cast, case)
    keep_list(tmp_path)
    transaction.savepoint_rollback(older)
    assert rows(Case).exists()
    done = governance.dispose_again(actor=cast.administrator, at=LATER, beside=tmp_path)
    assert done == ([case.reference], [])
    assert not rows(Case).exists()
    found = rows(Disposed).get()
    assert (found.signed_by, found.disposed_at, found.commitment) == (
        stone.signed_by,
        stone.disposed_at,
        stone.commitment,
    )
    assert differing() == []
    assert settings.FOURFOLD.keys_dir != tmp_path


def test_what_was_frozen_for_a_study_and_what_was_found_stay_as_they_were(cast):
    case = proposed(cast, open_case(cast))
    extract = frozen(cast, [])
    labels = ("question", "extract", "result", "release", "amendment")
    tables = [apps.get_model("evaluation", label) for label in labels]
    stood = [list(model._base_manager.order_by("pk").values()) for model in tables]
    file = settings.FOURFOLD.extracts_dir / extract.path
    held = file.read_bytes()
    dispose(cast, case)
    assert [list(model._base_manager.order_by("pk").values()) for model in tables] == stood
    assert file.read_bytes() == held
    assert str(case.pk) not in str(stood)
