"""Documents for paper and for word processors, from one frozen value.

A document is built from nothing but the value it is given: what is not in the value cannot be in the file. PDF comes
from typst, tagged and with a title and a language as PDF/UA-1 asks; DOCX from python-docx with real headings, a
language, and header rows that screen readers repeat.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

AUTHOR = "Fourfold"
LANGUAGE, REGION = "en", "GB"
UNPRINTABLE = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 65534, 65535))
"""Characters that no file format takes; tab and line feed stay."""


@dataclass(frozen=True)
class Heading:
    """The title of a part."""

    text: str
    kind: str = "heading"


@dataclass(frozen=True)
class Paragraph:
    """Plain words; each line feed begins a new paragraph."""

    text: str
    kind: str = "paragraph"


@dataclass(frozen=True)
class Facts:
    """Pairs of a name and what there is to say under it."""

    rows: tuple[tuple[str, str], ...]
    kind: str = "facts"


@dataclass(frozen=True)
class Table:
    """Rows under a head, with a caption that says what they are."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    kind: str = "table"


Block = Heading | Paragraph | Facts | Table


@dataclass(frozen=True)
class Document:
    """Everything that a file will say. `marking` stands at the top of each page."""

    title: str
    subtitle: str
    marking: str
    made_at: datetime
    blocks: tuple[Block, ...]


def pdf(document: Document) -> bytes:
    """Return the document as a tagged PDF (PDF/UA-1); the same value gives the same bytes."""
    import typst

    said = _clean({**asdict(document), "made_at": "", "author": AUTHOR, "lang": LANGUAGE, "region": REGION})
    return typst.compile(
        Path(__file__).with_name("documents.typ").read_bytes(),
        sys_inputs={"document": json.dumps(said)},
        pdf_standards=["ua-1"],
        ignore_system_fonts=True,
        timestamp=document.made_at.astimezone(UTC),
    )


def docx(document: Document) -> bytes:
    """Return the document for a word processor."""
    import docx as word

    value = _cleaned(document)
    file = word.Document()
    _describe(file, value)
    file.add_heading(value.title, level=1)
    file.add_paragraph(value.subtitle)
    for block in value.blocks:
        _WRITERS[type(block)](file, block)
    stream = io.BytesIO()
    file.save(stream)
    return stream.getvalue()


def _describe(file: Any, document: Document) -> None:
    """Say what the file is, in which language, and mark each page; a fresh file names a stranger as its author."""
    core = file.core_properties
    core.title, core.author, core.last_modified_by = document.title, AUTHOR, AUTHOR
    core.language, core.comments = f"{LANGUAGE}-{REGION}", ""
    core.created = core.modified = document.made_at.astimezone(UTC).replace(tzinfo=None)
    _set_language(file.styles.element)
    file.sections[0].header.paragraphs[0].text = document.marking


def _set_language(styles: Any) -> None:
    from docx.oxml.ns import qn

    for element in styles.iter(qn("w:lang")):
        element.set(qn("w:val"), f"{LANGUAGE}-{REGION}")


def _write_heading(file: Any, block: Heading) -> None:
    file.add_heading(block.text, level=2)


def _write_paragraph(file: Any, block: Paragraph) -> None:
    for part in filter(str.strip, block.text.split("\n")):
        file.add_paragraph(part)


def _write_facts(file: Any, block: Facts) -> None:
    for name, words in block.rows:
        paragraph = file.add_paragraph()
        paragraph.add_run(f"{name}: ").bold = True
        paragraph.add_run(words)


def _write_table(file: Any, block: Table) -> None:
    file.add_paragraph(block.caption, style="Caption")
    table = file.add_table(rows=1, cols=len(block.head), style="Table Grid")
    _fill(table.rows[0], block.head)
    _repeat_on_each_page(table.rows[0])
    for words in block.rows:
        _fill(table.add_row(), words)


def _fill(row: Any, words: tuple[str, ...]) -> None:
    for cell, text in zip(row.cells, words, strict=True):
        cell.text = text


def _repeat_on_each_page(row: Any) -> None:
    from docx.oxml import OxmlElement

    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


_WRITERS: dict[type, Callable[[Any, Any], None]] = {
    Heading: _write_heading,
    Paragraph: _write_paragraph,
    Facts: _write_facts,
    Table: _write_table,
}


def _cleaned(document: Document) -> Document:
    """Return the document without characters that a file cannot hold."""
    blocks = tuple(type(block)(**_as_tuples(_clean(asdict(block)))) for block in document.blocks)
    return Document(
        _clean(document.title), _clean(document.subtitle), _clean(document.marking), document.made_at, blocks
    )


def _as_tuples(value: dict[str, Any]) -> dict[str, Any]:
    return {
        name: tuple(tuple(part) if isinstance(part, list) else part for part in held)
        if isinstance(held, list | tuple)
        else held
        for name, held in value.items()
    }


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\r\n", "\n").translate(UNPRINTABLE)
    if isinstance(value, dict):
        return {name: _clean(held) for name, held in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(held) for held in value]
    return value
