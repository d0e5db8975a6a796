"""The advice of the unit as whoever holds the case takes it away: what was asked, and what each profession says."""

from dataclasses import dataclass
from datetime import date, datetime

from fourfold.gateways import documents
from fourfold.gateways.documents import Document, Facts, Heading, Paragraph
from fourfold.panel.minutes import MARKING, Form, day, moment


@dataclass(frozen=True)
class Said:
    """What one profession advises."""

    profession: str
    by: str
    at: datetime
    words: str


@dataclass(frozen=True)
class Letter:
    """Everything that the advice says outside the unit: the case is named by its reference, nobody by name.

    `keep_until` of None: there is no end.
    """

    reference: str
    unit: str
    to_whom: str
    question: str
    asked_at: datetime
    advice: tuple[Said, ...]
    keep_until: date | None
    made_at: datetime


def written(letter: Letter, form: Form) -> bytes:
    """Return the letter as a file; the same value gives the same bytes."""
    return documents.pdf(document(letter)) if form is Form.PDF else documents.docx(document(letter))


def document(letter: Letter) -> Document:
    until = f"Until {day(letter.keep_until)}. Destroy it then." if letter.keep_until else "No end was agreed."
    return Document(
        title=f"Advice on your case, {letter.reference}",
        subtitle=f"From the {letter.unit} unit, {moment(letter.made_at)}",
        marking=MARKING.format(partner=letter.to_whom),
        made_at=letter.made_at,
        blocks=(
            Facts(
                (("To", letter.to_whom), ("Our reference", letter.reference), ("You asked on", day(letter.asked_at)))
            ),
            Paragraph("The case stays with you. This is advice: what you do is your decision."),
            Heading("What you asked"),
            Paragraph(letter.question),
            *(
                block
                for said in letter.advice
                for block in (
                    Heading(f"{said.profession.capitalize()}: advice of {said.by}, {day(said.at)}"),
                    Paragraph(said.words),
                )
            ),
            Heading("How long you may keep this letter"),
            Paragraph(until),
        ),
    )
