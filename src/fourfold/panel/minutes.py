"""The minutes of one item for one agency: built from nothing but a value that holds what that agency may see."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from fourfold.exhibits.terms import DOCX, PDF
from fourfold.fields import asked, draft
from fourfold.gateways import documents
from fourfold.gateways.documents import Block, Document, Facts, Heading, Paragraph, Signature, Table
from fourfold.panel.terms import CLOSING
from fourfold.words import opening, sentence

LONDON = ZoneInfo("Europe/London")
MARKING = "OFFICIAL-SENSITIVE. For {partner} only; do not pass on."
ASIDES = "Stepped aside"
LEFT_OUT = (
    "Left out, because {partner} may not see the risk in this case: how the panel understands it, the level, the views."
)


class Form(StrEnum):
    """In which form the minutes are made."""

    PDF = "pdf"
    DOCX = "docx"


MEDIA = {Form.PDF: PDF, Form.DOCX: DOCX}


@draft
class MinutesDraft:
    """For which agency minutes are made, and as what."""

    partner: str = asked(missing="Choose an agency")
    form: Form = asked(missing="Choose a format")


@dataclass(frozen=True)
class Line:
    """A measure as it stands in the minutes."""

    what: str
    owner: str
    due_on: date
    strand: str
    plan_class: str = ""
    tell_victim_first: bool = False


@dataclass(frozen=True)
class Position:
    """Where one profession stood: `level` empty where it could not say; `standing` how its view came to be given."""

    profession: str
    by: str
    level: str
    words: str
    proposes: str = ""
    standing: str = ""


@dataclass(frozen=True)
class Risk:
    """What only an agency to which the risk compartment is open reads: everything that the panel thought.

    `closing` are further texts, each with its heading; `asides` are those who stood aside, never why.
    """

    formulation: str
    level: str
    victim_safety: str
    order: str
    order_reason: str
    review_on: date
    closing: tuple[tuple[str, str], ...] = ()
    positions: tuple[Position, ...] = ()
    asides: tuple[str, ...] = ()


@dataclass(frozen=True)
class Attendance:
    """Who was at the sitting, as it was recorded there, and who was heard on this item.

    `unrecorded`: of whom nobody has said whether they came; `views` gave a view on this item. `heard`: each profession that
    the site asks for, who of it attended, and who gave a view; nobody: it was not heard.
    """

    attended: tuple[str, ...]
    apologies: tuple[str, ...]
    absent: tuple[str, ...]
    unrecorded: tuple[str, ...]
    views: tuple[str, ...]
    heard: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]
    recorded: str = ""


@dataclass(frozen=True)
class Minutes:
    """Everything that the minutes for one agency say: `risk` is None for an agency that may not read it.

    No name of a victim or subject, no place, no way of contact: the case is named by its reference.
    """

    reference: str
    partner: str
    sat_at: datetime
    decided_at: datetime
    chair: str
    attendance: Attendance
    measures: tuple[Line, ...]
    risk: Risk | None


def written(minutes: Minutes, form: Form) -> bytes:
    return documents.pdf(document(minutes)) if form is Form.PDF else documents.docx(document(minutes))


def document(minutes: Minutes) -> Document:
    """Return the minutes as a document; the same value gives the same document."""
    return Document(
        title=f"Panel decision {minutes.reference}",
        subtitle=f"Sitting of {day(minutes.sat_at)}; decided {moment(minutes.decided_at)}; chair {minutes.chair}",
        marking=MARKING.format(partner=minutes.partner),
        made_at=minutes.decided_at,
        blocks=(
            *_heard(minutes),
            *(_thought(minutes.risk) if minutes.risk else (Paragraph(LEFT_OUT.format(partner=minutes.partner)),)),
            *_to_do(minutes),
            Heading("Signature"),
            Paragraph("A true record of what the panel decided on this case."),
            Signature((f"Chair: {minutes.chair}", "Date")),
        ),
    )


def _heard(minutes: Minutes) -> tuple[Block, ...]:
    who = minutes.attendance
    rows = tuple(
        (opening(name), ", ".join(views) or "not heard", ", ".join(attended) or "nobody")
        for name, attended, views in who.heard
    )
    nobody = "none recorded" if who.recorded else "not recorded"
    said = (
        ("Chair", minutes.chair or "not known"),
        ("Attended", "; ".join(who.attended) or nobody),
        ("Apologies", "; ".join(who.apologies) or nobody),
        ("Absent", "; ".join(who.absent) or nobody),
        *((("Invited, attendance not recorded", "; ".join(who.unrecorded)),) if who.unrecorded else ()),
        ("Gave a view on this case", "; ".join(who.views) or "nobody"),
        ("Attendance recorded", who.recorded or "by nobody yet"),
    )
    return (
        Heading("Attendance"),
        Facts(said),
        Table(
            "Professions, whose view was heard for each, and who attended",
            ("Profession", "View heard", "Attended"),
            rows,
        ),
    )


def _thought(risk: Risk) -> tuple[Block, ...]:
    return (
        Heading("Formulation: how the panel understands the case"),
        Paragraph(risk.formulation),
        Facts((("Level", risk.level), ("Next review", day(risk.review_on)))),
        Heading("The victim's safety"),
        Paragraph(risk.victim_safety),
        Heading("Is a protection order needed?"),
        Facts(((risk.order.capitalize(), risk.order_reason),)),
        Heading("The view of each profession"),
        *(block for position in risk.positions for block in _position(position)),
        *_titled(ASIDES, "\n".join(risk.asides)),
        *(block for heading, words in risk.closing for block in _titled(heading, words)),
        *_unsaid(risk),
    )


def _unsaid(risk: Risk) -> tuple[Block, ...]:
    """Say which headings a reader would look for in vain."""
    written = {heading for heading, _ in risk.closing} | ({ASIDES} if risk.asides else set())
    missing = [heading for heading in (ASIDES, *(each.heading for each in CLOSING)) if heading not in written]
    return (Facts((("Nothing was recorded under", "; ".join(missing)),)),) if missing else ()


def _position(position: Position) -> tuple[Block, ...]:
    level = position.level or "cannot say yet"
    told = f"{position.profession.capitalize()}, {position.by}: {level}{position.standing}"
    proposes = (("Proposes", position.proposes),) if position.proposes else ()
    return (Facts(((told, position.words), *proposes)),)


def _titled(title: str, words: str) -> tuple[Block, ...]:
    return (Heading(title), Paragraph(words)) if words else ()


def _to_do(minutes: Minutes) -> tuple[Block, ...]:
    rows = tuple(
        (_step(line), line.owner, day(line.due_on), line.strand, line.plan_class or "not said")
        for line in minutes.measures
    )
    return (Heading("Actions"), Table("Who does what, and by when", ("Action", "Owner", "Due", "Strand", "Type"), rows))


def _step(line: Line) -> str:
    return sentence("{1} (the victim is told first)", line.what) if line.tell_victim_first else line.what


def day(on: date) -> str:
    """Return a day as a document says it, in London."""
    local = on.astimezone(LONDON) if isinstance(on, datetime) else on
    return f"{local.day} {local:%B %Y}"


def moment(at: datetime) -> str:
    """Return a moment as a document says it, in London."""
    return f"{day(at)}, {at.astimezone(LONDON):%H:%M}"
