"""Packs for people outside the unit: built from nothing but a value that holds what its reader may have.

The subject's own record holds no free text at all: what others said, judged or planned is not left out word by word,
it is never put in. A court's pack holds the accounts, with every way to reach the victim left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Protocol

from fourfold.gateways.documents import (
    NONE,
    Block,
    Document,
    Facts,
    Heading,
    Paragraph,
    Photo,
    Picture,
    Signature,
    Table,
)
from fourfold.panel import minutes
from fourfold.words import sentence

MONTHS = (
    "January February March April May June July August September October November December "
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"
)
NO_ADDRESS = "to be filled in before this is sent: the address of whoever is responsible"
NOTHING = (
    "We have searched for information about you that you are entitled to have. There is none that we can give you."
)
SAME_FOR_ALL = (
    "The law lets us leave out information about other people, and information whose disclosure would be likely to "
    "prejudice the prevention or investigation of crime, or to harm somebody. We neither confirm nor deny that we hold "
    "any. This paragraph is in every answer that we give."
)
COMPLAIN = (
    "If you think that something here is wrong or missing, or that we left out too much, write to us and somebody else "
    "looks at it again. You may complain to the Information Commissioner at any time (ico.org.uk, telephone 0303\u00a0123\u00a01113), and "
    "you may ask a court to order us to comply."
)
#: What is said of the use of information in every answer, whether or not any is held.
USED = (
    (
        "What it is used for",
        "to prevent, detect and investigate crime, to protect people from harm, to support those who are at risk, and to "
        "offer help to change to those who cause it",
    ),
    (
        "On which legal basis",
        "for the police, tasks under the law on law enforcement (Data Protection Act 2018, Part 3); for the health "
        "service and charities that work with them, a task in the public interest or a legitimate interest, and "
        "safeguarding (UK GDPR, Articles 6 and 9)",
    ),
    ("Which kinds", "who somebody is and how to reach them, reports, orders of courts, appointments, assessments"),
    ("Where it comes from", "the person, people who report something, the police, courts, health and support services"),
    (
        "Who may receive it",
        "the police, health, outreach and advocacy services that work together in this unit, each only what it needs; "
        "courts, prosecutors, probation and prisons; other services where somebody must be kept safe; those who check our work",
    ),
    (
        "How long it is kept",
        "a closed case is looked at after six or ten years without an event, depending on how serious it was, and then "
        "again at set times; it is kept longer only where the law or the danger to somebody asks for it",
    ),
    ("Decisions by machines", "none: what a computer works out is advice, and a person decides"),
)
RIGHTS = (
    "You may ask us to correct what is wrong or incomplete, to erase what we have no right to keep, and to limit its use "
    "while that is looked into; where it is not held for law enforcement you may object to its use. Write to us, give "
    "the reference at the top and say what it is about. It is free, and we answer within a month. The law lets us refuse in some cases; we then say so, "
    "where we can say why, and how to complain."
)

NO_WORDS = "no words were kept"
SAME = "the same event as another of these reports, and counted once with it"
LEFT_OUT, UNDECIDED = "a picture, left out", "a picture, not shown: nobody has decided on it"
NO_PICTURE, NOT_SHOWN = "a file that is no picture: it is listed and not shown here", "a file that is not shown here"
NO_KIND = "it is not a picture of a kind that can be shown"


@dataclass(frozen=True)
class PictureLine:
    """What stands of one exhibit below the list: the picture of that name, or words in its place."""

    exhibit: str
    photo: str = ""
    instead: str = ""


@dataclass(frozen=True)
class OrderLine:
    """An order as the person bound by it knows it; the words of its conditions are in what was served."""

    kind: str
    court: str
    made: str
    served: str
    until: str
    conditions: int


@dataclass(frozen=True)
class SubjectPack:
    """Everything that a subject's own record says. Empty lists: there is nothing to give."""

    reference: str
    made_at: datetime
    controller: str = ""
    write_to: str = ""
    identity: tuple[tuple[str, str], ...] = ()
    marks: tuple[tuple[str, str], ...] = ()
    orders: tuple[OrderLine, ...] = ()
    sessions: tuple[tuple[str, str, str], ...] = ()
    challenges: tuple[tuple[str, str, str], ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.identity or self.marks or self.orders or self.sessions or self.challenges)


@dataclass(frozen=True)
class CourtPack:
    """Everything that a court's pack says of one case; every way to reach the victim is left out of each text beforehand."""

    reference: str
    made_at: datetime
    for_whom: str
    parties: tuple[tuple[str, str], ...]
    acts: tuple[tuple[str, str, str, str], ...]
    orders: tuple[OrderLine, ...]
    conditions: tuple[tuple[str, str, str], ...]
    breaches: tuple[tuple[str, str, str, str], ...]
    exhibits: tuple[tuple[str, str, str, str], ...]
    pictures: tuple[PictureLine, ...] = ()
    beside: tuple[tuple[str, str, str], ...] = ()


class Request(Protocol):
    """What is kept of a request for a pack, by which its answer is known."""

    @property
    def asked_by(self) -> str: ...
    @property
    def received_on(self) -> date: ...


def answer_to(request: Request) -> str:
    """Return the reference of an answer, by which a subject asks about it: the same in every file that is made of it."""
    told = " ".join((request.asked_by.strip(), str(request.received_on)))
    return "-".join(("SR", sha256(told.encode()).hexdigest()[:7].upper()))


def subject_document(pack: SubjectPack) -> Document:
    """Return a subject's own record as a document; the same value gives the same document."""
    address = pack.write_to or NO_ADDRESS
    return Document(
        title=f"Your record, {pack.reference}".strip(", "),
        subtitle=f"Answer {pack.reference} of {day(pack.made_at)}",
        marking="PRIVATE. For the person who asked.",
        made_at=pack.made_at,
        blocks=(
            Paragraph(
                "You asked for a copy of the information that we hold about you. This is our answer. First comes what we can "
                "give you, then how such information is used, and what you can do."
            ),
            *((Heading("What we can give you"), Paragraph(NOTHING)) if pack.is_empty else _given(pack)),
            Heading("How information is used here"),
            Facts((("Who is responsible (the controller)", pack.controller), ("Where to write to us", address), *USED)),
            Heading("Your rights"),
            Paragraph(RIGHTS),
            Heading("What may be left out"),
            Paragraph(SAME_FOR_ALL),
            Heading("If you disagree"),
            Paragraph(COMPLAIN),
        ),
    )


def _given(pack: SubjectPack) -> Iterator[Block]:
    if pack.identity:
        yield Heading("Who you are, as we have recorded it")
        yield Facts(pack.identity)
    if pack.marks:
        yield Heading("How you can be reached or recognised, as we have recorded it")
        yield Table("Numbers, addresses, cars and accounts", ("Kind", "As recorded"), pack.marks)
    if pack.orders:
        yield Heading("Orders that name you")
        yield Paragraph("The wording of each condition is in the order that was served on you.")
        yield _orders(pack.orders)
    if pack.sessions:
        yield Heading("Appointments that you were offered")
        yield Table("Each appointment, and what came of it", ("Day", "Kind", "Outcome"), pack.sessions)
    if pack.challenges:
        yield Heading("What you said about your record")
        yield Table("Each time, and what came of it", ("Day", "You said", "Outcome"), pack.challenges)


def court_document(pack: CourtPack) -> Document:
    """Return a court's pack as a document; the same value gives the same document."""
    return Document(
        title=f"Disclosure {pack.reference}",
        subtitle=f"For {pack.for_whom}; made {day(pack.made_at)}",
        marking="OFFICIAL-SENSITIVE. For the proceedings only.",
        made_at=pack.made_at,
        blocks=(
            Facts(pack.parties),
            Paragraph(
                "What may lead to a victim is left out, unless the subject was served with it. Where a text held such words, "
                "it says [left out]."
            ),
            Heading("Course of conduct, the earliest first"),
            Paragraph("Each act, in the words in which it was told" + (f": {NONE}", ".")[bool(pack.acts)]),
            *(
                Facts(((on, f"“{words}”" if words else NO_WORDS), ("Report", f"{report}, recorded as {recorded_as}")))
                for on, recorded_as, report, words in pack.acts
            ),
            Heading("Orders"),
            _orders(pack.orders),
            Table("The conditions of each order", ("Order", "Number", "Condition"), pack.conditions),
            Table("Breaches", ("Day", "Order", "Condition", "Reference"), pack.breaches),
            Heading("Challenges to this record"),
            Paragraph("The first record is never edited. A correction is added to it and must be read with it."),
            Table("Challenges and corrections", ("About", "Outcome", "Added to the record"), pack.beside),
            Heading("Material held"),
            Table("Documents, each with its SHA-256 hash", ("Exhibit", "Kind", "Kept", "SHA-256"), pack.exhibits),
            *pictures(pack.pictures),
        ),
    )


def pictures(lines: Iterable[PictureLine]) -> Iterator[Block]:
    """Yield the pictures of a pack, each with the number of its exhibit, and what stands in the place of any other."""
    for number, line in enumerate(lines):
        if not number:
            yield Heading("Pictures and other files")
        if line.photo:
            yield Photo(line.photo, f"Exhibit {line.exhibit}, a picture")
        else:
            yield Paragraph(f"Exhibit {line.exhibit}, {line.instead}.")


def _orders(orders: tuple[OrderLine, ...]) -> Table:
    rows = tuple(
        (order.kind, order.court, order.made, order.served, order.until, str(order.conditions)) for order in orders
    )
    return Table(
        "Each order, with the court that made it", ("Order", "Court", "Made", "Served", "Until", "Conditions"), rows
    )


def vocabulary() -> str:
    """Return the words that stand in such documents whoever they are about, so that they give nobody away."""
    at = datetime(2026, 1, 1, 12)  # noqa: DTZ001 -- a day for a document that nobody receives
    line = OrderLine("order", "", "", "", "", 1)
    full = SubjectPack("", at, "", "", (("", ""),), (("", ""),), (line,), (("", "", ""),), (("", "", ""),))
    court = CourtPack("", at, "", (), (("", "", "", ""),), (), (), (), ())
    documents = (subject_document(full), subject_document(SubjectPack("", at)), court_document(court))
    said = (NO_WORDS, SAME, LEFT_OUT, UNDECIDED, NO_PICTURE, NOT_SHOWN, NO_KIND, "Pictures and other files, Exhibit")
    return " ".join((MONTHS, NONE, *said, *(text for document in documents for text in texts(document))))


def texts(document: Document) -> Iterator[str]:
    yield from (document.title, document.subtitle, document.marking)
    for block in document.blocks:
        if isinstance(block, Heading | Paragraph):
            yield block.text
        elif isinstance(block, Facts):
            yield from (text for row in block.rows for text in row)
        elif isinstance(block, Photo):
            yield block.caption
        elif isinstance(block, Picture):
            yield block.alt
        elif isinstance(block, Signature):
            yield from block.rows
        else:
            yield from (block.caption, *block.head, *(text for row in block.rows for text in row))


def day(on: date | None) -> str:
    """Return a day as a letter writes it, or that it is not known."""
    return "not known" if on is None else minutes.day(on)


def day_of_act(occurred: date | None, counted_on: date) -> str:
    """Return the day of an act; where nobody told it, that, and when the act was told."""
    return day(counted_on) if occurred else sentence("not known, told on {1}", day(counted_on))
