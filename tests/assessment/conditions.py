"""Whether a question of a form concerns a case, as the tests ask it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fourfold.assessment.rules.sheets import sheet
from fourfold.assessment.terms import Answer, Instrument


def applies(
    instrument: Instrument, key: str, answers: Iterable[Answer], facts: Mapping[str, str] | None = None
) -> bool | None:
    """Return whether the item concerns this case; None, and so still asked, when not known."""
    return sheet(instrument, answers, facts or {}).applies(instrument.item(key))
