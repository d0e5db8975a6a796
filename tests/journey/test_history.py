"""The history of a case says every kind of thing that happened in it, or a list says why it does not."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django.apps import apps

from fourfold.audit.models import Entry
from fourfold.base import Held
from fourfold.cases.queries.happened import KINDS as OF_CASES
from fourfold.journey.history import KINDS, history
from fourfold.orders import services as orders
from fourfold.orders.models import Order
from fourfold.orders.terms import CustodyKind, EndedBy, Step
from tests.cast import Cast
from tests.journey.doors import HOUR, NOON, World, detached, told_in_a_contact
from tests.orders.builders import take
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db

_ITSELF = "The history reads it by itself: acts, levels, states, reviews and transfers."
_DOCUMENTS = "Documents lists each with who kept it and when; some open to one agency alone."
_FORM = "It is part of a form, of which the history says that it was signed."
_ITEM = "It stands with the item of the panel, sealed until everybody has given a view."
_WORK = "It is progress of work that the history says to have begun; the plan shows it."
_CONFIDENCE = "What was told in confidence stands in the victim's own file and nowhere else."
_ANSWER = "It stands with the request or the pack of which the history tells."
_ORDER = "It is a part of an order, of which the history says each step."
_COMMENT = "Comments have a page of their own, in order."
#: Rows of a case of which its history says nothing, and why.
UNSAID = {
    **dict.fromkeys(("cases.CaseAct", "cases.LevelSet", "cases.StateSet", "cases.ReviewDue", "cases.TransferAsked"), _ITSELF),
    "cases.Comment": _COMMENT,
    **dict.fromkeys(("exhibits.Exhibit", "exhibits.ClosedTo", "exhibits.MadeFor", "exhibits.SafeCopy", "exhibits.CustodyStep"), _DOCUMENTS),
    **dict.fromkeys(("assessment.PhaseEntered", "assessment.Seat", "assessment.Draft", "assessment.Cited", "assessment.Answer"), _FORM),
    **dict.fromkeys(("panel.PhaseSet", "panel.View", "panel.Measure", "panel.Declared"), _ITEM),
    **dict.fromkeys(("plan.Goal", "plan.GoalSet", "plan.ReadinessSet", "plan.ClinicalNote", "plan.StaffMinutes"), _WORK),
    **dict.fromkeys(("orders.Order", "orders.Condition", "orders.Supported", "orders.Protected"), _ORDER),
    **dict.fromkeys(
        (
            "people.AddressAsked", "people.AddressAnswered", "people.AddressOpened", "support.Consent", "support.PlanStep",
            "support.PlanStepReview", "support.Satisfaction", "support.AtRisk", "support.AtRiskStep", "support.DiaryLink",
            "support.DiaryDevice", "support.DiaryClosed", "support.DiaryVisit", "support.DiaryBrought",
            "support.DiaryUnread", "support.DiaryEntry", "support.DiaryPicture", "support.DiaryRead", "support.DiaryPassed",
            "support.VictimNote", "support.CheckIn", "support.MeasureMissed", "support.EntitlementSaid",
            "governance.ConfidenceAnswer",
        ),
        _CONFIDENCE,
    ),
    **dict.fromkeys(
        ("governance.ConfidenceSigned", "governance.DangerDecided", "governance.PackMadeAgain", "governance.MoreAsked",
         "governance.MoreCame", "governance.DisposalAsked"),
        _ANSWER,
    ),
}  # fmt: skip


def test_every_kind_of_row_of_a_case_is_told_or_a_list_says_why_not() -> None:
    paths = ((model, getattr(model, "FILE_PATH", "")) for model in apps.get_models() if issubclass(model, Held))
    of_a_case = {
        model._meta.label for model, path in paths if path.endswith("case_id") or path.split("__")[-1] == "file"
    }
    told = {kind.model._meta.label for kinds in (OF_CASES, *KINDS.values()) for kind in kinds}
    assert of_a_case - told == set(UNSAID)


def test_what_happened_with_orders_in_custody_and_with_the_victim_stands_in_the_history(
    cast: Cast, signed_in: SignIn, tmp_path: Path
) -> None:
    w = World(cast, signed_in, tmp_path)
    told_in_a_contact(w)
    held = orders.record_custody(
        actor=cast.officer, case=w.case, kind=CustodyKind.REMAND, held_from=NOON - HOUR, at=NOON
    )
    orders.record_release(actor=cast.officer, custody=held, released_at=NOON, reason="Bailed.", at=NOON)
    order = Order.objects.unscoped("test").get(case=w.case)
    take(cast, order, Step.ENDED, at=NOON, ended_by=EndedBy.DISCHARGED, reason="Discharged.")
    said = w.page("advocate", f"/cases/{w.case.reference}/history/")
    for words in (
        "Interim stalking protection order: applied for",
        "Interim stalking protection order: made",
        "Interim stalking protection order: served on the subject",
        "Interim stalking protection order: ended Officer Discharged.",
        "Breach of condition 2 of the interim stalking protection order on 24 November 2026",
        "Subject remanded in custody",
        "Subject released: was remanded in custody Officer Bailed.",
        "Action opened: Assess again: breach of condition 2",
        "Contact with the victim by text: reached",
        "Told to the victim: a breach and what follows from it",
        "works on the case: ",
    ):
        assert words in said
    assert "Contact with the victim" not in w.page("clinician", f"/cases/{w.case.reference}/history/")
    read = {"reference": w.case.reference, "at": NOON}
    for reader, tells in ((cast.advocate, True), (cast.clinician, False)):  # apart from what stands around the page
        history(actor=reader, **read)
        entry = Entry.objects.latest("seq")
        assert entry.action == "case.history"
        assert ("victim_contact" in json.loads(entry.body)["compartments"]) is tells


def test_an_act_added_and_removed_says_by_whom_and_which(cast: Cast, signed_in: SignIn, tmp_path: Path) -> None:
    w = World(cast, signed_in, tmp_path)
    detached(w)
    which = f"(report {w.report.reference})"
    said = w.page("advocate", f"/cases/{w.case.reference}/history/")
    assert re.search(rf"Act added: 24 November 2026, removed since: \D+ {re.escape(which)} Analyst ", said)
    assert re.search(rf"Act removed: 24 November 2026, \D+ {re.escape(which)} Analyst Somebody else\.", said)
    assert re.search(r"Act added: 25 October 2026, [^()]+ \(report [^)]+\) Analyst ", said)
