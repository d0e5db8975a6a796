"""Two people write about one thing: the second sees what the first wrote beside their own, and nothing is lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from django.conf import settings

from fourfold.access.terms import RelationKind, Role
from fourfold.cases import queries as case_queries
from fourfold.cases import services as cases
from fourfold.cases.models import Case
from fourfold.cases.rules import months_after
from fourfold.governance import services as governance
from fourfold.governance.terms import ChallengeKind, Challenger
from fourfold.orders.terms import OrderKind
from fourfold.panel.terms import MeasureKind, Strand
from fourfold.plan import services as plan
from fourfold.plan.models import Goal
from fourfold.plan.terms import Readiness
from fourfold.programme import queries as programme
from fourfold.support import services as support
from fourfold.support.terms import AtRiskKind, AtRiskTold
from fourfold.web import site_form
from tests.cast import MEMBERS, Cast, assign, hire
from tests.orders.builders import applied, breached, condition_of
from tests.orders.builders import made as order_made
from tests.support.builders import NOON, agree, case_of, reached
from tests.web.conftest import SignIn

TEMPLATES = Path(settings.BASE_DIR) / "src/fourfold/web/templates"
DAY = timedelta(days=1)
QUIET = NOON + 100 * DAY


@dataclass(frozen=True)
class Race:
    """Two people open one form; `first` is sent before `second`. `theirs` and `mine` are read on the answer.

    `again`: what the second wrote can still be sent, after having read.
    """

    address: str
    people: tuple[str, str]
    first: Mapping[str, object]
    second: Mapping[str, object]
    theirs: str
    mine: str
    again: bool = True


def day(name: str, on: date) -> dict[str, object]:
    return {f"{name}-day": on.day, f"{name}-month": on.month, f"{name}-year": on.year}


def hers(cast: Cast) -> Case:
    """A case with two advocates who may read her confidences."""
    case = case_of(cast)
    second = cast.staff["second_advocate"].pk
    assign(actor=cast.coordinator, case=case, staff=second, kind=RelationKind.ADVOCATE, at=NOON - DAY)
    return case


def a_step_of_her_safety_plan(cast: Cast) -> Race:
    case = hers(cast)
    step = support.plan_step(
        actor=cast.advocate, case=case, words="A bag at her sister's.", review_on=NOON.date() + DAY, at=NOON
    )
    later = day("next_on", NOON.date() + 30 * DAY)
    return Race(
        f"/cases/{case.reference}/victim/care/step/{step.pk}/",
        ("advocate", "second_advocate"),
        {"outcome": "failed", "words": "He knows the sister's house."} | later,
        {"outcome": "works", "words": "The bag is there."} | later,
        "He knows the sister's house.",
        "The bag is there.",
    )


def an_entitlement(cast: Cast) -> Race:
    case = hers(cast)
    return Race(
        f"/cases/{case.reference}/victim/care/entitlement/support_referral/",
        ("advocate", "second_advocate"),
        {"answer": "declined", "words": "She has somebody already."},
        {"answer": "not_yet", "words": "She was not reached."},
        "She has somebody already.",
        "She was not reached.",
    )


def somebody_at_risk(cast: Cast) -> Race:
    case = hers(cast)
    told = AtRiskTold("Bo", AtRiskKind.CHILD, "He waits at the school.", review_on=NOON.date() + DAY)
    person = support.add_at_risk(actor=cast.advocate, case=case, told=told, at=NOON)
    later = day("next_on", NOON.date() + 30 * DAY)
    return Race(
        f"/cases/{case.reference}/victim/care/at-risk/{person.pk}/",
        ("advocate", "second_advocate"),
        {"what": "seen", "words": "The school saw him twice."} | later,
        {"what": "ended", "words": "The school is told."},
        "The school saw him twice.",
        "The school is told.",
    )


def what_follows_a_breach(cast: Cast) -> Race:
    case = case_of(cast)
    breach = breached(cast, order_made(cast, case), at=NOON)
    return Race(
        f"/cases/{case.reference}/orders/breaches/{breach.pk}/",
        ("officer", "second_officer"),
        {"what": "arrest", "done": "no", "reason": "He could not be found."},
        {"what": "arrest", "done": "yes", "reason": "Arrested at his mother's."},
        "He could not be found.",
        "Arrested at his mother's.",
    )


def what_supports_a_condition(cast: Cast) -> Race:
    case = case_of(cast)
    condition = condition_of(applied(cast, case, OrderKind.SPO, at=NOON), 1)
    return Race(
        f"/cases/{case.reference}/orders/{condition.order_id}/support/{condition.pk}/",
        ("officer", "second_officer"),
        {"lasts_unit": "years", "lasts_count": "3"},
        {"lasts_unit": "years", "lasts_count": "5"},
        "3 years",
        "A number of years 5",
        again=False,
    )


def where_his_goals_stand(cast: Cast) -> Race:
    case = case_of(cast)
    work = plan.begin_intervention(
        actor=cast.outreach,
        case=case,
        strand=Strand.SOCIAL,
        kind=MeasureKind.HOUSING,
        goals=["A room of his own."],
        readiness=Readiness.CONTEMPLATION,
        at=NOON,
    )
    goal = f"goal-{Goal.objects.unscoped('a test').get(intervention=work).pk}"
    return Race(
        f"/cases/{case.reference}/plan/work/{work.pk}/",
        ("outreach", "clinician"),
        {goal: "reached", "readiness": "action"},
        {goal: "partly", "readiness": "contemplation"},
        "Reached",
        "Partly reached",
    )


def a_session(cast: Cast) -> Race:
    case = case_of(cast)
    planned = {"case": case, "strand": Strand.SOCIAL, "planned_at": NOON - DAY, "at": NOON}
    why = {"told_first": False, "untold_because": "He asks to be seen, and she knows him to be in custody."}
    row = plan.plan_session(actor=cast.outreach, **planned, **why)
    return Race(
        f"/cases/{case.reference}/plan/sessions/{row.pk}/",
        ("outreach", "clinician"),
        {"attendance": "attended"},
        {"attendance": "missed"},
        "Attended",
        "Missed",
        again=False,
    )


def how_a_unit_works(cast: Cast) -> Race:
    fields = site_form.model_fields(programme.working("northmoor", NOON.date()))
    preview = {**fields, "do": "look"}
    sooner, later = NOON.date() + DAY, NOON.date() + 30 * DAY
    return Race(
        "/sites/of/northmoor/change/",
        ("lead", "administrator"),
        preview | {"panel_every_days": "21"} | day("from_on", sooner),
        preview | {"consultation_hours": "24"} | day("from_on", later),
        "every 3 weeks",
        "24 hours",
    )


def quiet(cast: Cast) -> Case:
    """A case quiet for three months, of which she was told in a safe contact."""
    case = case_of(cast)
    agree(cast, case)
    assert reached(cast, case, at=QUIET - DAY).safe
    return case


def a_step_down_for_which_two_ask(cast: Cast) -> Race:
    told = day("victim_told_at", (QUIET - DAY).date()) | {"victim_told_at-time": "12:00"}
    return Race(
        f"/cases/{quiet(cast).reference}/step-down/",
        ("officer", "coordinator"),
        {"reason": "Nothing since August."} | told,
        {"reason": "He moved to Leeds."} | told,
        "Nothing since August.",
        "He moved to Leeds.",
        again=False,
    )


def a_step_down_that_two_answer(cast: Cast) -> Race:
    case = quiet(cast)
    cases.ask_step_down(actor=cast.officer, case=case, reason="Quiet.", victim_told_at=QUIET - DAY, at=QUIET)
    return Race(
        f"/cases/{case.reference}/step-down/",
        ("coordinator", "chair"),
        {"signs": "no", "because": "The court sits on Monday."},
        {"signs": "yes"},
        "The court sits on Monday.",
        "Yes, the case may step down",
        again=False,
    )


def an_offer_from_another_unit(cast: Cast) -> Race:
    case = case_of(cast)
    asked = cases.ask_transfer(
        actor=cast.coordinator, case=case, to_site="southmere", reason="She moved.", victim_told_at=NOON, at=NOON
    )
    return Race(
        f"/transfers/{asked.pk}/",
        ("otto", "ottilie"),
        {"accepts": "no", "reason": "She moved back on Sunday."},
        {"accepts": "yes", "reason": "She is ours."},
        "She moved back on Sunday.",
        "She is ours.",
        again=False,
    )


def a_challenge(cast: Cast) -> Race:
    case = case_of(cast)
    row = governance.record_challenge(
        actor=cast.coordinator, case=case, by_whom=Challenger.SUBJECT, kind=ChallengeKind.INACCURATE,
        about="the report of 3 May", words="I was in Leeds.", received_on=date(2026, 11, 20), at=NOON,
    )  # fmt: skip
    return Race(
        f"/cases/{case.reference}/disclosures/challenge/{row.pk}/",
        ("coordinator", "chair"),
        {"outcome": "statement_added", "reason": "Both are kept.", "correction": "He says that he was in Leeds."},
        {"outcome": "refused", "reason": "A camera saw him here."},
        "He says that he was in Leeds.",
        "A camera saw him here.",
        again=False,
    )


def what_became_of_it(cast: Cast) -> Race:
    case = quiet(cast)
    cases.step_down(
        actor=cast.officer, case=case, reason="Quiet.", victim_told_at=QUIET - DAY, countersigned_by=cast.coordinator,
        at=QUIET,
    )  # fmt: skip
    closing = QUIET + 95 * DAY
    cases.close(actor=cast.coordinator, case=case, reason="Done.", victim_told_at=closing - DAY, at=closing)
    window = case_queries.follow_ups_of(actor=cast.advocate, case_id=case.pk, at=closing)[0]
    return Race(
        f"/cases/{case.reference}/after/{window.id}/",
        ("advocate", "officer"),
        {"victim_reached": "yes", "new_act": "no", "feels_safer": "yes", "summary": "She sleeps again."},
        {"victim_reached": "no", "summary": "Nobody answered."},
        "She sleeps again.",
        "Nobody answered.",
        again=False,
    )


RACES: dict[Callable[[Cast], Race], datetime] = {
    a_step_of_her_safety_plan: NOON,
    an_entitlement: NOON,
    somebody_at_risk: NOON,
    what_follows_a_breach: NOON,
    what_supports_a_condition: NOON,
    where_his_goals_stand: NOON,
    a_session: NOON,
    how_a_unit_works: NOON,
    a_step_down_for_which_two_ask: QUIET,
    a_step_down_that_two_answer: QUIET,
    an_offer_from_another_unit: NOON,
    a_challenge: NOON,
    what_became_of_it: months_after(QUIET + 95 * DAY, 3),
}


@pytest.fixture
def them(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Cast:
    """The cast, with two coordinators of Southmere's."""
    for name in ("otto", "ottilie"):
        monkeypatch.setitem(MEMBERS, name, ("southmere-police", Role.UNIT_COORDINATOR, "southmere"))
        cast.staff[name] = hire(name.title(), *MEMBERS[name])
    return cast


def carried(page: str) -> dict[str, str]:
    """Return what the form carries without being typed: what stood before the writer's eyes."""
    hidden = re.findall(r'<input type="hidden" name="(version|asked|kept|from_on)" value="([^"]*)"', page)
    return {name: unescape(value) for name, value in hidden}


@pytest.mark.django_db
@pytest.mark.parametrize("scene", RACES, ids=lambda scene: scene.__name__)
def test_the_second_to_write_reads_what_the_first_wrote_and_loses_nothing(
    scene: Callable[[Cast], Race], them: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = (RACES[scene] + timedelta(hours=1)).isoformat()
    monkeypatch.setattr(settings, "FOURFOLD", settings.FOURFOLD.model_copy(update={"app_clock": now}))
    race = scene(them)
    (first, second), here = (signed_in(name) for name in race.people), race.address
    seen = [carried(client.get(here).content.decode()) for client in (first, second)]
    sent = first.post(here, {**race.first, **seen[0], "once": "first"})
    if sent.status_code == 200 and b'name="kept"' in sent.content:
        keep = {"do": "keep", **carried(sent.content.decode()), "once": "kept"}
        sent = first.post(here, keep)
    assert sent.status_code == 303, sent.content.decode()[:3000]
    answer = second.post(here, {**race.second, **seen[1], "once": "second"})
    page = unescape(answer.content.decode())
    assert answer.status_code == 409, page[:3000]
    beside = page.split('class="ff-conflict"')[1].split("</section>")[0]
    assert race.theirs in beside
    assert race.mine in beside
    if race.again:
        again = second.post(here, {**race.second, **carried(page), "once": "third"})
        assert again.status_code == (200 if "do" in race.second else 303)


@pytest.mark.django_db
def test_a_change_put_on_record_while_a_preview_is_read_is_not_undone_by_it(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "FOURFOLD", settings.FOURFOLD.model_copy(update={"app_clock": NOON.isoformat()}))
    race = how_a_unit_works(cast)
    first, second = signed_in("lead"), signed_in("administrator")
    looks = []
    for client, said in ((first, race.first), (second, race.second)):
        seen = carried(client.get(race.address).content.decode())
        looks.append(carried(client.post(race.address, {**said, **seen}).content.decode()))
    assert first.post(race.address, {"do": "keep", **looks[0], "once": "one"}).status_code == 303
    late = second.post(race.address, {"do": "keep", **looks[1], "once": "two"})
    assert late.status_code == 409
    assert race.theirs in late.content.decode()
    assert 'name="consultation_hours" type="text" value="24"' in late.content.decode()
    assert programme.working("northmoor", NOON.date() + 30 * DAY).panel_every_days == 21


@pytest.mark.django_db
def test_two_who_decide_different_things_after_a_breach_do_not_stand_in_each_others_way(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "FOURFOLD", settings.FOURFOLD.model_copy(update={"app_clock": NOON.isoformat()}))
    race = what_follows_a_breach(cast)
    officer, advocate = signed_in("officer"), signed_in("advocate")
    seen = carried(advocate.get(race.address).content.decode())
    assert officer.post(race.address, {**race.first, **seen}).status_code == 303
    not_told = {"what": "victim_told", "done": "no", "reason": "Nobody could reach them yet."}
    assert advocate.post(race.address, {**not_told, **seen}).status_code == 303


# ---- the guard ------------------------------------------------------------------------------------------------------

APPENDS = "it adds a row, which takes the place of no other; what a colleague added stands beside it"
BEGINS = "it begins something new"
ONCE = "it is done once; whoever is second is told that it was done"
SHOWN_ONCE = "it is said once; whoever is second reads what was said beside their own words"
OWN = "it is about one's own work, which nobody else edits"
NO_CHANGE = "it keeps nothing: it looks, leads on or makes a file"

#: Forms that carry no version, and why none is needed.
UNVERSIONED = {
    "assessment/save.html": APPENDS,
    "feeds/ask.html": ONCE,
    "feeds/bring.html": OWN,
    "feeds/brought.html": ONCE,
    "feeds/throw_away.html": ONCE,
    "intake/look_at_row.html": ONCE,
    "measures/save.html": APPENDS,
    "sign_on/bind.html": ONCE,
    "case/end_part.html": ONCE,
    "ends/confirm.html": ONCE,
    "sites/sign.html": ONCE,
    "agency/account.html": ONCE,
    "systems/ask.html": ONCE,
    "systems/confirm.html": ONCE,
    "systems/one.html": ONCE,
    "webhooks/ask.html": ONCE,
    "webhooks/confirm.html": ONCE,
    "webhooks/one.html": ONCE,
    "agency/alike.html": ONCE,
    "agency/give_role.html": ONCE,
    "agency/take_on.html": ONCE,
    "agency/end_role.html": ONCE,
    "agency/confirm.html": ONCE,
    "agency/invitation.html": OWN,
    "agency/vouch.html": ONCE,
    "instruments/preview_lists.html": ONCE,
    "intake/look.html": ONCE,
    "intake/settle_file.html": ONCE,
    "assessment/draft.html": "a draft is its writer's until it is signed; two drafts are merged by the round",
    "assessment/fill.html": "an assessment is a draft of its own until it is signed; a revision names the one before",
    "assessment/open_round.html": BEGINS,
    "assessment/round.html": "each rates once, in a seat that is theirs",
    "assessment/signature.html": ONCE,
    "care/at_risk.html": BEGINS,
    "care/consent.html": APPENDS,
    "care/satisfaction.html": APPENDS,
    "care/step.html": BEGINS,
    "case/assign.html": "what was assigned is looked at first, and undone at once",
    "case/comments.html": APPENDS,
    "case/event.html": APPENDS,
    "case/know.html": OWN,
    "case/list.html": OWN,
    "case/step_down.html": "asking carries the case's version, answering the request itself; " + SHOWN_ONCE,
    "case/team.html": APPENDS,
    "consulting/answer.html": "each profession adds its own advice",
    "consulting/ask.html": BEGINS,
    "consulting/document.html": APPENDS,
    "courses/one.html": ONCE,
    "desk/allegation.html": "each match and triage is a row; a match that stands is undone before another is confirmed",
    "desk/behaviours.html": ONCE,
    "desk/compare.html": ONCE,
    "desk/records.html": ONCE,
    "desk/together.html": "it sends back what stood of every report; what came or was decided since is shown and asked again",
    "diary/door.html": "nothing of hers is edited here",
    "diary/enter.html": "nothing of hers is edited here",
    "diary/frame.html": "nothing of hers is edited here",
    "diary/notes.html": "she alone writes, and an entry is added, never edited",
    "disclosures/answer.html": SHOWN_ONCE,
    "disclosures/ask.html": BEGINS,
    "disclosures/challenge.html": BEGINS,
    "disclosures/dangers.html": NO_CHANGE,
    "disclosures/hold.html": BEGINS,
    "disclosures/lift.html": ONCE,
    "disclosures/make.html": BEGINS,
    "disclosures/record.html": APPENDS,
    "disclosures/release.html": ONCE,
    "disclosures/request.html": "her answers are rows, of which the last counts; deciding and signing are done once",
    "disclosures/retention.html": APPENDS,
    "disclosures/wait.html": ONCE,
    "evaluation/home.html": NO_CHANGE,
    "evaluation/plan.html": ONCE,
    "evaluation/register.html": "a plan is registered once; an amendment stands beside it",
    "following/record.html": SHOWN_ONCE,
    "home/calendar.html": OWN,
    "instruments/approve.html": ONCE,
    "instruments/bring.html": BEGINS,
    "instruments/licence.html": APPENDS,
    "instruments/preview_pack.html": BEGINS,
    "instruments/preview_whole.html": BEGINS,
    "instruments/withdraw.html": ONCE,
    "instruments/withdraw_list.html": ONCE,
    "intake/mend.html": "a row is settled once; whoever is second is shown by whom",
    "intake/mended.html": "a row is settled once; whoever is second is shown by whom",
    "intake/refer.html": BEGINS,
    "intake/settle.html": "a row is settled once; whoever is second is shown by whom",
    "layout.html": OWN,
    "measures/figures.html": NO_CHANGE,
    "measures/missed.html": APPENDS,
    "measures/take.html": APPENDS,
    "orders/_steps.html": NO_CHANGE,
    "orders/_acts.html": "an act is ruled out with a reason that stands on the page, and is recorded as a breach once",
    "orders/act.html": "an act is ruled out with a reason that stands on the page, and is recorded as a breach once",
    "orders/apply.html": BEGINS,
    "orders/breach.html": BEGINS,
    "orders/custody.html": "he is held once at a time; whoever is second is told so",
    "orders/record.html": BEGINS,
    "orders/release.html": ONCE,
    "orders/sign.html": ONCE,
    "orders/untold.html": BEGINS,
    "orders/withdraw.html": "a breach is withdrawn once, and stands again once; whoever is second is told so",
    "oversight/lift.html": ONCE,
    "oversight/log.html": NO_CHANGE,
    "oversight/set_wall.html": BEGINS,
    "oversight/wall.html": ONCE,
    "panel/add.html": BEGINS,
    "panel/convene.html": BEGINS,
    "panel/item.html": "opening the views carries the version; a view and stepping aside are one's own",
    "panel/sitting.html": APPENDS,
    "parts/confirm.html": ONCE,
    "people/marks.html": ONCE,
    "people/record.html": APPENDS,
    "people/split.html": ONCE,
    "people/refer_to.html": "one answer, shown before it is changed; each before it stays in the log",
    "plan/intervention_begin.html": BEGINS,
    "plan/intervention_end.html": ONCE,
    "plan/minutes.html": OWN,
    "plan/new.html": BEGINS,
    "plan/note.html": APPENDS,
    "plan/page.html": ONCE,
    "plan/session.html": BEGINS,
    "plan/settle.html": SHOWN_ONCE,
    "plan/sign.html": ONCE,
    "plan/told.html": APPENDS,
    "plan/untold.html": BEGINS,
    "retaining/disposal.html": "it carries a digest of every row that would go; one more or fewer, and it is read again",
    "rollout/answer.html": "what is worked out is stopped or begins again; nothing is written over",
    "rollout/area.html": NO_CHANGE,
    "rollout/plan.html": NO_CHANGE,
    "rollout/cost_row.html": "the row that was given last stands; the earlier one stays on record",
    "rollout/count.html": "the count that was given last stands; the earlier one stays on record",
    "sites/end.html": ONCE,
    "sites/areas.html": "an area is opened once; whoever is second is told who serves it",
    "sites/found.html": BEGINS,
    "sites/people.html": APPENDS,
    "sites/preview.html": BEGINS,
    "support/address.html": "what a colleague sealed may not be shown beside it; each address stays on record",
    "support/ask.html": BEGINS,
    "support/call_backs.html": "a number is confirmed or ended once; whoever is second is told",
    "support/contact.html": APPENDS,
    "support/diary.html": BEGINS,
    "support/diary_bring.html": APPENDS,
    "support/diary_entry.html": APPENDS,
    "support/diary_link.html": BEGINS,
    "support/endpoints.html": APPENDS,
    "support/known_by.html": APPENDS,
    "support/message.html": APPENDS,
    "support/message_read.html": ONCE,
    "support/note.html": APPENDS,
    "support/request.html": ONCE,
    "transfers/answer.html": SHOWN_ONCE,
    "transfers/ask.html": "an offer is taken back once; whoever is second is told so",
}


def test_every_form_says_what_its_writer_saw_or_stands_here_with_why_not() -> None:
    wrong = set()
    for path in TEMPLATES.rglob("*.html"):
        name = str(path.relative_to(TEMPLATES))
        forms = re.findall(r"\{\{ ?form_start\(.*?\) \}\}|<form[^>]*method=\"post\"[^>]*>", path.read_text())
        blind = [form for form in forms if "version=" not in form]
        if bool(blind) != (name in UNVERSIONED):
            wrong.add(name)
    assert wrong == set()
