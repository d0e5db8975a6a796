"""The recommendation as HTML, PDF, Word and JSON: one value, four writings, none of which computes anything."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from typing import Any

from fourfold.evaluation.report import writing
from fourfold.gateways import documents
from fourfold.rollout.advice.sections import parts
from fourfold.rollout.advice.values import Advice
from fourfold.rollout.economics.terms import Quantity
from fourfold.words import financial_year

SIGNED = (
    "For the police force",
    "For the health trust",
    "For the advocacy service",
    "For the outreach service",
    "For the commissioner (a police and crime commissioner, a mayor or a board)",
)

KINDS = ("html", "pdf", "docx", "json")


def written(advice: Advice, kind: str) -> bytes:
    """Return one file of a recommendation: "html", "pdf", "docx" or "json". The same advice gives the same bytes."""
    if kind == "json":
        return numbers(advice).encode()
    title = f"A stalking unit for {advice.place}: what to expect, need and risk"
    made = parts(advice)
    agreed = f"Whoever signs agrees to this plan for {advice.place} in {financial_year(advice.made.year)}, its conditions and its data standard."
    signed = (documents.Heading("To be signed"), documents.Paragraph(agreed), documents.Signature(SIGNED))
    if kind == "html":
        return writing.page(title, status(advice), made).encode()
    paper = documents.Document(
        title=title,
        subtitle=status(advice),
        marking="RELEASED" if advice.decided else "DRAFT: nobody has confirmed this",
        made_at=advice.made.made_at,
        blocks=(*writing.blocks(made), *signed),
    )
    return documents.pdf(paper) if kind == "pdf" else documents.docx(paper)


def files(advice: Advice) -> dict[str, bytes]:
    """Return every file of a recommendation by its name."""
    return {f"recommendation.{kind}": written(advice, kind) for kind in KINDS}


def status(advice: Advice) -> str:
    """Say for which year it is made, and whether a person has confirmed it."""
    said = f"For {financial_year(advice.made.year)}. {advice.strength.words}."
    if advice.decided is None:
        return f"{said} Draft: nobody has confirmed this."
    if advice.changed:
        said += f" {advice.decided.by} changed it from what the written rule gives, “{advice.graded.strength.words}”, and says why below."
    return f"{said} Released by {advice.decided.by} on {advice.made.made_at:%-d %B %Y}."


def numbers(advice: Advice) -> str:
    """Return every number of the recommendation as JSON: unrounded, as its sections say it, and what it was made from."""
    found, outlook, foretold = advice.analysis, advice.outlook, advice.estimate
    rows: dict[str, tuple[Any, ...]] = {
        "expected": foretold.figures,
        "recorded": foretold.recorded,
        "bridge": found.bridge,
        "prices": found.rows,
        "use": outlook.used,
        "waits": outlook.waits,
        "breaks": outlook.breaks,
    }
    told = {
        "place": advice.place,
        "districts": [one.code for one in foretold.place.districts],
        "residents": {"all": foretold.place.residents, "aged_16_plus": foretold.place.aged_16_plus()},
        "run": advice.run,
        "strength": {"by_rule": advice.graded.strength, "because": advice.graded.because, "said": advice.strength},
        "cost": {one.what: _triple(one) for one in (found.cost, found.first_year, *found.headings)},
        "per_case": _triple(found.per_case),
        "managed": _triple(found.served),
        "scenarios": [[one.of_100, _triple(one.spared), one.cost_each] for one in found.scenarios],
        "net": None if found.net is None else _triple(found.net),
        "team": asdict(outlook.team),
        **{name: [asdict(one) for one in each] for name, each in rows.items()},
        "within_standard": outlook.within_standard,
        "assumed": advice.assumed,
        "gaps": foretold.gaps,
        "back_test": asdict(advice.tried),
        "sections": [
            asdict(replace(part, tables=(*part.tables, *(one.table for one in part.figures)), figures=()))
            for part in parts(advice)
        ],
    }
    return json.dumps(told, ensure_ascii=False, indent=1, allow_nan=False)


def _triple(one: Quantity) -> tuple[float, float, float]:
    return one.low, one.middle, one.high


def hashes(files: dict[str, bytes]) -> dict[str, str]:
    """Return the hash of each file."""
    return {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
