"""The recommendation as HTML, PDF, Word and JSON: one value, four writings, none of which computes anything."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict

from fourfold.evaluation.report import writing
from fourfold.gateways import documents
from fourfold.rollout.advice.sections import parts
from fourfold.rollout.advice.values import Advice
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
    if kind == "html":
        return writing.page(title, status(advice), made).encode()
    paper = documents.Document(
        title=title,
        subtitle=status(advice),
        marking="RELEASED" if advice.decided else "DRAFT: nobody has confirmed this",
        made_at=advice.made.made_at,
        blocks=(*writing.blocks(made), documents.Heading("To be signed"), documents.Signature(SIGNED)),
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
    return f"{said} Released by {advice.decided.by} on {advice.made.made_at:%-d %B %Y}."


def numbers(advice: Advice) -> str:
    """Return every number of the recommendation as JSON, with what it was made from."""
    found, outlook = advice.analysis, advice.outlook
    told = {
        "place": advice.place,
        "districts": [one.code for one in advice.estimate.place.districts],
        "run": advice.run,
        "strength": {"by_rule": advice.graded.strength, "because": advice.graded.because, "said": advice.strength},
        "expected": [asdict(one) for one in advice.estimate.figures],
        "cost": {one.what: [one.low, one.middle, one.high] for one in (found.cost, found.first_year, *found.headings)},
        "net": None if found.net is None else [found.net.low, found.net.middle, found.net.high],
        "team": asdict(outlook.team),
        "waits": [asdict(one) for one in outlook.waits],
        "within_standard": outlook.within_standard,
        "assumed": advice.assumed,
        "gaps": advice.estimate.gaps,
    }
    return json.dumps(told, ensure_ascii=False, indent=1, allow_nan=False)


def hashes(files: dict[str, bytes]) -> dict[str, str]:
    """Return the hash of each file."""
    return {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
