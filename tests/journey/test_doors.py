"""What a page says of a case is true by whichever door the fact came: one table of facts, doors and pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from fourfold.duties import services as duties
from fourfold.words import opening
from tests.cast import Cast
from tests.journey.doors import (
    AFTER,
    Build,
    World,
    armed_breach_undone,
    at_risk,
    attached,
    attached_by_two,
    attached_of_another_name,
    attached_to_one_that_is_closed,
    attached_undated,
    breach_undone_of_ten_days_ago,
    breached,
    broken_as_told_by_two,
    broken_when_closed,
    by_api,
    by_diary,
    by_feed,
    by_file_after_a_stopped_one,
    by_file_of_the_diary,
    by_mended_row,
    by_referral,
    by_taking_over,
    came,
    closed,
    closed_before,
    closed_while_waiting,
    contacted,
    detached,
    diary_read_when_closed,
    earlier,
    ended,
    handed_over_after,
    handed_over_where_a_report_waits,
    held,
    held_in_a_case_that_names_nobody,
    held_in_a_merged_record,
    held_in_a_merged_record_that_names_nobody,
    held_in_another_case,
    held_then_handed_over,
    joined,
    known_as,
    known_of,
    left_by_all,
    level_by_api,
    level_by_assessment,
    level_by_panel,
    level_by_review,
    level_on_its_page,
    merged_subject,
    merged_with_one_that_is_bound,
    merged_with_one_that_is_closed,
    named_otherwise,
    not_arrested,
    not_arrested_after,
    of_nobody,
    opened,
    order_after_the_act,
    past,
    past_breach,
    past_breach_agreed,
    past_breach_detached,
    past_contact,
    past_contact_owed,
    past_custody,
    past_custody_elsewhere,
    past_custody_handed_over,
    past_custody_in_one_that_names_nobody,
    past_detached,
    past_level,
    past_name,
    past_of_nobody,
    past_order,
    past_release_to_come,
    past_stepped_down,
    past_telling,
    recognised_as,
    reported_as,
    stepped_down,
    taken_off,
    thought,
    thought_again,
    told_again,
    told_again_in_a_mended_row,
    told_again_of_before,
    told_again_of_what_was_attached,
    told_by_both,
    told_by_the_officer,
    told_by_two,
    told_how_by_the_advocate,
    told_how_by_the_officer,
    told_in_a_contact,
    told_more_urgently,
    told_with_the_breach,
    unbound,
    undated,
    undone,
    undone_of_ten_days_ago,
    undone_then_closed,
    unserved,
    waiting,
    withdrawn,
)
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db


# ---- the table ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Page:
    """A page as somebody reads it, what it must say and what it must not; {case}, {report}, {subject}, {victim} and the {other} case stand for these."""

    name: str
    address: str
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fact:
    """Where a fact shows, by which doors it comes, and why it comes by no other."""

    pages: tuple[Page, ...]
    by: dict[str, Build]
    no: dict[str, str]


#: By what a fact comes to the unit. The pages of a case are its forms: level, review, assessment, contact, record.
DOORS = ("feed", "referral", "API", "diary", "take over", "orders", "panel", "desk", "case")
CASE, LIST, SUBJECT, HISTORY = "/cases/{case}/", "/cases/", "/cases/{case}/subject/", "/cases/{case}/history/"
ORDERS, UNIT, FIND = "/cases/{case}/orders/", "/?show=unit", "/find/?q=Dino+Varley"
REPORTS: dict[str, Build] = {
    "feed": by_feed,
    "referral": by_referral,
    "API": by_api,
    "diary": by_diary,
    "take over": by_taking_over,
}
#: A report by these is as any other of the feed once it is kept: asked where it is first read, at the desk and on the day.
LATER = {"feed: mended row": by_mended_row, "feed: after a stopped file": by_file_after_a_stopped_one}
LATER["diary: a file"] = by_file_of_the_diary
ACTS = {door: joined(build) for door, build in REPORTS.items()} | {"desk": attached}
SETTLED = {"take over: settled": past}
TELLS = "It brings a report, and a report decides nothing."
NO_REPORT = {
    "orders": "A breach joins its case as it is told.",
    "panel": "A panel is told of acts and tells none.",
    "desk": "The desk settles what waits.",
    "case": "What happened is referred; an event of a case is no report.",
}
NO_ACT = {"panel": NO_REPORT["panel"], "case": NO_REPORT["case"]}
NOTHING_SAID = dict.fromkeys(("feed", "referral", "API"), TELLS)

BREACHES: dict[str, Build] = {
    **{door: recognised_as(act) for door, act in ACTS.items()},
    "orders": breached,
    "take over: settled": past_breach,
}

BREACHES_WITHDRAWN = {door: withdrawn(build) for door, build in BREACHES.items()}
SAID = "Officer recorded on 24 November 2026, 13:00 that the victim was told. No safe contact says so yet"
MERGED = {door: "Who is one person somebody says at the desk." for door in DOORS if door != "desk"}

TABLE: dict[str, Fact] = {
    "a report of an open case waits": Fact(
        (
            Page("analyst", "/desk/", ("of open case {case} (high)",), ("No allegations are waiting",)),
            Page(
                "analyst",
                "/desk/{report}/",
                ("of open case {case} (high): 1 act",),
                ("first known act", "One act is known"),
            ),
            Page("officer", UNIT, ("Triage:", "of open case {case} (high)")),
            Page("coordinator", UNIT, ("Triage:", "of open case {case} (high)")),
        ),
        {door: came(build) for door, build in (REPORTS | LATER).items()} | {"desk: undo": undone},
        {door: NO_REPORT[door] for door in ("panel", "case")}
        | {"orders": "Taken off its case a breach names nobody; it waits as an act under an order."},
    ),
    "a report that waits would be an act under an order": Fact(
        (
            Page("analyst", "/desk/", ("Would be an act under the interim stalking protection order in {case}",)),
            Page("analyst", "/desk/{report}/", ("Would be an act under the interim", "Was this a breach?")),
            Page("officer", "/", ("would be an act under the interim stalking protection order in {case}",)),
        ),
        {door: came(build) for door, build in (REPORTS | LATER).items()}
        | {"desk: undo": undone, "orders: undone": taken_off(withdrawn(breached))},
        {door: NO_REPORT[door] for door in ("panel", "case")},
    ),
    "a report that waits is not counted, and the subject's page says so": Fact(
        (
            Page(
                "officer",
                SUBJECT,
                ("20 days without an act in the subject", "or whose report waits at the desk, is not counted"),
                ("without an act on record",),
            ),
        ),
        {door: earlier(build) for door, build in REPORTS.items()}
        | {"desk: undo": undone_of_ten_days_ago, "orders: undone": breach_undone_of_ten_days_ago},
        {door: NO_REPORT[door] for door in ("panel", "case")},
    ),
    "a report waited before its case was there": Fact(
        (
            Page("analyst", "/desk/", ("of open case {case} (high)",)),
            Page("analyst", "/desk/{report}/", ("of open case {case} (high)",), ("first known act",)),
            Page("officer", UNIT, ("Triage:", "of open case {case} (high)")),
        ),
        {"desk": waiting(by_api, unbound), "take over": waiting(by_feed, past)},
        dict.fromkeys(("feed", "referral", "API", "diary"), "It brings a report; the desk opens its case.")
        | {"orders": "An order has its case.", "panel": "A panel decides on a case.", "case": "It is there."},
    ),
    "a report waited before its case was at its level": Fact(
        (
            Page("analyst", "/desk/", ("of open case {case} (very high)",)),
            Page("analyst", "/desk/{report}/", ("of open case {case} (very high)",), ("(high)",)),
        ),
        {
            "API": waiting(by_feed, level_by_api),
            "panel": waiting(by_feed, level_by_panel),
            "case": waiting(by_referral, level_on_its_page),
            "case: review": waiting(by_feed, level_by_review),
            "case: assessment": waiting(by_api, level_by_assessment),
            "take over": waiting(by_feed, past_level),
        },
        {
            **dict.fromkeys(("feed", "referral", "diary"), TELLS),
            "orders": "A breach asks for an assessment.",
            "desk": "A triage sets how soon, not how dangerous.",
        },
    ),
    "a report waited before the order under which it would be an act": Fact(
        (
            Page("analyst", "/desk/", ("Would be an act under the interim stalking protection order in {case}",)),
            Page("analyst", "/desk/{report}/", ("Would be an act under the interim", "Was this a breach?")),
        ),
        {"orders": waiting(by_feed, opened), "take over": waiting(by_api, past_order)}
        | {"desk": merged_with_one_that_is_bound},
        NOTHING_SAID | {"diary": TELLS, "panel": "A panel seeks an order; a court makes it.", "case": "See orders."},
    ),
    "a report of a closed case waits": Fact(
        (
            Page("analyst", "/desk/", ("may tell of the same people",)),
            Page("analyst", "/desk/{report}/", ("closed case {case}",), ("first known act", "One act is known")),
        ),
        {door: came(build, closed) for door, build in REPORTS.items() if door != "diary"}
        | {"diary": closed_while_waiting(by_diary), "case": closed_while_waiting(by_feed)}
        | {"desk: undo": undone_then_closed},
        {
            "panel": NO_REPORT["panel"],
            "orders": "Taken off its case a breach names nobody: nobody counts what happened between two.",
        },
    ),
    "a report that waits, of whom somebody only thinks that they are its subject": Fact(
        (
            Page("analyst", "/desk/", ("Is thought to name the victim and the subject of open case {case} (high)",)),
            Page(
                "analyst",
                "/desk/{report}/",
                ("Analyst thinks that it is probably this person: Dean Marlow", "counts as possible, not as confirmed"),
                ("first known act", "Subject: Dean Marlow, confirmed"),
            ),
            Page("officer", CASE, ("1 act",), ("2 acts",)),
            Page("coordinator", LIST, ("open 1 25 October 2026",)),
            Page("officer", "/api/cases", ('"acts": 1',)),
        ),
        {door: thought(build) for door, build in REPORTS.items()}
        | {"desk: undo": thought_again(joined(by_feed)), "orders: undone": thought_again(withdrawn(breached))},
        {door: NO_REPORT[door] for door in ("panel", "case")},
    ),
    "a case in which nobody has a part": Fact(
        (
            Page("coordinator", "/", ("Say who works on this case", "nobody has a part in it")),
            Page("officer", CASE, (), ("officer in the case Officer",)),
        ),
        {"desk": of_nobody, "take over": past_of_nobody, "case": left_by_all},
        NOTHING_SAID
        | {
            "diary": "The diary belongs to an advocate, who has a part.",
            "orders": "Who records an order names nobody.",
            "panel": "A panel decides; the coordinator names who works.",
        },
    ),
    "one event that two agencies told": Fact(
        (
            Page("analyst", "/desk/{report}/", ("The same event as", "count as one act"), ("May be the same event",)),
            Page("officer", CASE, ("1 act", "too, and counted once"), ("2 acts",)),
            Page("coordinator", LIST, ("open 1 25 October 2026",)),
            Page("officer", SUBJECT, ("1 act from 25 October 2026",), ("2 acts",)),
            Page("officer", HISTORY, ("the same event as report",)),
            Page("officer", "/api/cases", ('"acts": 1', '"last_act_at": "2026-10-25T')),
        ),
        {door: told_by_two(build) for door, build in REPORTS.items()}
        | {"desk": attached_by_two, "orders": broken_as_told_by_two},
        NO_ACT,
    ),
    "one event that two agencies told among what a person is confirmed to have done": Fact(
        (Page("officer", "/people/subjects/{subject}/", ("1 further report tells of one of these acts",)),),
        {door: told_by_two(build) for door, build in REPORTS.items()} | {"orders": broken_as_told_by_two},
        NO_ACT | {"desk": "What is attached names nobody, and is no act of a confirmed person."},
    ),
    "an act whose day nobody told": Fact(
        (
            Page("officer", CASE, ("2 acts in", "day not known, told on 24 November 2026")),
            Page("coordinator", LIST, ("told 24 November 2026, day of the act not known",)),
            Page("officer", SUBJECT, ("Nobody told the day of 1 act",)),
            Page("officer", "/api/cases", ('"acts": 2', '"last_act_told": true')),
        ),
        {door: undated(build) for door, build in REPORTS.items()} | {"desk": attached_undated},
        NO_ACT | {"orders": "The form of a breach asks for its day: an order binds from a day."},
    ),
    "an act of a case": Fact(
        (
            Page("officer", CASE, ("2 acts in 4 weeks", "Newest act: 24 Nov 2026", "(2 of 2)")),
            Page("coordinator", LIST, ("open 2 24 November 2026 25 November 2026",)),
            Page("officer", SUBJECT, ("2 acts from 25 October 2026 to 24 November 2026",)),
            Page("officer", HISTORY, (" added: 24 November 2026",)),
            Page(
                "officer", "/api/cases", ('"last_act_at": "2026-11-24T', '"acts": 2', '"review_due_at": "2026-11-25T')
            ),
        ),
        ACTS | SETTLED | {"orders": breached},
        NO_ACT,
    ),
    "an act brings the review forward": Fact(
        (
            Page("officer", CASE, ("Next review 25 November 2026", "act of 24 November 2026")),
            Page("officer", "/", ("Review Nora Quill {case} High", "act of 24 November 2026")),
            Page("advocate", "/", ("{case} an act of 24 November was added",)),
            Page("officer", HISTORY, ("Review brought forward from 26 November 2026 to 25 November 2026",)),
        ),
        ACTS | {"orders": breached},
        NO_ACT,
    ),
    "an act taken off its case again": Fact(
        (
            Page("officer", CASE, ("1 act, one kind",), ("2 acts",)),
            Page("coordinator", LIST, ("open 1 25 October 2026",)),
            Page("officer", HISTORY, ("added: 24 November 2026, removed since", "Act removed: 24 November 2026")),
            Page("officer", "/api/cases", ('"acts": 1', '"last_act_at": "2026-10-25T')),
        ),
        {door: taken_off(act) for door, act in ACTS.items() if door != "desk"}
        | {"desk": detached, "orders": taken_off(breached), "take over: settled": past_detached},
        {"panel": NO_REPORT["panel"], "case": "The desk says to which case an act belongs."},
    ),
    "a review that an act brought forward which was taken off its case": Fact(
        (
            Page("officer", CASE, ("taken off the case on 24 November 2026",)),
            Page("officer", "/", ("taken off the case on 24 November 2026",)),
            Page("advocate", "/", ("an act of 24 November was added, and is removed again",)),
        ),
        {door: taken_off(act) for door, act in ACTS.items() if door != "desk"}
        | {"desk": detached, "orders": taken_off(breached)}
        | {f"{door}: a breach": taken_off(recognised_as(act)) for door, act in ACTS.items()},
        {"panel": NO_REPORT["panel"], "case": "The desk says to which case an act belongs."},
    ),
    "a later version of the report of an act": Fact(
        (
            Page("officer", CASE, ("A later version of 24 November 2026 says: theft",)),
            Page("officer", HISTORY, ("Later version of T-9: theft",)),
            Page(
                "analyst",
                "/desk/{report}/",
                ("Now recorded as theft", "Weapon: now no, previously yes."),
                ("No change that you are allowed to see",),
            ),
        ),
        {"feed": told_again, "feed: mended row": told_again_in_a_mended_row, "take over": told_again_of_before}
        | {"desk": told_again_of_what_was_attached},
        dict.fromkeys(("referral", "API", "diary"), "What is told there again is a report of its own.")
        | {door: NO_REPORT[door] for door in ("orders", "panel", "case")},
    ),
    "a breach whose act was taken off its case": Fact(
        (
            Page("officer", CASE, ("the act is not part of the course",)),
            Page("officer", HISTORY, ("Breach of condition 2 of the interim", "Act removed: 24 November 2026")),
            Page(
                "coordinator",
                "/panel/new/northmoor/",
                ("a breach and no panel yet, 24 November 2026, whose act was taken off the case on 24 November 2026",),
            ),
        ),
        {door: taken_off(build) for door, build in BREACHES.items() if door != "take over: settled"}
        | {"take over: settled": past_breach_detached},
        dict.fromkeys(("panel", "case"), "The desk says who is meant."),
    ),
    "a breach that was withdrawn": Fact(
        (
            Page(
                "officer", CASE, ("2 acts in 4 weeks",), ("one breach", "Record the decision", "Breach of condition 2:")
            ),
            Page("officer", "/", (), ("Decide after the breach", "Assess again")),
            Page(
                "officer",
                ORDERS,
                ("No breach stands", "withdrawn: The court had allowed it. Coordinator", "Let it stand again"),
            ),
            Page("officer", "/orders/", ("No breach needs action",), ("{case} condition 2",)),
            Page(
                "officer",
                HISTORY,
                ("Breach of condition 2 on 24 November 2026 withdrawn Coordinator The court had allowed it.",),
                ("Breach added",),
            ),
            Page("clinician", SUBJECT, ("0 breaches",), ("Breach of condition 2",)),
            Page("advocate", "/", (), ("Tell the victim: a breach",)),
            Page("analyst", "/desk/{report}/", (), ("Is recorded as a breach", ", 1 breach")),
            Page("coordinator", "/panel/new/northmoor/", (), ("a breach and no panel yet",)),
        ),
        BREACHES_WITHDRAWN,
        NO_ACT,
    ),
    "a review that a breach brought forward which was withdrawn": Fact(
        (
            Page(
                "officer",
                CASE,
                ("breach of condition 2, interim stalking protection order, withdrawn on 24 November 2026",),
            ),
            Page(
                "officer",
                "/",
                ("the breach of 24 November was withdrawn", "protection order, withdrawn on 24 November 2026"),
            ),
        ),
        {door: build for door, build in BREACHES_WITHDRAWN.items() if door != "take over: settled"},
        NO_ACT,
    ),
    "a breach that was withdrawn, of which the victim had been told": Fact(
        (
            Page(
                "advocate",
                "/",
                ("Tell the victim: what was recorded as a breach is not one, and why",),
                ("Tell the victim: a breach",),
            ),
        ),
        {door: withdrawn(known_of(act)) for door, act in ACTS.items()}
        | {"case": withdrawn(told_in_a_contact), "orders": withdrawn(told_with_the_breach)}
        | {
            "orders: by the officer": withdrawn(told_by_the_officer(breached)),
            "take over: told then": withdrawn(past_telling),
        },
        {"panel": NO_REPORT["panel"]},
    ),
    "the subject in custody": Fact(
        (
            Page(
                "officer",
                CASE,
                (
                    "Dean Marlow is held : remanded in custody since 24 November 2026",
                    "In force today: Remanded in custody",
                ),
                ("No record open to you says that Dean Marlow is in custody or hospital today",),
            ),
            Page("officer", SUBJECT, ("The prison service Remanded in custody",)),
        ),
        {"orders": held, "orders: another case": held_in_another_case, "take over": past_custody}
        | {"take over: another case": past_custody_elsewhere, "desk": held_in_a_merged_record},
        NOTHING_SAID | {"diary": TELLS, "panel": "A panel holds nobody.", "case": "See orders."},
    ),
    "the subject in custody by a case that closes who that is": Fact(
        (Page("clinician", CASE, ("No record open to you says that Dean Marlow is in custody",), ("is held : ",)),),
        {"orders": held_in_a_case_that_names_nobody, "take over": past_custody_in_one_that_names_nobody}
        | {"desk": held_in_a_merged_record_that_names_nobody},
        {door: "As the subject in custody." for door in DOORS if door not in ("orders", "take over", "desk")},
    ),
    "custody as it stood when a case was handed over": Fact(
        (
            Page(
                "coordinator",
                CASE,
                ("Dean Marlow was held then : remanded in custody since 24 November 2026",),
                ("is held", "Bailed", "Subject released", "in custody or hospital"),
            ),
            Page("olu", CASE, ("No record open to you says that Dean Marlow is in custody",), ("held then",)),
            Page("coordinator", HISTORY, ("Subject remanded in custody",), ("Subject released",)),
        ),
        {"orders": held_then_handed_over, "take over": past_custody_handed_over},
        {door: "As the subject in custody." for door in DOORS if door not in ("orders", "take over", "desk")}
        | {"desk": "It finds that another case is of the same person, and that case was not handed over."},
    ),
    "a release to come": Fact(
        (Page("officer", CASE, ("The release is expected on 30 November 2026",), ("No day of release is on record",)),),
        {"case": held, "take over": past_release_to_come},
        NOTHING_SAID
        | dict.fromkeys(("diary", "desk"), TELLS)
        | {"panel": "A panel holds nobody."}
        | {"orders": "A release is recorded there when it has happened."},
    ),
    "an act that ends no silence": Fact(
        (Page("advocate", "/", ("No safe contact with this victim in the cases open to you",)),),
        ACTS | SETTLED | {"orders": breached},
        NO_ACT,
    ),
    "an act that may be a breach": Fact(
        (
            Page("officer", "/", ("Say whether this act was a breach High {case}",)),
            Page("coordinator", UNIT, ("Say whether this act was a breach High {case}",)),
            Page("officer", "/orders/", ("Record as a breach : act of 24 November 2026",)),
            Page("clinician", ORDERS, ("Acts that may be a breach",)),
        ),
        ACTS | {"orders": order_after_the_act, "take over: settled": past_order},
        NO_ACT,
    ),
    "a breach on record": Fact(
        (
            Page("officer", CASE, ("Breach of condition 2", "Record the decision", "Breaches (1)")),
            Page("clinician", SUBJECT, ("Breach of condition 2",)),
            Page("officer", "/", ("Decide after the breach of condition 2: arrest, charge, victim told",)),
            Page("coordinator", UNIT, ("Decide after the breach of condition 2",)),
            Page("officer", "/orders/", ("{case} condition 2",), ("No breach needs action",)),
            Page(
                "analyst",
                "/desk/{report}/",
                ("Is recorded as a breach of condition 2 of the interim stalking protection order in {case}",),
                ("Would be an act under", "Was this a breach?"),
            ),
        ),
        BREACHES,
        NO_ACT,
    ),
    "a breach counted with the acts": Fact(
        (
            Page("officer", CASE, ("one breach",)),
            Page("officer", SUBJECT, ("1 breach;",), ("0 breaches",)),
            Page("officer", HISTORY, ("Breach added: 24 November 2026",)),
            Page(
                "officer",
                "/cases/{case}/assessment/new/first-line/",
                (
                    "On record: told on 24 November 2026",
                    "Check it. It counts as answered when you save. Has the person broken a court order",
                ),
            ),
            Page("coordinator", "/panel/new/northmoor/", ("a breach and no panel yet, 24 November 2026",)),
        ),
        BREACHES,
        NO_ACT,
    ),
    "a breach among what a person is confirmed to have done": Fact(
        (
            Page("officer", "/people/subjects/{subject}/", (", 1 breach", "one breach. Newest act")),
            Page("officer", "/people/victims/{victim}/", (", 1 breach", "24 November 2026")),
            Page("analyst", "/desk/{report}/", (", 1 breach",)),
        ),
        {door: build for door, build in BREACHES.items() if door != "take over: settled"},
        NO_ACT,
    ),
    "a breach of which the victim is to be told": Fact(
        (Page("advocate", "/", ("Tell the victim: a breach and what follows from it",)),),
        BREACHES,
        NO_ACT,
    ),
    "the victim was told of a breach": Fact(
        (
            Page("advocate", "/", never=("Tell the victim",)),
            Page("officer", CASE, ("Breach of condition 2: arrest, charge not decided",), ("victim told not decided",)),
            Page("officer", "/", ("Decide after the breach of condition 2: arrest, charge",), ("charge, victim told",)),
            Page("officer", "/orders/", ("{case} condition 2",), ("charge, victim told",)),
        ),
        {door: known_of(act) for door, act in ACTS.items()}
        | {"case": told_in_a_contact, "orders": told_with_the_breach, "take over: told then": past_telling},
        {"panel": "A panel plans the telling."},
    ),
    "an officer recorded that the victim was told of a breach, and no safe contact says so": Fact(
        (
            Page("advocate", "/", (f"follows from it. {SAID}",)),
            Page("advocate", "/cases/{case}/victim/contact/", (f"{SAID}. Due",)),
            Page("advocate", "/cases/{case}/victim/", (SAID, "not yet; still in time")),
            Page("officer", CASE, ("arrest, charge not decided",), ("victim told not decided",)),
        ),
        {door: told_by_the_officer(build) for door, build in BREACHES.items()},
        NO_ACT | {"case": "A contact gives the update."},
    ),
    "an officer said with the breach how the victim was told": Fact(
        (
            Page("advocate", "/", never=("Tell the victim: a breach", "No safe contact says so")),
            Page("advocate", "/cases/{case}/victim/contact/", never=("a breach and what follows from it",)),
            Page("advocate", "/cases/{case}/victim/", ("12:30, by PC Amir Holt", "written down by Officer")),
            Page("officer", "/cases/{case}/orders/", ("Told by PC Amir Holt, 24 November 2026, 12:30",)),
            Page("officer", CASE, ("arrest, charge not decided",), ("victim told not decided",)),
        ),
        {door: told_how_by_the_officer(build) for door, build in BREACHES.items()},
        NO_ACT,
    ),
    "an officer recorded that the victim was told, and a safe contact gave it then": Fact(
        (
            Page("advocate", "/", never=("Tell the victim", "No safe contact says so")),
            Page("advocate", "/cases/{case}/victim/contact/", (), (SAID,)),
            Page("advocate", "/cases/{case}/victim/", ("in time",), (SAID,)),
            Page("officer", CASE, ("arrest, charge not decided",), ("victim told not decided",)),
        ),
        {door: told_by_both(build) for door, build in BREACHES.items() if build is not past_breach}
        | {"case": told_by_both(breached), "take over: settled": told_by_both(past_breach_agreed)},
        {"panel": NO_REPORT["panel"]},
    ),
    "nobody was arrested after a breach": Fact(
        (
            Page(
                "officer",
                "/cases/{case}/plan/",
                (
                    "Not arrested after the breach of condition 2",
                    "Out of the area tonight.",
                    "does not close this action",
                ),
                ("The subject was arrested",),
            ),
            Page("officer", CASE, ("Breach of condition 2: charge not decided",)),
            Page("advocate", "/", ("Tell the victim: a breach and what follows from it",)),
        ),
        {"orders": not_arrested} | {door: not_arrested_after(act) for door, act in ACTS.items()},
        {
            "panel": "A panel plans an arrest; police make it.",
            "case": "The plan says what became of its action, and not what was decided after a breach.",
        },
    ),
    "a contact that reached the victim": Fact(
        (
            Page(
                "advocate",
                "/",
                never=("No safe contact with this victim in the cases open to you", "First contact, and an offer"),
            ),
            Page("advocate", "/cases/{case}/victim/", ("First contact, and an offer",), ("overdue", "not yet")),
        ),
        {"case": contacted, "orders": told_how_by_the_advocate, "take over": past_contact_owed},
        NOTHING_SAID
        | {
            "diary": "Writing on a page is no contact: the silence goes on (an act that ends no silence).",
            "panel": "A panel reaches nobody.",
            "desk": TELLS,
        },
    ),
    "a contact that ends a silence": Fact(
        (
            Page("advocate", "/", never=("No safe contact with this victim in the cases open to you",)),
            Page("advocate", "/cases/{case}/victim/", ("Reached",), ("No contact yet",)),
        ),
        {"case": contacted, "take over": past_contact, "orders": told_how_by_the_advocate}
        | {"orders: by the officer": told_how_by_the_officer(breached)},
        NOTHING_SAID
        | {
            "diary": "Writing on a page is no contact: the silence goes on (an act that ends no silence).",
            "panel": "A panel reaches nobody.",
            "desk": TELLS,
        },
    ),
    "a level": Fact(
        (
            Page("officer", CASE, ("Level Very high",)),
            Page("clinician", SUBJECT, ("Very high Next review",)),
            Page("coordinator", "/cases/?level=very_high", ("{case}",)),
            Page("coordinator", "/cases/?level=high", (), ("{case}",)),
            Page("officer", UNIT, ("{case} Very high",)),
            Page("officer", "/api/cases?level=very_high", ('"{case}"', '"level": "very_high"')),
            Page("officer", HISTORY, ("Level set to very high",)),
        ),
        {
            "API": level_by_api,
            "panel": level_by_panel,
            "take over": past_level,
            "case": level_on_its_page,
            "case: review": level_by_review,
            "case: assessment": level_by_assessment,
        },
        {
            **dict.fromkeys(("feed", "referral", "diary"), TELLS),
            "orders": "A breach asks for an assessment.",
            "desk": "A triage sets how soon, not how dangerous.",
        },
    ),
    "an order in force": Fact(
        (
            Page("officer", CASE, ("In force Interim stalking protection order, 3 conditions",)),
            Page(
                "advocate", ORDERS, ("Interim stalking protection order, until further order", "Served 4 November 2026")
            ),
            Page("clinician", SUBJECT, ("to read aloud", "You must not contact her")),
            Page("coordinator", "/orders/?view=in-force", ("{case} interim stalking protection order",)),
        ),
        {"orders": opened, "take over": past_order},
        NOTHING_SAID
        | {"diary": TELLS, "panel": "A panel seeks an order; a court makes it.", "desk": TELLS, "case": "See orders."},
    ),
    "an order made and not served": Fact(
        (
            Page("officer", CASE, never=("In force Interim",)),
            Page("clinician", SUBJECT, ("No order or condition is in force today",)),
            Page("advocate", ORDERS, ("ot served",)),
        ),
        {"orders": unserved, "take over": lambda w: past_order(w, steps=3)},
        NOTHING_SAID
        | {"diary": TELLS, "panel": "A panel seeks an order; a court makes it.", "desk": TELLS, "case": "See orders."},
    ),
    "an order that ended": Fact(
        (
            Page("officer", CASE, never=("In force Interim stalking protection order, 3 conditions",)),
            Page("clinician", SUBJECT, ("No order or condition is in force today",)),
            Page("advocate", ORDERS, ("No order is in force",)),
            Page("coordinator", "/orders/?view=in-force", (), ("{case} interim stalking",)),
        ),
        {"orders": ended, "take over": lambda w: past_order(w, steps=5)},
        NOTHING_SAID
        | {
            "diary": TELLS,
            "panel": "A panel asks; a court ends an order.",
            "desk": TELLS,
            "case": "See orders.",
        },
    ),
    "another name of somebody": Fact(
        (Page("officer", FIND, ("{case}",)), Page("second_officer", FIND, ("{case}",))),
        {door: named_otherwise(build) for door, build in REPORTS.items() if door != "diary"}
        | {"case": known_as, "desk": reported_as, "take over: its name": past_name}
        | {"orders": recognised_as(attached_of_another_name)},
        {"diary": "The diary asks for nobody's name.", "panel": "A panel records no name."},
    ),
    "a weapon": Fact(
        (
            Page("analyst", "/desk/?urgency=now", ("weapon recorded",)),
            Page("analyst", "/desk/{report}/", ("Act now", "weapon recorded")),
            Page("officer", "/", ("weapon recorded",)),
        ),
        {door: came(build) for door, build in REPORTS.items() if door != "diary"}
        | {"feed: later version": told_more_urgently, "desk: undo": undone}
        | {"orders: undone at the desk": armed_breach_undone},
        {door: why for door, why in NO_REPORT.items() if door not in ("desk", "orders")}
        | {"diary": "The diary asks no such question; rules read its words, and say so in other words."},
    ),
    "somebody else at risk": Fact(
        (
            Page("advocate", "/cases/{case}/victim/care/", ("Ida Quill", "Followed from school.")),
            Page("advocate", "/", ("Look again at somebody at risk {case}",)),
            Page("clinician", CASE, never=("Ida Quill",)),
            Page("officer", HISTORY, never=("Ida Quill",)),
        ),
        {"case": at_risk},
        NOTHING_SAID
        | {
            "diary": "What the victim writes is read by the advocate, who puts a person on record.",
            "take over": "Other people at risk are not taken over.",
            "orders": "Whom else an order protects stands with the order.",
            "panel": "A panel plans; the advocate keeps who is at risk.",
            "desk": "Somebody in a report is a third party with a role.",
        },
    ),
    "two records of a subject found to be one person": Fact(
        (
            Page(
                "officer",
                SUBJECT,
                ("Other names Dino Varley", "over 2 cases and 2 victims", "2 acts from 25 October 2026", "{other}"),
            ),
            Page("officer", "/people/subjects/{subject}/", ("Cases: {other} , {case}", "2 acts in 30 days, 2 victims")),
        ),
        {"desk": merged_subject},
        MERGED,
    ),
    "two records found to be one person, one in a case that closes who that is": Fact(
        (
            Page("clinician", SUBJECT, ("over 1 case and 1 victim",), ("Dino Varley", "{other}")),
            Page("clinician", "/people/subjects/{subject}/", ("Cases: {case}",), ("Dino Varley", "{other}")),
        ),
        {"desk": merged_with_one_that_is_closed},
        MERGED,
    ),
    "a case stepped down": Fact(
        (
            Page("officer", CASE, ("step down",)),
            Page("coordinator", "/cases/?state=step_down", ("{case}",)),
            Page("coordinator", "/cases/?state=open", (), ("{case}",)),
            Page("officer", "/api/cases?state=step_down", ('"state": "step_down"',)),
        ),
        {"case": stepped_down, "take over": past_stepped_down},
        NOTHING_SAID
        | {
            "diary": TELLS,
            "orders": "An order that ends steps nothing down.",
            "panel": "A panel steps nothing down by itself: two people sign.",
            "desk": TELLS,
        },
    ),
    "a case closed": Fact(
        (
            Page("coordinator", "/cases/?state=closed", ("{case}", "closed")),
            Page("coordinator", "/cases/?state=open", (), ("{case}",)),
            Page("coordinator", UNIT, (), ("Review Nora Quill",)),
            Page("advocate", "/", (), ("No safe contact with this victim", "Contact Nora Quill", "Not on record yet")),
            Page("officer", "/api/cases?state=closed", ('"state": "closed"', '"review_due_at": null')),
        ),
        {"case": closed, "take over": closed_before},
        NOTHING_SAID
        | {
            "diary": TELLS,
            "orders": "An order that ends closes nothing.",
            "panel": "A panel steps nothing down by itself: two people sign.",
            "desk": TELLS,
        },
    ),
    "a case opened again by a report that joined it when it was closed": Fact(
        (
            Page(
                "analyst",
                CASE,
                (
                    "This case was opened again. 24 November 2026, by Analyst: a new act. "
                    "It was closed on 23 November 2026, by Coordinator: Done.",
                    "2 acts in",
                ),
            ),
            Page("coordinator", CASE, ("This case was opened again.",)),
            Page("coordinator", "/cases/?state=open", ("{case}",)),
        ),
        {door: joined(build, closed) for door, build in REPORTS.items() if door != "diary"}
        | {"desk": attached_to_one_that_is_closed, "diary": diary_read_when_closed},
        NO_ACT | {"orders": "As the row below: an officer opens it."},
    ),
    "a case opened again by a breach that was recorded when it was closed": Fact(
        (
            Page("officer", CASE, ("This case was opened again. 24 November 2026, by Officer: a new act.",)),
            Page("coordinator", "/cases/?state=open", ("{case}",)),
            Page("officer", "/orders/", ("{case} condition 2",), ("No breach needs action",)),
        ),
        {"orders": broken_when_closed},
        {door: "As the row above: a report opens it." for door in DOORS if door != "orders"} | NO_ACT,
    ),
    "a report waited at a unit to which its case was handed over": Fact(
        (
            Page("anna", "/desk/", ("of open case {case} (high)",)),
            Page("anna", "/desk/{report}/", ("of open case {case} (high)",), ("first known act",)),
        ),
        {"case": handed_over_where_a_report_waits},
        {door: "As a report that waited before its case was there." for door in DOORS if door != "case"},
    ),
    "a case handed over": Fact(
        (
            Page("otto", "/", ("Say who works on this case", "nobody has a part in it")),
            Page("olu", "/cases/?state=open", ("{case}",)),
            Page("olu", "/?show=unit", ("{case}",)),
            Page("coordinator", "/transfers/", ("{case}",), ("Not answered yet",)),
            Page("coordinator", UNIT, (), ("Review Nora Quill",)),
            Page("coordinator", HISTORY, ("Taken over from Northmoor to Southmere",)),
            Page("coordinator", CASE, ("Your unit handed this case over", "See the breach"), ("Record the decision",)),
            Page(
                "olu",
                CASE,
                ("Breach of condition 2", "taken over from Northmoor"),
                ("officer in the case Officer", "advocate Advocate"),
            ),
        ),
        {door: handed_over_after(build) for door, build in BREACHES.items()} | {"case": handed_over_after(breached)},
        {"panel": "A panel hands nothing over by itself: the other unit answers."},
    ),
}


def cells() -> Iterator[Any]:
    """Yield each way in which facts come, once, with all that it brings: the pages of every fact are asked in one world."""
    brought: defaultdict[Build, list[tuple[str, str]]] = defaultdict(list)
    for name, fact in TABLE.items():
        for door, build in fact.by.items():
            brought[build].append((door, name))
    for build, facts in brought.items():
        more = f" and {len(facts) - 1} more" if facts[1:] else ""
        yield pytest.param([name for _, name in facts], build, id=f"{facts[0][1]} by {facts[0][0]}{more}")


@pytest.fixture(autouse=True)
def _an_hour_after_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "FOURFOLD", settings.FOURFOLD.model_copy(update={"app_clock": AFTER.isoformat()}))


@pytest.mark.parametrize("fact", TABLE)
def test_each_fact_says_of_each_door_what_comes_by_it_or_why_nothing_does(fact: str) -> None:
    row = TABLE[fact]
    by = {door.partition(":")[0] for door in row.by}
    assert by | set(row.no) == set(DOORS)
    assert not by & set(row.no)


@pytest.mark.parametrize(("facts", "build"), list(cells()))
def test_a_page_is_true_by_whichever_door_a_fact_came(
    cast: Cast, signed_in: SignIn, tmp_path: Path, facts: list[str], build: Build
) -> None:
    w = World(cast, signed_in, tmp_path)
    build(w)
    assert [str(one) for one in list(duties.checked())] == [], "each row of the day stands where its case stands now"
    names = {
        "{case}": w.case.reference,
        "{report}": str(getattr(w, "report", w.case).pk),
        "{subject}": str(w.case.subject_id),
        "{victim}": str(w.case.victim_id),
        "{other}": w.other.reference if hasattr(w, "other") else "",
    }
    read, wrong = cache(w.page), []
    for fact, page in ((name, page) for name in facts for page in TABLE[name].pages):
        says, never = ([filled(words, names) for words in each] for each in (page.says, page.never))
        address = filled(page.address, names)
        said = read(page.name, address)
        wrong += [
            f"{fact}: {page.name} {address} does not say: {words}"
            for words in says
            if words not in said and opening(words) not in said
        ]
        wrong += [f"{fact}: {page.name} {address} says: {words}" for words in never if words in said]
    assert wrong == []


def filled(words: str, names: dict[str, str]) -> str:
    for name, value in names.items():
        words = words.replace(name, value)
    return words
