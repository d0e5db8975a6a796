"""Canaries in the columns that nothing in the small world has occasion to fill: rows as the services would have kept them.

They are written past the services, after the log was read: what is looked at is what the pages show of them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.apps import apps

from fourfold.access.terms import Compartment, RelationKind, Side
from fourfold.base import seeded
from fourfold.demo.scenario import World
from fourfold.demo.scenario.casework import Work

#: What is filled in rows that are there: of every case, in every row that says nothing yet.
FILLED = {
    "assessment.assessment": ("limits", "other_source", "procedure"),
    "assessment.draft": ("limits", "other_source", "procedure"),
    "cases.case": ("relationship",),
    "cases.triage": ("redirected_to",),
    "intake.allegation": ("relationship",),
    "orders.breachstep": ("told_by",),
    "orders.condition": ("place_reason",),
    "panel.decision": ("want_of_capacity", "without_assessment"),
    "people.reachchecked": ("why_not",),
    "support.contact": ("made_by",),
}


def plant(world: World) -> None:
    """Put a canary into each of these columns, in each case apart from the others."""
    for number, work in world.cases.items():
        with seeded(world.seed * 1000 + 600 + number):
            _fill(work)
            for label, rows in ADDED.items():
                _add(work, label, rows(work))


def _table(label: str) -> Any:
    table: Any = apps.get_model(label)
    return table


def _rows(label: str) -> Any:
    every = _table(label).objects.all()
    return every.unscoped("planted") if hasattr(every, "unscoped") else every


def _of(work: Work, label: str) -> Any:
    """Return the rows of a table that are about a case or its people, in their order."""
    about = [work.case.pk, work.case.victim_id, work.case.subject_id, *work.made["allegation"]]
    return _rows(label).filter(**{f"{_table(label).FILE_PATH}__in": about}).order_by("pk")


def _say(work: Work, label: str, column: str) -> str:
    """Return a canary of the compartment that the table declares for a column."""
    table = _table(label)
    compartment = getattr(table, "FIELDS", {}).get(column, table.COMPARTMENT)
    side = work.plan.side if compartment is Compartment.CLINICAL else Side.NONE
    return work.say(compartment, f"{label}.{column}", "Said", side).replace("Said ", "", 1)


def _fill(work: Work) -> None:
    for label, columns in FILLED.items():
        for row in _of(work, label):
            empty = [column for column in columns if not getattr(row, column)]
            _rows(label).filter(pk=row.pk).update(**{column: _say(work, label, column) for column in empty})


def _add(work: Work, label: str, rows: list[dict[str, Any]]) -> None:
    """Add rows: a value that is `HERE`, or holds it, is a canary."""
    like: Any = _rows("cases.case").get(pk=work.case.pk)
    held = {name: getattr(like, name) for name in ("controller", "basis", "source", "recorded_by")}
    for values in rows:
        said = {name: _said(work, label, name, value) for name, value in values.items()}
        row = _table(label).objects.create(**{**held, "recorded_at": work.now - timedelta(days=3), **said})
        if label in OPENED:
            work.keep(OPENED[label], row)


def _said(work: Work, label: str, column: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _said(work, label, column, each) for key, each in value.items()}
    if isinstance(value, list):
        return [_said(work, label, column, each) for each in value]
    return _say(work, label, column) if value is HERE else value


HERE = object()

#: What has a page of its own, by the name under which addresses hold it.
OPENED = {"assessment.round": "round", "cases.possiblecourse": "course"}


def _first(work: Work, label: str) -> Any:
    return _of(work, label).first()


def _told(work: Work) -> UUID:
    return work.made["allegation"][0]


def _who(work: Work, kind: RelationKind = RelationKind.OIC) -> UUID:
    return work.people.ids[work.plan.team[kind]]


def _undone(work: Work) -> dict[str, Any]:
    """Return what a row says that was decided and undone: it holds no more, and its words stay."""
    decided = {"decided_at": work.now - timedelta(days=3), "decided_by": _who(work)}
    return {**decided, "undone_at": work.now - timedelta(days=2), "undone_by": _who(work), "undone_because": HERE}


def _pack(work: Work) -> list[dict[str, Any]]:
    day, letters = work.now.date(), {"pdf": work.made["exhibit"][0], "docx": work.made["exhibit"][0]}
    hashes = {"pdf_sha256": "0" * 64, "docx_sha256": "0" * 64}
    words: dict[str, Any] = dict.fromkeys(("asked_by", "identity_proved", "restriction_reason"), HERE)
    words["recipient"] = {"to_whom": HERE, "why": HERE}
    days = {"received_on": day, "due_on": day + timedelta(days=30)}
    return [{"case_id": work.case.pk, "kind": "subject", "sought": 3, **letters, **hashes, **words, **days}]


def _ended_contact(work: Work) -> list[dict[str, Any]]:
    """Let an earlier agreement, which the one that stands took the place of, have been ended by it."""
    stands = _first(work, "people.safecontact")
    earlier = _table("people.safecontact").objects.unscoped("planted").get(pk=stands.pk)
    earlier.pk, earlier.recorded_at = None, stands.recorded_at - timedelta(days=1)
    earlier.save(force_insert=True)
    return [{"agreement": earlier, "by": stands, "reason": HERE}]


def _round(work: Work) -> list[dict[str, Any]]:
    """Let several people rate the case on the form that somebody used."""
    used = _rows("assessment.assessment").filter(case=work.case.pk).order_by("pk").first()
    form = {"instrument": used.instrument, "version": used.version, "sha256": used.sha256}
    return [{"case_id": work.case.pk, "lead": _who(work), "why": HERE, "phase": "consolidating", **form}]


def _course(work: Work) -> list[dict[str, Any]]:
    """Let rules have found that the case's report belongs with others of which nobody said anything."""
    at = work.now - timedelta(days=3)
    days = dict.fromkeys(("first_at", "last_at", "found_at"), at)
    found = {"site": work.plan.site, "whole": UUID(int=work.plan.number), "members": str(work.plan.number) * 64}
    return [{**found, **days, "acts": 2, "occasions": 2, "victim": HERE, "subject": HERE}]


def _judged(work: Work) -> list[dict[str, Any]]:
    """Let somebody have said of it that it looks like stalking, and have taken that back; and somebody else the contrary."""
    course = _rows("cases.possiblecourse").get(whole=UUID(int=work.plan.number))
    _table("cases.possibleact").objects.create(course=course, allegation_id=_told(work))
    said = {"course": course, "reason": HERE, "judged_at": work.now - timedelta(days=3), "judged_by": _who(work)}
    return [{**said, "verdict": "stalking", **_taken_back(work)}, {**said, "verdict": "not_stalking"}]


def _taken_back(work: Work) -> dict[str, Any]:
    return {"undone_at": work.now - timedelta(days=2), "undone_by": _who(work), "undone_because": HERE}


def _once_one(work: Work) -> list[dict[str, Any]]:
    """Let the victim's record have been held for one with a record that nothing else tells of."""
    first, second = sorted((work.case.victim_id, UUID(int=work.case.victim_id.int ^ 1)))
    return [{"first": first, "second": second, "reason": HERE, **_undone(work)}]


def _half(work: Work, *rows: dict[str, Any]) -> list[dict[str, Any]]:
    """Return rows that settle what waits only in every other case: in the others it goes on waiting."""
    return list(rows) if work.plan.number % 2 == 0 else []


#: What nobody writes in the small world, in an order in which each finds what it hangs on.
ADDED: dict[str, Callable[[Work], list[dict[str, Any]]]] = {
    "assessment.round": _round,
    "assessment.phaseentered": lambda work: [
        {"round": _first(work, "assessment.round"), "phase": "consolidating", "because": HERE}
    ],
    "assessment.secondsignature": lambda work: _half(
        work, {"asked": _first(work, "assessment.signatureasked"), "given": False, "words": HERE}
    ),
    "cases.behaviourjudged": lambda work: [
        {
            "allegation_id": _told(work),
            "behaviour": "follows",
            "shown": True,
            "evidence": HERE,
            "reason": HERE,
            "judged_at": work.now - timedelta(days=3),
            "judged_by": _who(work),
        },
        {
            "allegation_id": _told(work),
            "behaviour": "watches",
            "shown": True,
            "judged_at": work.now - timedelta(days=3),
            "judged_by": _who(work),
            **_taken_back(work),
        },
    ],
    "cases.caseact": lambda work: [
        {
            "case_id": work.case.pk,
            "allegation_id": _told(work),
            "happened_at": work.now - timedelta(days=6),
            "joined_at": work.now - timedelta(days=5),
            "left_at": work.now - timedelta(days=4),
            "left_because": HERE,
        }
    ],
    "cases.possiblecourse": _course,
    "cases.coursejudged": _judged,
    "cases.followup": lambda work: [
        {
            "case_id": work.case.pk,
            "months": 6,
            "summary": HERE,
            "done_by": _who(work),
            "opens_at": work.now - timedelta(days=4),
            "done_at": work.now - timedelta(days=3),
        }
    ],
    "cases.stepdownasked": lambda work: [
        {
            "case_id": work.case.pk,
            "reason": HERE,
            "refused_because": HERE,
            "answered_by": _who(work),
            "victim_told_at": work.now - timedelta(days=4),
            "answered_at": work.now - timedelta(days=2),
        }
    ],
    "cases.transferasked": lambda work: [
        {
            "case_id": work.case.pk,
            "reason": HERE,
            "answer": HERE,
            "answered_by": _who(work),
            "accepted": False,
            "from_site": work.plan.site,
            "to_site": "southmere" if work.plan.site == "northmoor" else "northmoor",
            "victim_told_at": work.now - timedelta(days=4),
            "answered_at": work.now - timedelta(days=2),
        }
    ],
    "cases.partasked": lambda work: [
        {
            "case_id": work.case.pk,
            "staff_id": _who(work),
            "kind": "oic",
            "given": False,
            "refused_because": HERE,
            "answered_at": work.now - timedelta(days=2),
            "answered_by": _who(work, RelationKind.ADVOCATE),
        }
    ],
    "governance.pack": _pack,
    "governance.dangerdecided": lambda work: [
        {
            "pack": _first(work, "governance.pack"),
            "danger": "0" * 40,
            "choice": "ask",
            "reason": HERE,
            "waits_for": HERE,
        }
    ],
    "governance.packreleased": lambda work: _half(work, {"pack": _first(work, "governance.pack"), "channel": HERE}),
    "governance.confidencesigned": lambda work: [
        {"decision": _first(work, "governance.confidencedecision"), "agrees": False, "reason": HERE}
    ],
    "governance.retentionreview": lambda work: [
        {
            "case_id": work.case.pk,
            "rule": "closed_years",
            "due_on": work.now.date(),
            "outcome": "retain",
            "reason": HERE,
        }
    ],
    "governance.disposalasked": lambda work: [
        {
            "case_id": work.case.pk,
            "reason": HERE,
            "answered_at": work.now - timedelta(days=1),
            "answered_by": _who(work),
            "because": HERE,
        }
    ],
    "governance.moreasked": lambda work: [
        {
            "challenge": _first(work, "governance.challenge"),
            "asked_on": work.now.date(),
            "asked_for": HERE,
        }
    ],
    "intake.furtherperson": lambda work: [
        {
            "allegation_id": _told(work),
            "role": "victim",
            "place": 2,
            **dict.fromkeys(("name", "address", "email", "phone", "birth", "relationship"), HERE),
        }
    ],
    "intake.retold": lambda work: [
        {"allegation_id": _told(work), "row_hash": "0" * 64, "original": {"Words": HERE}, "changed": {"Words": HERE}}
    ],
    "intake.version": lambda work: [
        {
            "allegation_id": _told(work),
            "retold": _first(work, "intake.retold"),
            "number": 2,
            "received_at": work.now - timedelta(days=3),
            "told_at": work.now - timedelta(days=3),
            "urgency": "routine",
            **dict.fromkeys(("words", "place", "class_as_recorded"), HERE),
            **{part: {"name": HERE} for part in ("victim", "subject")},
            "victim_reach": {"email": HERE, "address": HERE},
            "further": [{"role": "subject", "name": HERE}],
        }
    ],
    "intake.personknownby": lambda work: [
        {"allegation_id": _told(work), "role": "victim", "place": 1, "kind": "alias", "value": HERE}
    ],
    "linkage.keptapart": _once_one,
    "linkage.match": lambda work: [
        {
            "allegation_id": _told(work),
            "part": "victim",
            "victim_id": work.case.victim_id,
            "verdict": "same",
            "reason": HERE,
            **_undone(work),
        }
    ],
    "people.sameperson": _once_one,
    "orders.custody": lambda work: [
        {"case_id": work.case.pk, "kind": "remand", "held_from": work.now - timedelta(days=4)}
    ],
    "orders.custodyended": lambda work: [
        {"custody": _first(work, "orders.custody"), "released_at": work.now - timedelta(days=3), "reason": HERE}
    ],
    "orders.breachstanding": lambda work: [
        {"breach": breach, "stands": True, "reason": HERE} for breach in _of(work, "orders.breach")[:1]
    ],
    "orders.notbreach": lambda work: [
        {"order_id": work.made["order"][0], "allegation_id": _told(work), "reason": HERE}
    ],
    "orders.protected": lambda work: [{"order_id": work.made["order"][0], "name": HERE, "relation": HERE}],
    "panel.declared": lambda work: [
        {
            "item_id": work.made["item"][0],
            "staff": _who(work, RelationKind.OUTREACH),
            "aside": False,
            "because": HERE,
            "declared_at": work.now - timedelta(days=3),
        }
    ],
    "people.addressanswered": lambda work: _half(
        work, {"asked": _first(work, "people.addressasked"), "given": False, "words": HERE}
    ),
    "people.markwithdrawn": lambda work: [
        {"mark": _first(work, "people.subjectmark"), "reason": HERE, **_undone(work)}
    ],
    "people.reachwithdrawn": lambda work: [
        {"mark": _first(work, "people.victimreach"), "reason": HERE, **_undone(work)}
    ],
    "people.message": lambda work: [
        {
            "victim_id": work.case.victim_id,
            "file": work.case.pk,
            "channel": "text",
            "state": "stopped",
            **dict.fromkeys(("sender", "title", "text", "to"), HERE),
        }
    ],
    "people.messageread": lambda work: [{"message": _first(work, "people.message"), "given": False, "words": HERE}],
    "people.safecontactended": _ended_contact,
    "people.thirdcontactsaid": lambda work: [
        {"third": _rows("people.thirdparty").filter(name__contains=f"CNRY-{work.plan.number}-").first(), "before": HERE}
    ],
    "support.diarybrought": lambda work: [
        {
            "case_id": work.case.pk,
            "exhibit_id": work.made["exhibit"][0],
            "sha256": "0" * 64,
            "form": "messages",
            "time_zone": "Europe/London",
            "unread": 1,
        }
    ],
    "support.diaryunread": lambda work: [{"brought": _first(work, "support.diarybrought"), "row": 3, "why": HERE}],
    "support.diarypassed": lambda work: [
        {
            "entry": _first(work, "support.diaryentry"),
            "allegation_id": work.made["allegation"][-1],
            "by": "override",
            "why": HERE,
        }
    ],
    "support.measuremissed": lambda work: [
        {
            "case_id": work.case.pk,
            "instrument": "judgement",
            "why": "declined",
            "words": HERE,
            "missed_at": work.now - timedelta(days=3),
        }
    ],
}
