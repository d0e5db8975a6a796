"""The invented programme in the database: whole, provable, alive on every page, and with its truth to be found."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.cache import cache
from django.db import models
from django.test import Client
from typer.testing import CliRunner

from fourfold.access.models import Account, Agreement, Membership, Relation, Staff
from fourfold.access.terms import NotFound, Role
from fourfold.audit import queries as audit_queries
from fourfold.audit.commitments import row_commitment
from fourfold.audit.models import Entry
from fourfold.base import Held
from fourfold.cases import queries as case_queries
from fourfold.cases.models import Case
from fourfold.cli.main import app
from fourfold.demo import load, roster
from fourfold.demo.founding import Company, acting
from fourfold.demo.roster import PASSWORD
from fourfold.demo.truth import TRUTH
from fourfold.duties import services as duties
from fourfold.evaluation import queries as evaluation
from fourfold.evaluation.models import Question
from fourfold.evaluation.terms import ExtractRow
from fourfold.governance.verification import whole_log
from fourfold.intake import queries as intake_queries
from fourfold.intake.models import Allegation, Quarantined
from fourfold.intake.terms import Urgency
from fourfold.linkage.models import Proposal
from fourfold.orders import queries as orders_queries
from fourfold.panel.models import Sitting
from fourfold.panel.terms import Phase
from fourfold.people.models import Subject
from fourfold.programme import queries as programme
from fourfold.programme.terms import UnitModel
from fourfold.rollout.models import Recommendation
from fourfold.web.accounts import present_code
from tests.audit.test_services import unlock
from tests.cast import NOW
from tests.demo.conftest import SMALL, Loaded
from tests.duties.scene import day_of, waits

TAKEN_OVER = ("invented", "taken over")
HOME = Company("cheshire")

pytestmark = pytest.mark.django_db


# ---- whole ---------------------------------------------------------------------------------------------------------


def test_three_sites_work_in_three_ways(loaded: Loaded) -> None:
    models_of_working = {card.code: programme.working(card.code, NOW.date()).model for card in programme.sites()}
    assert models_of_working == {
        "cheshire": UnitModel.REFERRAL,
        "london": UnitModel.SCREENING,
        "hampshire": UnitModel.PANEL,
    }
    assert all(card.invented for card in programme.sites())


def test_warrington_and_halton_went_live_first(loaded: Loaded) -> None:
    live = {area.name: area.live_on for area in programme.site("cheshire").catchments}
    assert live["Warrington"] == live["Halton"] < live["Cheshire East"] == live["Cheshire West and Chester"]
    assert NOW.date() - live["Halton"] < timedelta(days=740)


def test_every_partner_but_the_host_has_signed_an_agreement(loaded: Loaded) -> None:
    for card in programme.sites():
        signed = set(Agreement.objects.filter(site=card.code).values_list("partner", flat=True))
        assert signed == {part.code for part in card.partners if not part.hosts}


def test_about_forty_people_hold_all_eleven_roles(loaded: Loaded) -> None:
    assert 38 <= Staff.objects.filter(robot=False).count() <= 46
    held = set(Membership.objects.filter(staff__robot=False).values_list("role", flat=True))
    assert held == {str(role) for role in Role if role not in (Role.VICTIM, Role.AGENCY_SYSTEM)}


def test_loading_again_changes_nothing(loaded: Loaded) -> None:
    before = Entry.objects.count()
    load.load(at=NOW, size=SMALL)
    assert roster.is_loaded()
    assert Entry.objects.count() == before


# ---- provable ------------------------------------------------------------------------------------------------------


def test_the_log_holds(loaded: Loaded) -> None:
    assert audit_queries.verify().findings == ()
    assert list(intake_queries.faults_of_batches()) == []


def test_one_edited_byte_of_an_allegation_shows(loaded: Loaded) -> None:
    row = Allegation.objects.unscoped("a test edits behind the application's back").filter(run__system="taken over")[0]
    Allegation.objects.unscoped("a test edits").filter(pk=row.pk).update(words=row.words + ".")
    assert [fault.kind for fault in intake_queries.faults_of_batches()] == ["row"]


def verified() -> tuple[int, str]:
    """Return the exit code and the words of `fourfold audit verify`."""
    ended = CliRunner().invoke(app, ["audit", "verify"])
    return ended.exit_code, ended.output


def test_verify_passes_after_the_whole_programme_and_fails_after_one_edited_byte(loaded: Loaded) -> None:
    code, said = verified()
    assert (code, "The log holds" in said) == (0, True), said
    unlock()
    entry = Entry.objects.order_by("seq")[Entry.objects.count() // 2]
    Entry.objects.filter(pk=entry.pk).update(body=entry.body.replace('"', "'", 1))
    code, said = verified()
    assert code == 1
    assert f"entry {entry.seq}" in said
    assert "The log does not hold" in said


def test_one_edited_byte_in_any_table_of_the_programme_is_found(loaded: Loaded) -> None:
    edited = {label for table in apps.get_models() if (label := _edit_one_byte(table))}
    assert len(edited) > 30
    found = whole_log().findings
    named = {finding.meaning.split()[0] for finding in found if finding.kind == "row"}
    feeds = {"intake.allegation", "intake.retold", "intake.quarantined"}
    assert edited - named - feeds == set(), "a row was changed and nobody would know"
    assert any("a row of a feed" in finding.meaning for finding in found)


def _edit_one_byte(table: type[models.Model]) -> str:
    """Change the end of one text in one row of a table behind the application's back, and return the table's name."""
    if not issubclass(table, Held):
        return ""
    skipped = getattr(table, "NOT_COMMITTED", frozenset())
    for column in table._meta.concrete_fields:
        if not isinstance(column, models.CharField | models.TextField) or column.name in {
            *skipped,
            "controller",
            "basis",
        }:
            continue
        row = table._base_manager.exclude(**{column.name: ""}).order_by("pk").first()
        if row is not None:
            said = str(getattr(row, column.attname))
            table._base_manager.filter(pk=row.pk).update(
                **{column.attname: said[:-1] + ("x" if said[-1] != "x" else "y")}
            )
            return table._meta.label_lower
    return ""


def rows_taken_over() -> Iterator[models.Model]:
    for table in apps.get_models():
        if issubclass(table, Held) and table is not Allegation:  # these are proved by `faults_of_batches`
            yield from table._base_manager.filter(source__in=TAKEN_OVER)
    yield from Sitting.objects.filter(convened_at=models.F("starts_at"))


def test_every_row_taken_over_is_in_a_sealed_root(loaded: Loaded) -> None:
    rows = list(rows_taken_over())
    assert len(rows) > 4000
    assert Counter(row._meta.label for row in rows if row_commitment(row) not in loaded.sealed) == Counter()


def test_every_batch_has_its_root_in_the_log(loaded: Loaded) -> None:
    batches = Entry.objects.filter(action__endswith=".taken_over")
    actions = {"people", "allegations", "match", "triage", "cases", "assessment", "panel", "plan", "orders", "support"}
    assert {entry.action.removesuffix(".taken_over") for entry in batches} == actions
    assert all(len(json.loads(entry.body)["root"]) == 64 for entry in batches)


# ---- its truth -----------------------------------------------------------------------------------------------------


def test_the_planted_ratio_lies_inside_the_interval_that_is_shown(loaded: Loaded) -> None:
    found = _shown_ratio()
    assert found[0] <= TRUTH.hazard_ratio <= found[1]


def _shown_ratio() -> tuple[float, float]:
    page = evaluation.latest_findings(actor=acting("evaluator@demo.invalid", NOW), at=NOW)
    assert page is not None
    ratio = page.findings.hazard_ratio
    assert ratio.low is not None
    assert ratio.high is not None
    return ratio.low, ratio.high


def test_the_question_was_registered_before_the_first_case_was_opened(loaded: Loaded) -> None:
    first = Case.objects.unscoped("a test looks").order_by("opened_at")[0]
    assert Question.objects.get().registered_at < first.opened_at


def test_the_extract_names_nobody(loaded: Loaded) -> None:
    who, question = acting("evaluator@demo.invalid", NOW), Question.objects.get()
    rows = evaluation.deidentified_rows(actor=who, question=question, until=NOW, at=NOW)
    names = {part for row in Subject.objects.unscoped("a test looks") for part in (row.given_name, row.family_name)}
    assert all(isinstance(row, ExtractRow) for row in rows)
    assert not {str(value) for row in rows for value in vars(row).values()} & (names - {""})


def test_a_new_area_has_a_recommendation(loaded: Loaded) -> None:
    assert "plan for about" in Recommendation.objects.get().text


# ---- signing in ----------------------------------------------------------------------------------------------------


def test_there_is_one_sign_in_for_each_profession(loaded: Loaded) -> None:
    sign_ins = roster.sign_ins()
    assert (
        len({one.profession for one in sign_ins}) == len(Role) - 2 == len(sign_ins)
    )  # not the victim, nor an agency's system
    for one in sign_ins:
        assert acting(one.email, NOW).has_role(one.profession.replace(" ", "_"))
        assert one.first
    assert len(PASSWORD) >= 12


def test_the_code_is_the_one_that_the_authenticator_shows(loaded: Loaded) -> None:
    account = Account.objects.get(email="officer@demo.invalid")
    codes = {load.code(account.email), present_code(account), load.code(account.email)}
    assert len(codes) <= 2  # a half minute may end between two of them
    assert all(len(code) == 6 and code.isdigit() for code in codes)


def test_nobody_but_the_invented_has_a_code(loaded: Loaded) -> None:
    with pytest.raises(LookupError, match="Nobody holds the account"):
        load.code("somebody@example.org")


@pytest.mark.parametrize("email", ["analyst@demo.invalid", "advocate@demo.invalid", "chair.london@demo.invalid"])
def test_a_profession_signs_in_with_password_and_code(loaded: Loaded, email: str) -> None:
    cache.clear()
    client = Client()
    client.post("/accounts/login/", {"login": email, "password": PASSWORD})
    client.post("/accounts/second-factor/authenticate/", {"code": load.code(email)})
    assert client.get("/").status_code == 200


# ---- alive ---------------------------------------------------------------------------------------------------------


def test_an_urgent_allegation_waits_at_the_desk_with_proposals(loaded: Loaded) -> None:
    analyst = HOME.of(Role.POLICE_ANALYST, NOW)
    first = case_queries.untriaged(actor=analyst, at=NOW).rows[0]
    assert first.urgency is Urgency.NOW
    assert Proposal.objects.unscoped("a test looks").filter(allegation=first.id).exists()
    page = case_queries.desk_page(actor=analyst, allegation_id=first.id, at=NOW)
    assert page.victims


def test_two_rows_of_yesterdays_feed_wait_to_be_mended(loaded: Loaded) -> None:
    assert set(Quarantined.objects.values_list("fault", flat=True)) == {"no such date", "code not in the mapping"}


def test_a_case_is_before_the_panel_and_only_the_officer_has_spoken(loaded: Loaded) -> None:
    items = [item for sitting in Sitting.objects.filter(starts_at__gt=NOW) for item in _items(sitting)]
    assert items
    assert {item.phase for item in items} == {Phase.INDEPENDENT}
    spoken = [set(item.views.unscoped("a test looks").values_list("profession", flat=True)) for item in items]
    assert {"police"} in spoken


def _items(sitting: Sitting) -> list[Any]:
    return list(sitting.items.unscoped("a test looks").order_by("position"))


def test_a_breach_waits_for_its_decision_and_its_review_is_overdue(loaded: Loaded) -> None:
    officer = HOME.of(Role.POLICE_OFFICER, NOW)
    waiting = orders_queries.breaches_undecided(actor=officer, at=NOW)
    assert len(waiting) == 1
    assert NOW < waiting[0].decide_by < NOW + timedelta(hours=48)
    header = case_queries.header(actor=officer, reference=waiting[0].reference, at=NOW)
    assert header.review is not None
    assert header.review.due_at < NOW


def test_each_part_in_a_case_is_kept_with_when_that_was_opened(loaded: Loaded) -> None:
    opened = dict(Case.objects.unscoped("a test").values_list("pk", "opened_at"))
    parts = [(part.opened_at, opened[part.file]) for part in Relation.objects.all() if part.file in opened]
    assert len(parts) > 50
    assert {kept == now for kept, now in parts} == {True}


def test_what_waits_is_kept_as_it_is_worked_out(loaded: Loaded) -> None:
    assert [str(one) for one in list(duties.checked())] == []


def test_the_coordinator_has_overdue_reviews(loaded: Loaded) -> None:
    assert waits(HOME.of(Role.UNIT_COORDINATOR, NOW), "reviews", at=NOW)


def test_the_advocate_sees_whom_she_may_reach_when(loaded: Loaded) -> None:
    to_reach = day_of(HOME.of(Role.VICTIM_ADVOCATE, NOW), "contacts", NOW)
    assert len(to_reach) >= 2


def test_the_cousin_is_kept_from_the_case_and_nobody_else_is(loaded: Loaded) -> None:
    decided = Sitting.objects.filter(site="cheshire", starts_at__lt=NOW).order_by("-starts_at")[0]
    reference = _items(decided)[0].case.reference
    officer, cousin = (HOME.of(Role.POLICE_OFFICER, NOW, number) for number in (1, 3))
    assert case_queries.case_of(actor=officer, reference=reference, at=NOW).reference == reference
    with pytest.raises(NotFound):
        case_queries.case_of(actor=cousin, reference=reference, at=NOW)


@pytest.mark.parametrize("site", ["london", "hampshire"])
def test_another_site_sees_none_of_cheshires_cases(loaded: Loaded, site: str) -> None:
    stranger = Company(site).of(Role.POLICE_OFFICER, NOW)
    sites = {row.site for row in case_queries.cases(actor=stranger, at=NOW).rows}
    assert sites == {site}
