"""A text of a decision is declared once: form, rules, page and minutes take it from there."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from fourfold.gateways.documents import Facts, Paragraph
from fourfold.panel.minutes import Attendance, Minutes, Risk, document
from fourfold.panel.models import Decision
from fourfold.panel.queries.items import DecisionShown
from fourfold.panel.services.decisions import decided
from fourfold.panel.terms import CLOSING, DECISION_TEXTS, DecisionDraft, closing_texts
from tests.cast import NOW

SHOWN_BY_NAME = {each.name for value in (DecisionShown, Risk) for each in fields(value)}


@pytest.mark.parametrize("asked", DECISION_TEXTS, ids=lambda asked: asked.name)
def test_every_text_has_its_column_and_is_shown(asked) -> None:  # type: ignore[no-untyped-def]
    assert Decision._meta.get_field(asked.name)
    assert asked in CLOSING or asked.name in SHOWN_BY_NAME


def test_a_draft_is_kept_by_the_names_of_its_fields() -> None:
    kept = decided(DecisionDraft(formulation=" Why now. ", authority=" The superintendent. "))
    assert (kept["formulation"], kept["authority"]) == ("Why now.", "The superintendent.")
    assert set(kept) == {each.name for each in fields(DecisionDraft)} - {"measures"}


def test_what_was_written_at_the_end_is_shown_with_its_heading_and_nothing_else() -> None:
    written = {"dissent": "Outreach would hold it at high."}
    shown = closing_texts(*(written.get(text.name, "") for text in CLOSING))
    assert shown == (("Dissent, kept as written", "Outreach would hold it at high."),)


def test_minutes_say_what_nobody_recorded_and_what_an_agency_may_not_see() -> None:
    closing = closing_texts(*("As it was said." for _ in CLOSING[1:]), "")
    risk = Risk("Why now.", "high", "Told first.", "no", "Not yet.", NOW.date(), closing, asides=("An officer",))
    whole = Minutes("FF-1", "Housing", NOW, NOW, "Chair", Attendance((), (), (), (), (), ()), (), risk)
    (row,) = (
        row for block in document(whole).blocks if isinstance(block, Facts) for row in block.rows if "Nothing" in row[0]
    )
    assert row == ("Nothing was recorded under", CLOSING[-1].heading)
    said = [block.text for block in document(replace(whole, risk=None)).blocks if isinstance(block, Paragraph)]
    assert any(text.startswith("Left out, because Housing may not see the risk") for text in said)
