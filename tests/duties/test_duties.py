"""What waits is kept by the write that makes it due, ended by the one that settles it, and read as it may be seen now."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from random import Random
from typing import Any
from unittest.mock import Mock
from uuid import uuid4

import pytest
from django.db import connection, migrations, models
from django.db.models import F
from django.db.models.sql.compiler import SQLCompiler
from django.test.utils import CaptureQueriesContext

from fourfold.access.models import Grant
from fourfold.access.terms import Compartment, Refused, RelationKind
from fourfold.assessment import services as assessment
from fourfold.assessment.models import Round
from fourfold.assessment.terms import CannotRecord
from fourfold.audit import services as audit
from fourfold.audit.models import Entry
from fourfold.audit.rules import record
from fourfold.base import new_id
from fourfold.cases import services as cases
from fourfold.cases.models import Case, CaseAct
from fourfold.cases.terms import CannotStep, Level, SetBy
from fourfold.duties import services as duties
from fourfold.duties.apps import _after_migrations as after_migrations
from fourfold.duties.kinds import KINDS
from fourfold.duties.models import Duty
from fourfold.duties.queries.pages import NEAR
from fourfold.governance import services as governance
from fourfold.governance.models import Challenge, MoreAsked
from fourfold.governance.terms import CannotGovern, ChallengeKind, ChallengeOutcome, Challenger
from fourfold.orders import services as orders
from fourfold.orders.models import Breach, Condition, Order
from fourfold.orders.models import Untold as OrderUntold
from fourfold.orders.terms import BreachDecision, CannotOrder, EndedBy, OrderKind
from fourfold.orders.terms import Step as OrderStep
from fourfold.panel import services as panel
from fourfold.panel.models import Consultation
from fourfold.panel.terms import CannotAdvise
from fourfold.plan import services as plan
from fourfold.plan.models import Action, Session, Untold
from fourfold.plan.terms import Attendance, Because, CannotAct, Status
from tests.assessment.test_moments import sign
from tests.assessment.test_rounds import agree, open_round, rate
from tests.cases.builders import further_act
from tests.cases.builders import open_case as open_other
from tests.cast import NOW, Cast, assign
from tests.duties.scene import said, waits
from tests.orders.builders import CONDITIONS, breached, case_of, made, served, take
from tests.panel.scene import open_case, relate, wall_off
from tests.plan.test_services import action, session, settle, update

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
#: Which services may say no to what chance asks of them: then nothing of it may be kept either.
REFUSALS = (CannotAct, CannotAdvise, CannotGovern, CannotOrder, CannotRecord, CannotStep, Refused)


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case of Northmoor's, with its advocate and whoever works with the subject."""
    case = open_case(cast)
    relate(cast, "advocate", case, RelationKind.ADVOCATE)
    return case


class Works:
    """Whatever a unit does to a case that makes something due or settles it, one step after another."""

    def __init__(self, cast: Cast, case: Case, chance: Random) -> None:
        self.cast, self.case, self.chance, self.at = cast, case, chance, NOW + 2 * DAY

    def rows(self, table: Any, **of: Any) -> Any:
        found = list(table.objects.unscoped("test").filter(**of).order_by("pk"))
        return self.chance.choice(found) if found else None

    def opens(self) -> None:
        first = self.chance.random() < 0.5
        action(self.cast, self.case, what=f"Step {self.chance.random()}", tell_victim_first=first, at=self.at)

    def settles(self) -> None:
        if row := self.rows(Action, status=Status.OPEN, tell_victim_first=False):
            update(self.cast, row, self.chance.choice((Status.DONE, Status.WAITS_FOR_VICTIM)))

    def goes_ahead(self) -> None:
        if row := self.rows(Action, status=Status.OPEN, tell_victim_first=True):
            plan.ask_to_go_ahead(actor=self.cast.officer, action=row, reason="He is outside.", at=self.at)

    def signs(self) -> None:
        if row := self.rows(Untold, signed_at=None):
            plan.sign_untold(actor=self.cast.chair, asked=row, at=self.at)

    def tells(self) -> None:
        if row := self.rows(Action, status=Status.OPEN, tell_victim_first=True):
            plan.note_victim_told(actor=self.cast.advocate, action=row, at=self.at)

    def plans(self) -> None:
        session(self.cast, self.case, hours=self.chance.randrange(-90, 90))

    def meets(self) -> None:
        if row := self.rows(Session, attendance=Attendance.PLANNED):
            settle(self.cast, row, Attendance.MISSED)

    def asks_advice(self) -> None:
        panel.ask_consultation(
            actor=self.cast.officer, case=self.case, owner="Probation", question="How do we meet?", at=self.at
        )

    def advises(self) -> None:
        if row := self.rows(Consultation):
            panel.advise(actor=self.cast.clinician, consultation=row, advice="In the morning.", at=self.at)

    def asks_to_lower(self) -> None:
        assessment.ask_signature(
            actor=self.cast.officer, case=self.case, level=Level.LOW, reason="Nothing since.", at=self.at
        )

    def sets_level(self) -> None:
        cases.set_level(
            actor=self.cast.officer, case=self.case, level=Level.HIGH, set_in=SetBy.PROFESSIONAL, at=self.at
        )

    def seeks_order(self) -> None:
        made(self.cast, self.case, at=self.at, expires_on=self.at.date() + self.chance.randrange(2, 120) * DAY)

    def serves(self) -> None:
        if row := self.rows(Order, step="made"):
            orders.note_victim_told(actor=self.cast.advocate, order=row, at=self.at)
            take(self.cast, row, OrderStep.SERVED, at=self.at)

    def serves_untold(self) -> None:
        if row := self.rows(Order, step="made"):
            orders.ask_to_serve_untold(actor=self.cast.officer, order=row, reason="Away.", at=self.at)

    def signs_service(self) -> None:
        if row := self.rows(OrderUntold, signed_at=None):
            orders.sign_untold(actor=self.cast.advocate, asked=row, at=self.at)

    def notifies(self) -> None:
        if row := self.rows(Order, step="served"):
            take(self.cast, row, OrderStep.NOTIFIED, at=self.at)

    def changes_order(self) -> None:
        if row := self.rows(Order, step="served"):
            ends = {"ended_by": EndedBy.DISCHARGED}
            varies = {"conditions": CONDITIONS[:1], "reason": "Less."}
            step, said = self.chance.choice(((OrderStep.ENDED, ends), (OrderStep.VARIED, varies)))
            take(self.cast, row, step, at=self.at, **said)

    def breaks(self) -> None:
        if row := self.rows(Order, step="served"):
            breached(self.cast, row, at=self.at)

    def decides_after(self) -> None:
        if row := self.rows(Breach):
            what = self.chance.choice(list(BreachDecision))
            orders.decide_breach(
                actor=self.cast.officer, breach=row, what=what, done=False, reason="Not now.", at=self.at
            )

    def withdraws(self) -> None:
        if row := self.rows(Breach):
            orders.withdraw_breach(actor=self.cast.coordinator, breach=row, reason="In error.", at=self.at)

    def acts(self) -> None:
        further_act(self.cast, self.case, at=self.at - self.chance.randrange(3) * DAY)

    def rules_out(self) -> None:
        if row := self.rows(CaseAct, left_at=None):
            orders.rule_out_breach(actor=self.cast.officer, act=row, reason="Allowed.", at=self.at)

    def joins_breach(self) -> None:
        act, condition = self.rows(CaseAct, left_at=None), self.rows(Condition)
        if act and condition:
            orders.join_breach(actor=self.cast.officer, condition=condition, allegation=act.allegation, at=self.at)

    def begins_a_round(self) -> None:
        open_round(self.cast, self.case, at=self.at)

    def rates(self) -> None:
        if row := self.rows(Round):
            rate(self.cast, row, self.chance.choice(("officer", "clinician", "advocate")))

    def agrees(self) -> None:
        if row := self.rows(Round):
            agree(self.cast, row)

    def hears(self) -> None:
        governance.record_challenge(
            actor=self.cast.coordinator, case=self.case, by_whom=Challenger.SUBJECT, kind=ChallengeKind.INACCURATE,
            about="the report", words="I was in Leeds.", received_on=self.at.date() - 2 * DAY, at=self.at,
        )  # fmt: skip

    def asks_for_more(self) -> None:
        if row := self.rows(Challenge):
            governance.ask_for_more(
                actor=self.cast.coordinator, challenge=row, asked_on=self.at.date(), asked_for="Which?", at=self.at
            )

    def more_came(self) -> None:
        if row := self.rows(MoreAsked):
            governance.note_more_came(actor=self.cast.coordinator, asked=row, came_on=self.at.date(), at=self.at)

    def assesses(self) -> None:
        sign(self.cast, self.case, self.at)

    def answers(self) -> None:
        if row := self.rows(Challenge):
            governance.answer_challenge(
                actor=self.cast.chair, challenge=row, outcome=ChallengeOutcome.REFUSED, reason="It stands.", at=self.at
            )


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_written_in_which_order_the_rows_kept_are_those_worked_out(
    cast: Cast, case: Case, seed: int
) -> None:
    works = Works(cast, case, Random(seed))
    steps = [name for name in vars(Works) if not name.startswith("_") and name != "rows"]
    done = set()
    for _ in range(26):
        works.at += timedelta(hours=1)
        name = works.chance.choice(steps)
        try:
            getattr(works, name)()
            done.add(name)
        except REFUSALS:
            pass
        assert [str(one) for one in list(duties.checked())] == [], name
    assert len(done) > 6
    shown = Duty.objects.unscoped("test").filter(kind__in=NEAR).values_list("kind", "due_at", "shows_from")
    assert shown
    assert all(due_at - begins <= NEAR[kind] for kind, due_at, begins in shown), "no page looks further ahead"


def test_a_breach_of_one_case_settles_what_was_asked_of_the_act_in_another(cast: Cast) -> None:
    case, at = case_of(cast), NOW + DAY / 12
    other = open_other(cast, at=NOW - 60 * DAY, victim_name="Ines Hale", victim_birth="", victim_phone="")
    about = {"staff": cast.staff["advocate"].pk, "kind": RelationKind.ADVOCATE, "at": NOW - 60 * DAY}
    assign(actor=cast.coordinator, case=other, **about)
    order, _ = [served(cast, each, OrderKind.SPO) for each in (case, other)]
    allegation = further_act(cast, case, at=NOW)
    act = CaseAct.objects.unscoped("test").get(case=case, allegation=allegation)
    with audit.recorded(cast.officer, "test.joined", at=NOW):
        CaseAct.objects.create(**_copied(act, 0, CaseAct) | {"case_id": other.pk})
    rows = waits(cast.officer, "acts_under_order", at=at)
    assert {row.reference for row in rows} == {case.reference, other.reference}
    shown = said(rows[0], cast.officer, at)
    assert shown is not None
    assert (shown.decide, shown.why) == (True, "in force: stalking protection order")
    assert waits(cast.officer, "acts_under_order", at=at + 90 * DAY) == ()
    condition = Condition.objects.unscoped("test").filter(order=order)[0]
    orders.join_breach(actor=cast.officer, condition=condition, allegation=allegation, at=at)
    assert (waits(cast.officer, "acts_under_order", at=at), list(duties.checked())) == ((), [])


def test_a_write_that_fails_at_its_last_statement_leaves_neither_row_nor_duty(
    cast: Cast, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = set(Duty.objects.unscoped("test").values_list("about", flat=True))
    kept: list[int] = []

    def killed(*_: object, **__: object) -> None:
        kept.append(Duty.objects.unscoped("test").filter(kind="actions").count())
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("fourfold.audit.services.insert_rows", killed)
        with pytest.raises(KeyboardInterrupt):
            action(cast, case)
    assert kept == [1], "it was there when the process was killed, in the same transaction"
    assert set(Duty.objects.unscoped("test").values_list("about", flat=True)) == before
    assert list(duties.checked()) == []


def test_a_step_that_fails_inside_a_write_is_no_duty(cast: Cast, case: Case) -> None:
    with audit.recorded(cast.officer, "test.outer", at=NOW, file=case.pk):
        with suppress(ZeroDivisionError), audit.recorded(cast.officer, "test.inner", at=NOW, file=case.pk):
            action(cast, case, what="Not kept")
            raise ZeroDivisionError
        action(cast, case, what="Kept")
    assert [row.text for row in waits(cast.officer, "actions")] == ["Kept"]
    assert list(duties.checked()) == []


def test_rows_by_the_thousand_are_kept_with_the_same_few_statements(cast: Cast, case: Case) -> None:
    first = action(cast, case)
    asked = []
    for many in (10, 400, 1_100):
        with CaptureQueriesContext(connection) as captured, audit.recorded(cast.officer, "test.bulk", at=NOW):
            rows = [Action(**_copied(first, n)) for n in range(many)]
            Action.objects.bulk_create(rows)
        asked.append(sum("duties_duty" in each["sql"] for each in captured))
    assert asked[1] == asked[2] <= asked[0] + 1, "on SQLite one for those that fill a statement, and one for the others"
    assert list(duties.checked()) == []
    with audit.recorded(cast.officer, "test.bulk", at=NOW):
        Action.objects.unscoped("test").filter(case=case).update(status=Status.DONE)
    assert not Duty.objects.unscoped("test").filter(kind="actions").exists()
    assert list(duties.checked()) == []


def _copied(row: Any, number: int, table: Any = Action) -> dict[str, Any]:
    told = {column.attname: getattr(row, column.attname) for column in table._meta.concrete_fields}
    return told | {"id": new_id()} | ({"what": f"Step {number}"} if table is Action else {})


def test_what_somebody_changed_by_hand_is_named_and_put_right(cast: Cast, case: Case) -> None:
    here = action(cast, case, what="Kept otherwise")
    gone = action(cast, case, what="Taken away")
    rows = Duty.objects.unscoped("test")
    rows.filter(about=here.pk).update(due_at=NOW + 90 * DAY)
    rows.filter(about=gone.pk).delete()
    Duty.objects.create(kind="actions", case=case, about=uuid4(), shows_from=NOW - DAY, due_at=NOW)
    wrong = list(duties.checked())
    assert sorted(one.what for one in wrong) == sorted(duties.Wrong)
    assert list(duties.checked()) != [], "to look at it changes nothing"
    assert len(list(duties.checked(mend=True))) == 3
    assert list(duties.checked()) == []


def test_all_is_looked_at_some_cases_at_a_time_and_what_was_put_right_stays(
    cast: Cast, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = open_other(cast, at=NOW, victim_name="Una Vale", subject_name="Ira Bell")
    Duty.objects.unscoped("test").filter(kind="entitlements").delete()
    monkeypatch.setattr("fourfold.base.AT_ONCE", 1)
    turns = Mock()
    monkeypatch.setattr("fourfold.duties.services.give_a_turn", turns)
    begun = duties.checked(mend=True)
    first = next(begun)
    begun.close()
    turns.assert_called_once()  # before another part holds the log, whoever waits on SQLite writes
    assert isinstance(first, duties.Difference)
    assert first.row.case_id == min(case.pk, other.pk)
    assert [one.row.case_id for one in list(duties.checked())] == [max(case.pk, other.pk)]  # type: ignore[union-attr]
    assert len(list(duties.checked(mend=True))) == 1
    assert list(duties.checked()) == []


def test_an_upgrade_puts_each_action_right_and_holds_few_of_them_together(
    cast: Cast, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        action(cast, case, what=f"Step {number}")
    Action.objects.unscoped("test").update(missed_on=NOW.date())
    monkeypatch.setattr("fourfold.plan.services.kept.TOGETHER", 2)
    together, mends = [], plan.keep_anew
    monkeypatch.setattr(plan, "keep_anew", lambda wrong: (together.append(len(wrong)), mends(wrong)))
    assert len([str(one) for one in duties.checked()]) == 5
    changing = type(
        "Migration", (migrations.Migration,), {"operations": [migrations.RunPython(migrations.RunPython.noop)]}
    )
    after_migrations(plan=[(changing("one", "cases"), False)], using="default")
    assert together == [2, 2, 1]
    assert list(duties.checked()) == []


def test_what_the_case_says_is_kept_beside_each_row_by_the_write_that_changes_it(cast: Cast, case: Case) -> None:
    action(cast, case)

    def kept() -> set[tuple[Any, ...]]:
        rows = Duty.objects.unscoped("test").filter(case=case, kind__in=("actions", "entitlements"))
        return set(rows.values_list("kind", "site", "level", "grave"))

    assert kept() == {("actions", "northmoor", "", 1), ("entitlements", "northmoor", "", 1)}
    level = {"actor": cast.officer, "case": case, "set_in": SetBy.PROFESSIONAL}
    cases.set_level(level=Level.VERY_HIGH, at=NOW, **level)
    assert kept() == {(kind, "northmoor", "very_high", 0) for kind in ("actions", "entitlements")}
    with audit.recorded(cast.officer, "test.moved", at=NOW, file=case.pk):
        Case.objects.unscoped("test").filter(pk=case.pk).update(site="southmoor")
    assert list(duties.checked()) == []
    assert kept() == {(kind, "southmoor", "very_high", 0) for kind in ("actions", "entitlements")}
    Duty.objects.unscoped("test").filter(kind="actions").update(grave=3)
    assert [one.what for one in list(duties.checked())] == [duties.Wrong.OTHER], "a row in another place than its order"


def test_what_may_be_seen_is_asked_when_it_is_read(cast: Cast, case: Case) -> None:
    action(cast, case)
    assert waits(cast.second_officer, "actions")
    wall_off(cast, "second_officer", case)
    assert waits(cast.second_officer, "actions", "reviews", at=NOW + 300 * DAY) == ()
    assert waits(cast.olu, "actions", "reviews", at=NOW + 300 * DAY) == ()
    assert waits(cast.officer, "actions")


def test_the_log_says_that_the_risk_was_read_only_of_whoever_read_it(cast: Cast, case: Case) -> None:
    action(cast, case)
    reads = {True: {"core", "risk"}, False: {"core"}}
    for opens, parts in reads.items():
        if not opens:
            rows = Grant.objects.annotate(has=F("compartments").bitand(Compartment.RISK.bit)).filter(has__gt=0)
            rows.update(compartments=F("compartments") - Compartment.RISK.bit)
        assert waits(cast.officer, "actions")
        entry = Entry.objects.filter(action="duties.waiting").order_by("-seq")[0]
        assert set(record(entry.body)["compartments"]) == parts


def test_no_row_hides_from_the_clock(cast: Cast, case: Case) -> None:
    row = action(cast, case, due_on=NOW.date() + 5 * DAY)
    assert waits(cast.officer, "actions") == ()
    assert waits(cast.officer, "actions", at=NOW + 2 * DAY)
    assert waits(cast.officer, "actions") == (), "a clock that was put back"
    assessment.ask_signature(actor=cast.officer, case=case, level=Level.LOW, reason="Nothing since.", at=NOW)
    assert said(waits(cast.chair, "signatures_asked")[0], cast.chair) is not None
    assert said(waits(cast.officer, "signatures_asked")[0], cast.officer) is None, "nobody signs for themselves"
    assert waits(cast.chair, "signatures_asked", at=NOW + 7 * DAY) == (), "it holds for a week"
    update(cast, row, Status.NOT_DONE, because=Because.NO_LONGER_NEEDED, reason="No longer.")
    assert waits(cast.officer, "actions", at=NOW + 9 * DAY) == ()


def test_a_clock_that_jumps_leaves_every_row_as_it_is_worked_out(cast: Cast) -> None:
    case = case_of(cast)
    works = Works(cast, case, Random(7))
    for jump in (0, 400, -399, 2, -1, 90):
        works.at += jump * DAY
        for name in ("opens", "seeks_order", "serves", "hears", "assesses", "breaks", "settles"):
            with suppress(*REFUSALS):
                getattr(works, name)()
            assert [str(one) for one in list(duties.checked())] == [], (jump, name)
    kinds = [kind.name for kind in KINDS]
    seen = [{row.about for row in waits(cast.officer, *kinds, at=works.at - days * DAY)} for days in (0, 85, 0)]
    assert seen[0] == seen[2] != seen[1], "what is due turns on the moment, and on no moment before"


def test_what_waits_in_a_case_is_asked_without_composing_a_statement_anew(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every write asks it of its case: to compose the questions took four times as long as to answer them."""
    case = case_of(cast)
    served(cast, case)
    asked = {kind.name: [row.about for row in kind.open_in([case.pk])] for kind in KINDS}
    assert sum(map(len, asked.values())) > 3, "something waits, or nothing is asked"

    def composed(*_: Any, **__: Any) -> None:
        raise AssertionError("composed anew")

    monkeypatch.setattr(SQLCompiler, "as_sql", composed)
    assert {kind.name: [row.about for row in kind.open_in([case.pk])] for kind in KINDS} == asked


@pytest.mark.parametrize(
    ("operations", "says", "worked_out"),
    [
        ([migrations.AddIndex("case", models.Index(fields=["site"], name="one"))], {}, False),
        ([migrations.AddField("case", "one", models.TextField())], {}, True),
        ([migrations.AddField("case", "one", models.TextField())], {"changes_duties": False}, False),
        ([migrations.RunPython(migrations.RunPython.noop)], {}, True),
    ],
)
def test_what_waits_is_worked_out_anew_only_where_an_upgrade_may_change_it(
    monkeypatch: pytest.MonkeyPatch, operations: list[Any], says: dict[str, bool], worked_out: bool
) -> None:
    asked: list[bool] = []
    monkeypatch.setattr(duties, "checked", lambda *, mend: (asked.append(each) for each in [mend]))
    applied = type("Migration", (migrations.Migration,), {"operations": operations, **says})("one", "cases")
    after_migrations(plan=[(applied, False)], using="default")
    assert asked == [True] * worked_out
