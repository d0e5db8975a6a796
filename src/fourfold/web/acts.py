"""An act as the tables of acts take it, with a link to its report at the desk."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fourfold.cases.queries.values import ActRow
from fourfold.web.components.words import happened, in_words
from fourfold.web.jinja import url
from fourfold.words import Word, sentence


def shown(act: ActRow, reader: UUID | None = None) -> dict[str, Any]:
    recorded = (
        act.recorded_class.label if act.recorded_class else act.class_as_recorded or Word("not recorded as a crime")
    )
    return {
        "when": happened(act),
        "kind": ", ".join(in_words(kind) for kind in act.kinds) or Word("not known"),
        "what": act.words or recorded,
        "beside": act.beside_answer,
        "href": url(
            "intake:kept" if reader and act.referred_by == reader else "desk:allegation", allegation=act.allegation
        ),
        "recorded_as": recorded,
        "later": act.later,
        "also": act.also,
        "standing": _standing(act),
        "breach": act.is_breach,
        "seriousness": act.seriousness,
    }


def _standing(act: ActRow) -> str:
    if act.is_breach:
        return Word("Breach")
    if act.third:
        return sentence("Against a third party: {1}, {2}", act.third.name, act.third.role.words)
    return Word("Confirmed" if act.confirmed else "Not confirmed")
