"""Reading a made document back from its bytes: every text in it, seen and unseen, with the place where it stands.

The reader shares nothing with the writer. What a search does not find in these parts, a word processor, a PDF reader
or somebody with an unpacking program does not find either.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Container, Iterator
from typing import Any
from xml.etree import ElementTree

Part = tuple[str, str]
"""Where a text stands, and the text."""

BREAK = "\u200b"
"""Where a long word may be broken at the end of a line: it says nothing, and would hide what stands around it."""

GOES_ON = re.compile(r"(?: |\w-)$")
ENTITY = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


class CannotRead(ValueError):
    """The bytes are not a document of that kind; the message says what is wrong."""


def pdf_parts(content: bytes, photos: Container[bytes] = frozenset()) -> list[Part]:
    """Return every text of a PDF: its pages, its properties, its notes, its outline, attachments and every stream.

    `photos`: what was drawn anew for it; their pixels are no words. Whatever else is in it is read.
    """
    import pypdf

    try:
        reader = pypdf.PdfReader(io.BytesIO(content))
        return [part for part in _of_pdf(reader, photos) if part[1].strip()]
    except pypdf.errors.PyPdfError as fault:
        raise CannotRead("The PDF cannot be read back.") from fault


def pdf_texts(content: bytes) -> Iterator[str]:
    """Yield what a reader of a PDF is told, each paragraph, cell and description of a picture by itself, lines joined.

    A tagged PDF marks each line of a text; one that goes on ends in a space or a hyphen, and the next begins with neither.
    """
    import pypdf

    try:
        lines = [line for page in pypdf.PdfReader(io.BytesIO(content)).pages for line in _marked(page)]
    except pypdf.errors.PyPdfError as fault:
        raise CannotRead("The PDF cannot be read back.") from fault
    said = ""
    for line in lines:
        if not GOES_ON.search(said) or line.startswith(" "):
            yield said.strip()
            said = ""
        said += line
    yield said.strip()


def _marked(page: Any) -> Iterator[str]:
    """Yield the text of each marked part of a page, and what it says instead where it is a picture."""
    found: list[str] = []

    def begun_or_ended(operator: bytes, operands: Any, *_: Any) -> None:
        if operator in {b"BDC", b"BMC", b"EMC"}:
            found.append("")
        if operator == b"BDC" and "/Alt" in (told := operands[1]):
            alt = told["/Alt"]
            found.extend((f" {alt.decode('utf-8', 'replace') if isinstance(alt, bytes) else alt}", " "))

    def text(said: str, *_: Any) -> None:
        found[-1:] = [(found or [""])[-1] + said.replace("\n", "").replace(BREAK, "")]

    page.extract_text(visitor_operand_before=begun_or_ended, visitor_text=text)
    yield from filter(str.strip, found)


def _of_pdf(reader: Any, photos: Container[bytes]) -> Iterator[Part]:
    for number, page in enumerate(reader.pages, start=1):
        yield f"page {number}", page.extract_text().replace(BREAK, "")
        for note in page.get("/Annots", ()) or ():
            yield f"note on page {number}", str(note.get_object())
    yield "properties", " ".join(str(value) for value in (reader.metadata or {}).values())
    yield "outline", str(reader.outline)
    yield "attachments", " ".join(reader.attachments)
    for number in range(1, int(reader.trailer["/Size"])):
        yield from _of_object(reader, number, photos)


def _of_object(reader: Any, number: int, photos: Container[bytes]) -> Iterator[Part]:
    """Yield the texts of one object, whether a page leads to it or not, and what its stream holds unpacked."""
    import pypdf
    from pypdf.generic import IndirectObject

    try:
        found = IndirectObject(number, 0, reader).get_object()
        streamed = found.get_data() if found is not None and hasattr(found, "get_data") else b""
    except (pypdf.errors.PyPdfError, KeyError, AttributeError, NotImplementedError) as fault:
        raise CannotRead("The PDF cannot be read back.") from fault
    yield "unseen parts", str(found)
    if streamed in photos:
        return  # its pixels are no words
    if streamed[:1] not in (b"\x00", b"\x01", b"O", b"t"):  # fonts hold no words
        yield "unseen parts", streamed.decode("utf-8", "ignore")


def pdf_photos(content: bytes) -> frozenset[bytes]:
    """Return the bytes of every photograph in a PDF, whether a page leads to it or not; of another picture its pixels."""
    import pypdf
    from pypdf.generic import IndirectObject

    reader: Any = pypdf.PdfReader(io.BytesIO(content))
    found: Iterator[Any] = (
        IndirectObject(number, 0, reader).get_object() for number in range(1, int(reader.trailer["/Size"]))
    )
    drawn = (each for each in found if hasattr(each, "get_data") and each.get("/Subtype") == "/Image")
    return frozenset(each.get_data() for each in drawn)


def docx_photos(content: bytes) -> frozenset[bytes]:
    """Return the bytes of every member of a DOCX that holds neither words nor their form."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return frozenset(packed.read(name) for name in packed.namelist() if not name.endswith((".xml", ".rels")))


def docx_parts(content: bytes, photos: Container[bytes] = frozenset()) -> list[Part]:
    """Return every text of a DOCX: each member's words, attribute values, properties, and the members' names."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = [("names of parts", " ".join(packed.namelist())), ("comment", packed.comment.decode("latin-1"))]
            for name in packed.namelist():
                parts += _of_member(name, held) if (held := packed.read(name)) not in photos else []
    except (zipfile.BadZipFile, ElementTree.ParseError) as fault:
        raise CannotRead("The document cannot be read back.") from fault
    return [part for part in parts if part[1].strip()]


def _of_member(name: str, content: bytes) -> list[Part]:
    if not name.endswith((".xml", ".rels")):
        return [(name, content.decode("latin-1"))]
    if ENTITY.search(content):
        raise CannotRead("The document declares entities; it was not made here.")
    root = ElementTree.fromstring(content)  # noqa: S314 -- entities were refused in the line above
    for hyphen in root.iterfind(".//{*}noBreakHyphen"):
        hyphen.text = "-"
    words = "\n".join("".join(paragraph.itertext()) for paragraph in _paragraphs(root))
    told = " ".join(value for element in root.iter() for value in element.attrib.values())
    return [(name, words), (f"{name}, attributes", told)]


def _paragraphs(root: ElementTree.Element) -> list[ElementTree.Element]:
    """Return the paragraphs of a part, whose runs belong together, or the leaves of one that has none."""
    paragraphs = [element for element in root.iter() if element.tag.endswith("}p")]
    return paragraphs or [element for element in root.iter() if len(element) == 0]
