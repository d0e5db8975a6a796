"""The report as HTML, as a paper document, and as JSON: one value, three writings, none of which computes anything."""

import json
import re
from collections.abc import Iterable
from dataclasses import asdict
from html import escape, unescape

from fourfold.evaluation.report.terms import Part, Report, Table
from fourfold.gateways import documents

STYLE = (
    "body{font:1.1rem/1.5 Arial,sans-serif;max-width:60rem;margin:0 auto;padding:1rem;color:#0b0c0c;overflow-wrap:anywhere}"
    "h1{font-size:2rem}h2{margin-top:2.5rem;border-top:1px solid #b1b4b6;padding-top:1rem}"
    ".wide{overflow-x:auto;max-width:100%}table{border-collapse:collapse;margin:1rem 0}caption{text-align:left;font-weight:bold}"
    "th,td{text-align:left;vertical-align:top;border-bottom:1px solid #b1b4b6;padding:.4rem .8rem .4rem 0;"
    "overflow-wrap:break-word;min-width:4rem}figure{margin:1rem 0}a{color:#1d70b8}"
    "dt{font-weight:bold;margin-top:.8rem}dd{margin:.2rem 0;max-width:45rem}#part1>p{font-size:1.35rem;max-width:45rem}"
    ".missing,.status{border-left:.4rem solid #912b88;padding-left:1rem}"
    "@media(max-width:40rem){thead{position:absolute;left:-99rem}table,caption,tbody,tr,th,td{display:block;border:0;padding:.1rem 0}"
    "tr{border-bottom:1px solid #b1b4b6;padding:.4rem 0}td:before{content:attr(data-head) ': ';font-weight:bold}svg{min-width:34rem}}"
    "@media print{h2{break-after:avoid}}"
)


def files(report: Report) -> dict[str, bytes]:
    """Return the report in each form in which it leaves, by the name of the form."""
    written = paper(report)
    return {
        "html": html(report).encode(),
        "pdf": documents.pdf(written),
        "docx": documents.docx(written),
        "json": numbers(report).encode(),
    }


def html(report: Report) -> str:
    """Return the report as one page that needs nothing else: no script, no other file."""
    return page(report.origin.title, status(report), report.parts)


def page(title: str, status: str, parts: Iterable[Part]) -> str:
    """Return numbered parts as one page, with what it is called and how far it may be relied on at its head."""
    title, parts = escape(title), tuple(parts)
    contents = "".join(f'<li><a href="#part{part.number}">{escape(part.title)}</a></li>' for part in parts)
    body = "".join(_part(part) for part in parts)
    return (
        f'<!doctype html><html lang="en-GB"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{STYLE}</style></head><body><main>'
        f'<h1>{title}</h1><p class="status">{escape(status)}</p>'
        f'{body}<nav aria-label="Parts"><h2>Parts</h2><ol>{contents}</ol></nav></main></body></html>'
    )


def status(report: Report) -> str:
    """Return whether the report is final, and what is missing where it is not."""
    if not report.missing:
        return "Final: all twenty parts are there."
    named = "; ".join(f"part {part.number} ({part.title}): {part.missing}" for part in report.missing)
    return f"Draft. It may not be called final: {named}."


def _part(part: Part) -> str:
    said = "".join(f"<p>{escape(line)}</p>" for line in part.words if line)
    points = "".join(
        f"<dt>{escape(name)}</dt>" + "".join(f"<dd>{escape(line)}</dd>" for line in lines)
        for name, *lines in part.points
    )
    said += f"<dl>{points}</dl>" if points else ""
    missing = f'<p class="missing">Missing: {escape(part.missing)}.</p>' if part.missing else ""
    tables = "".join(_table(table) for table in part.tables)
    figures = "".join(
        f'<figure class="wide" tabindex="0" aria-label="{escape(one.table.caption)}">{one.svg}</figure>{_table(one.table)}'
        for one in part.figures
    )
    return f'<section id="part{part.number}"><h2>{part.number}. {escape(part.title)}</h2>{missing}{said}{tables}{figures}</section>'


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in table.head)
    rows = "".join(_row(table.head, row) for row in table.rows)
    caption = escape(table.caption)
    return (
        f'<div class="wide" role="region" aria-label="{caption}" tabindex="0"><table><caption>{caption}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _row(head: tuple[str, ...], row: tuple[str, ...]) -> str:
    """Write a row; on a phone, where cells stand one below the other, each names its column."""
    others = zip(head[1:], row[1:], strict=True)
    cells = "".join(f'<td data-head="{escape(name)}">{escape(cell)}</td>' for name, cell in others)
    return f'<tr><th scope="row">{escape(row[0])}</th>{cells}</tr>'


def paper(report: Report) -> documents.Document:
    """Return the report for paper and word processors: each figure with its words, and its table beneath."""
    origin = report.origin
    return documents.Document(
        title=origin.title,
        subtitle=status(report),
        marking=f"{report.status.upper()}: plan {origin.plan_sha256[:12]}, data {origin.extract_sha256[:12]}",
        made_at=origin.made_at,
        blocks=tuple(blocks(report.parts)),
    )


def blocks(parts: Iterable[Part]) -> Iterable[documents.Block]:
    """Yield what stands on paper for numbered parts: each figure with its words, and its table beneath."""
    for part in parts:
        yield from _blocks(part)


def _blocks(part: Part) -> Iterable[documents.Block]:
    yield documents.Heading(f"{part.number}. {part.title}")
    if part.missing:
        yield documents.Paragraph(f"Missing: {part.missing}.")
    for line in filter(None, part.words):
        yield documents.Paragraph(line)
    if part.points:
        yield documents.Facts(tuple((name, "\n".join(lines)) for name, *lines in part.points))
    for table in part.tables:
        yield documents.Table(table.caption, table.head, table.rows)
    for figure in part.figures:
        yield documents.Picture(figure.svg, described(figure.svg))
        yield documents.Table(figure.table.caption, figure.table.head, figure.table.rows)


def described(svg: str) -> str:
    """Return what a drawing says of itself in words: its title and its description."""
    said = re.findall(r"<(?:title|desc)\b[^>]*>(.*?)</(?:title|desc)>", svg, re.DOTALL)
    return unescape(" ".join(said))


def numbers(report: Report) -> str:
    """Return every number of the report as JSON, with the line of the plan and the function that it goes back to."""
    origin = report.origin
    said = {
        "title": origin.title,
        "status": report.status,
        "missing": [{"part": part.number, "title": part.title, "why": part.missing} for part in report.missing],
        "plan_sha256": origin.plan_sha256,
        "extract_sha256": origin.extract_sha256,
        "code_version": origin.code_version,
        "parts": [
            {"part": part.number, "title": part.title, "words": part.words, "points": part.points}
            for part in report.parts
        ],
        "tables": [
            {"part": part.number, **asdict(table)}
            for part in report.parts
            for table in (*(figure.table for figure in part.figures), *part.tables)
        ],
        "numbers": [asdict(number) | {"shown": number.shown} for number in report.numbers],
    }
    return json.dumps(said, indent=2, ensure_ascii=False, allow_nan=False)
