"""Documents for paper and for word processors, from one frozen value.

A document is built from nothing but the value it is given: what is not in the value cannot be in the file. PDF comes
from typst, tagged and with a title and a language as PDF/UA-1 asks; DOCX from python-docx with real headings, a
language, and header rows that screen readers repeat.
"""

from __future__ import annotations

import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from math import ceil
from pathlib import Path
from typing import Any

from fourfold.gateways.columns import MARGIN, PAPER, WIDTH, column_widths, wide
from fourfold.gateways.photos import as_svg, centimetres
from fourfold.gateways.redraw import Redrawn

AUTHOR = "Fourfold"
LANGUAGE, REGION = "en", "GB"
SILENT = (range(9), range(11, 13), range(14, 32), range(0x7F, 0xA0), range(0xD800, 0xE000), range(0xFFFE, 0x10000))
TURNING = (range(0x202A, 0x202F), range(0x2066, 0x206A))
UNPRINTABLE = dict.fromkeys(code for codes in (*SILENT, *TURNING) for code in codes)
"""Characters that say nothing, that turn the reading round, or that no file format takes; tab and line feed stay."""

DRAWN = ((0, 0x24F), (0x370, 0x52F), (0x1E00, 0x1FFF), (0x2010, 0x205E), (0x20A0, 0x20BF))
"""Latin, Greek, Cyrillic, punctuation and currencies: what the font of the PDF draws."""


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


@dataclass(frozen=True)
class Picture:
    """A drawing (SVG) with what it says in words, for who cannot see it."""

    svg: str
    alt: str
    kind: str = "picture"


@dataclass(frozen=True)
class Signature:
    """Lines to sign on: what stands beside each."""

    rows: tuple[str, ...]
    kind: str = "signature"


@dataclass(frozen=True)
class Photo:
    """A photograph under its caption; `name` finds its pixels among those that are given when the file is written."""

    name: str
    caption: str
    kind: str = "photo"


Block = Signature | Heading | Paragraph | Facts | Table | Picture | Photo
Photos = Mapping[str, Redrawn]
NO_PHOTOS: Photos = {}
FONT = "Libertinus Serif"
WORD_FONT = "Arial"
"""A word processor has it, or one whose letters are as wide."""
NONE = "none on record."
CALLED = re.compile(r"\b[A-Z]{2}-[0-9A-Z]{7}$")
LONGEST_LABEL = 7.0
"""Centimetres of a label beside a line to sign on; a longer one stands above its line."""
LONGEST_KEPT_TOGETHER = 600
"""Characters of a cell, or of some facts, up to which they stay on one page; `documents.typ` says the same."""
LINES_KEPT_TOGETHER = 18
"""Lines of a table up to which it stays on one page: about a third of it, as in `documents.typ`."""


@dataclass(frozen=True)
class Document:
    """Everything that a file will say. `marking` stands at the top of each page."""

    title: str
    subtitle: str
    marking: str
    made_at: datetime
    blocks: tuple[Block, ...]


def pdf(document: Document, photos: Photos = NO_PHOTOS) -> bytes:
    """Return the document as a tagged PDF (PDF/UA-1); the same value gives the same bytes.

    A PDF/UA may hold no character that its font cannot draw: where there is one, rare characters, and if that is not
    enough all but the plainest, stand as their code, such as [U+4E2D].
    """
    import typst

    said = {**asdict(_cleaned(document)), "made_at": "", "author": AUTHOR, "lang": LANGUAGE, "region": REGION}
    said["photos"] = {name: {"svg": as_svg(each), "width": centimetres(each, WIDTH)} for name, each in photos.items()}
    for table in (each for each in said["blocks"] if each["kind"] == Table.kind):
        table["widths"] = _widths(table)
    for is_drawn in (_any, _is_common):
        try:
            return _set(_mapped(said, lambda words: _coded(words, is_drawn)), document.made_at)  # noqa: B023 - used at once
        except typst.TypstError:
            continue
    return _set(_mapped(said, lambda words: _coded(words, str.isascii)), document.made_at)


def _widths(table: Mapping[str, Any]) -> tuple[float, ...]:
    return column_widths(list(zip(table["head"], *table["rows"], strict=True)))


def _set(said: Any, made_at: datetime) -> bytes:
    import typst

    return typst.compile(
        Path(__file__).with_name("documents.typ").read_bytes(),
        sys_inputs={"document": json.dumps(said)},
        pdf_standards=["ua-1"],
        ignore_system_fonts=True,
        timestamp=made_at.astimezone(UTC).replace(microsecond=0),
    )


def _any(_: str) -> bool:
    return True


def _is_common(character: str) -> bool:
    assigned = unicodedata.category(character) != "Cn"
    return assigned and any(first <= ord(character) <= last for first, last in DRAWN)


def _coded(words: str, is_drawn: Callable[[str], bool]) -> str:
    return "".join(each if is_drawn(each) else f"[U+{ord(each):04X}]" for each in words)


def docx(document: Document, photos: Photos = NO_PHOTOS) -> bytes:
    import docx as word

    value = _cleaned(document)
    file = word.Document()
    _describe(file, value)
    _keep_called(_paragraph(file, style="Heading 1"), value.title)
    _paragraph(file, value.subtitle)
    for above, block in zip((None, *value.blocks), value.blocks, strict=False):
        so_far = len(file.paragraphs) if isinstance(above, Table) else 0  # each look reads all that is written
        if isinstance(block, Photo):
            _write_photo(file, block, photos[block.name])
        else:
            _WRITERS[type(block)](file, block)
        if isinstance(above, Table):
            _stand_off(file.paragraphs[so_far:])
    stream = io.BytesIO()
    file.save(stream)
    return _packed_alike(stream)


def _paragraph(file: Any, words: str = "", style: str | None = None) -> Any:
    """Add a paragraph before the last element, which says how the page is laid out: python-docx looks for that in all before it."""
    from docx.oxml import OxmlElement
    from docx.text.paragraph import Paragraph as Written

    element = OxmlElement("w:p")
    file.element.body[-1].addprevious(element)
    paragraph = Written(element, file._body)
    if words:
        paragraph.add_run(words)
    if style:
        paragraph.style = style
    return paragraph


def _packed_alike(stream: io.BytesIO) -> bytes:
    """Return a packed file with the members' times taken out, so that the same document is the same bytes."""
    alike = io.BytesIO()
    with zipfile.ZipFile(stream) as made, zipfile.ZipFile(alike, "w", zipfile.ZIP_DEFLATED) as again:
        for member in made.namelist():
            again.writestr(zipfile.ZipInfo(member), made.read(member), zipfile.ZIP_DEFLATED)
    return alike.getvalue()


def _describe(file: Any, document: Document) -> None:
    """Say what the file is, in which language, and mark each page; a fresh file names a stranger as its author."""
    core = file.core_properties
    core.title, core.author, core.last_modified_by = document.title, AUTHOR, AUTHOR
    core.language, core.comments = f"{LANGUAGE}-{REGION}", ""
    core.created = core.modified = document.made_at.astimezone(UTC).replace(tzinfo=None)
    _set_language(file.styles.element)
    _lay_out(file)
    file.sections[0].header.paragraphs[0].text = document.marking
    _number_pages(file.sections[0].footer.paragraphs[0], document.title)
    _without_preview(file.part.package)


def _lay_out(file: Any) -> None:
    """Set the page and the letters as the PDF has them: A4 and black; a fresh file is American and blue."""
    from docx.shared import Cm, Pt, RGBColor

    page = file.sections[0]
    page.page_width, page.page_height = Cm(PAPER[0]), Cm(PAPER[1])
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Cm(MARGIN)
    for style, size in (("Normal", 10.5), ("Heading 1", 16), ("Heading 2", 13), ("Caption", 10.5), ("Header", 8.5)):
        font = file.styles[style].font
        font.name, font.size, font.color.rgb = WORD_FONT, Pt(size), RGBColor(0, 0, 0)
        named = font.element.rPr.rFonts
        for theme in [each for each in named.attrib if each.endswith("Theme")]:
            del named.attrib[theme]  # it would win over the name
    file.styles["Caption"].paragraph_format.keep_with_next = True


def _number_pages(paragraph: Any, title: str) -> None:
    """Say which document each page is of; a word processor fills in the page and how many there are."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.add_run(f"{title}, page " if title else "")
    for field in ("PAGE", "NUMPAGES"):
        element = OxmlElement("w:fldSimple")
        element.set(qn("w:instr"), field)
        element.append(OxmlElement("w:r"))
        paragraph._p.append(element)
        if field == "PAGE":
            paragraph.add_run(" / ")


def _without_preview(package: Any) -> None:
    """Take out the picture of another document that a fresh file brings along."""
    for key in [key for key, each in package.rels.items() if each.reltype.endswith("/thumbnail")]:
        del package.rels[key]


def _set_language(styles: Any) -> None:
    from docx.oxml.ns import qn

    for element in styles.iter(qn("w:lang")):
        element.set(qn("w:val"), f"{LANGUAGE}-{REGION}")


def _keep_called(paragraph: Any, title: str) -> None:
    """Write a title; what a case is called stays on one line, for a word processor breaks behind its hyphen."""
    from docx.oxml import OxmlElement

    before, hyphen, after = title.rpartition("-") if CALLED.search(title) else ("", "", title)
    run = paragraph.add_run(before)
    run._r.extend([OxmlElement("w:noBreakHyphen")] * bool(hyphen))
    paragraph.add_run(after)


def _write_paragraph(file: Any, block: Paragraph) -> None:
    for part in filter(str.strip, block.text.split("\n")):
        _paragraph(file, part)


def _write_facts(file: Any, block: Facts) -> None:
    from docx.shared import Pt

    stays_whole = sum(len(words) for _, words in block.rows) <= LONGEST_KEPT_TOGETHER
    for place, (name, words) in enumerate(block.rows, start=1):
        paragraph = _paragraph(file)
        if place < len(block.rows):
            paragraph.paragraph_format.keep_with_next = stays_whole or place == 1
            paragraph.paragraph_format.space_after = Pt(2)  # closer together than to the next facts
        paragraph.add_run(f"{name}: ").bold = True
        paragraph.add_run(words)


def _stand_off(paragraphs: list[Any]) -> None:
    """Leave room between a table and the words below it."""
    from docx.shared import Pt

    for first in paragraphs[:1]:
        first.paragraph_format.space_before = Pt(10)


def _write_table(file: Any, block: Table) -> None:
    from docx.shared import Cm

    _paragraph(file, block.caption, style="Caption")
    table = file.add_table(rows=1, cols=len(block.head), style="Table Grid")
    table.autofit = False
    widths = _widths(asdict(block))
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)  # a word processor reads either this or the cells
    _fill(table.rows[0], block.head, widths, bold=True)
    _mark(table.rows[0], "w:tblHeader")
    for words in block.rows:
        row = table.add_row()
        _fill(row, words, widths)
        if max(map(len, words)) <= LONGEST_KEPT_TOGETHER:
            _mark(row, "w:cantSplit")
    if sum(_lines(words, widths) for words in (block.head, *block.rows)) <= LINES_KEPT_TOGETHER:
        for paragraph in (each for row in table.rows[:-1] for cell in row.cells for each in cell.paragraphs):
            paragraph.paragraph_format.keep_with_next = True


def _lines(words: tuple[str, ...], widths: tuple[float, ...]) -> int:
    """Return about how many lines a row takes."""
    return max(ceil(wide(text) / width) for text, width in zip(words, widths, strict=True))


def _write_picture(file: Any, block: Picture) -> None:
    """Put the drawing in as a picture, since word processors differ in what they make of SVG."""
    from docx.shared import Cm

    shape = file.add_picture(io.BytesIO(_png(block.svg)), width=Cm(16))
    shape._inline.docPr.set("descr", block.alt)
    file.paragraphs[-1].paragraph_format.keep_with_next = True  # with its table


def _write_photo(file: Any, block: Photo, drawn: Redrawn) -> None:
    from docx.shared import Cm

    _paragraph(file).add_run(block.caption).bold = True
    file.paragraphs[-1].paragraph_format.keep_with_next = True
    shape = file.add_picture(io.BytesIO(drawn.content), width=Cm(centimetres(drawn, WIDTH)))
    shape._inline.docPr.set("descr", block.caption)
    for side in ("distL", "distR", "distT", "distB"):
        shape._inline.set(side, "0")  # where nothing is said, a word processor moves it to the right


def _write_signature(file: Any, block: Signature) -> None:
    """Draw lines to sign on, one under the other, beside labels that may be longer than there is room."""
    from docx.shared import Cm

    if file.paragraphs:
        file.paragraphs[-1].paragraph_format.keep_with_next = True
    at = min(LONGEST_LABEL, max(4.0, *(1.1 * wide(label) for label in block.rows)))  # they are bold
    for label in block.rows:
        line = _paragraph(file)
        line.add_run(f"{label}\t").bold = True
        line.add_run("_" * min(50, int((WIDTH - at) / 0.21)))
        line.paragraph_format.left_indent, line.paragraph_format.first_line_indent = Cm(at), -Cm(at)
        line.paragraph_format.tab_stops.add_tab_stop(Cm(at))
        line.paragraph_format.keep_with_next = label != block.rows[-1]


def _png(svg: str) -> bytes:
    import typst

    page = (
        b'#set page(width: 720pt, height: auto, margin: 0pt)\n#image(bytes(sys.inputs.svg), format: "svg", width: 100%)'
    )
    return typst.compile(page, format="png", ppi=110, sys_inputs={"svg": _lettered(svg)}, ignore_system_fonts=True)


def _lettered(svg: str) -> str:
    """Return a drawing lettered in the one font that is always there; with another its words would be left out."""
    return re.sub(r'font-family="[^"]*"', f'font-family="{FONT}"', svg)


def _fill(row: Any, words: tuple[str, ...], widths: tuple[float, ...], *, bold: bool = False) -> None:
    from docx.shared import Cm, Pt

    for cell, text, width in zip(row.cells, words, widths, strict=True):
        cell.text, cell.width = text, Cm(width)
        for paragraph in cell.paragraphs:
            paragraph.paragraph_format.space_after = Pt(2)
            for run in paragraph.runs:
                run.bold = bold or None


def _mark(row: Any, how: str) -> None:
    from docx.oxml import OxmlElement

    row._tr.get_or_add_trPr().append(OxmlElement(how))


_WRITERS: dict[type, Callable[[Any, Any], None]] = {
    Heading: lambda file, block: _paragraph(file, block.text, style="Heading 2"),
    Paragraph: _write_paragraph,
    Facts: _write_facts,
    Table: _write_table,
    Picture: _write_picture,
    Signature: _write_signature,
}


def _cleaned(document: Document) -> Document:
    """Return the document without characters that a file cannot hold, and without headings that say nothing."""
    written = (_none(block) if isinstance(block, Table) and not block.rows else block for block in document.blocks)
    cleaned = (type(block)(**_mapped(_for_paper(block), _clean)) for block in written)
    blocks = tuple(block for block in cleaned if not (isinstance(block, Heading) and not block.text.strip()))
    title, subtitle, marking = (_clean(words) for words in (document.title, document.subtitle, document.marking))
    return Document(title, subtitle, marking, document.made_at, blocks)


def _none(table: Table) -> Paragraph:
    """Say that a table has no rows: a head alone reads as if something had been lost."""
    return Paragraph(f"{table.caption}: {NONE}")


def _for_paper(block: Block) -> dict[str, Any]:
    values = asdict(block)
    return values | {"svg": _lettered(block.svg)} if isinstance(block, Picture) else values


def _clean(words: str) -> str:
    return words.replace("\r\n", "\n").replace("\r", "\n").translate(UNPRINTABLE)


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    """Return a value of dicts, tuples and texts with every text changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {name: _mapped(held, change) for name, held in value.items()}
    if isinstance(value, list | tuple):
        return tuple(_mapped(held, change) for held in value)
    return value
