"""The pack for an application to a court: built from nothing but a value that holds what the court and the respondent may read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from fourfold.access.terms import Compartment
from fourfold.exhibits.terms import ExhibitRow
from fourfold.gateways import documents
from fourfold.gateways.documents import Block, Document, Facts, Heading, Paragraph, Signature, Table
from fourfold.orders.statutory import TESTS, Shown
from fourfold.orders.terms import OrderKind
from fourfold.panel.minutes import Form, day, moment
from fourfold.words import opening

MARKING = "OFFICIAL-SENSITIVE. For the court. What it says is served on the respondent."
DRAFT = "DRAFT: nobody has released it."
UNDRAWN = "No picture is shown in this draft. Somebody decides on each in the pack that goes to the court."
FALLEN = "a breach was recorded with it in error, and withdrawn"


@dataclass(frozen=True)
class Place:
    """Where a text of the pack comes from: its row, the record as a reader knows it, and the field.

    `court`: the name of a court. `meant`: it names a place of the victim on purpose. `named`: whom the order is to protect.
    """

    row: str
    record: str
    field: str
    compartment: Compartment = Compartment.CORE
    court: bool = False
    meant: bool = False
    named: bool = False


Passes = Callable[[str, Place], str]
"""What says of each text of the record how much of it may stand in the pack."""


@dataclass(frozen=True)
class Happened:
    """An act: when, what, in the words in which it was told, without what says where the victim is."""

    on: datetime
    what: str
    recorded_as: str
    reference: str
    words: str
    kinds: tuple[str, ...] = ()
    confirmed: bool = False
    #: A breach was recorded with it in error, and withdrawn.
    fallen: bool = False
    time_known: bool | None = True


@dataclass(frozen=True)
class Evidence:
    """A document of the case by its title and hash; `row`: as the case lists it."""

    title: str
    kind: str
    kept_on: datetime
    sha256: str
    row: ExhibitRow | None = None


@dataclass(frozen=True)
class Asked:
    """A condition that is sought: for how long ("" where nobody said), and the numbers of the acts and exhibits that support it.

    `confirmed_on` None: nobody has said what supports it, and the acts are those of which its words speak.
    """

    text: str
    kind: str
    lasts: str = ""
    acts: tuple[int, ...] = ()
    documents: tuple[int, ...] = ()
    confirmed_on: datetime | None = None


@dataclass(frozen=True)
class Pack:
    """Everything that the pack says. Nobody's address, number, mailbox or account is in it."""

    reference: str
    kind: OrderKind
    applicant: str
    court: str
    respondent: str
    born_on: date | None
    protects: tuple[str, ...]
    authorised_on: datetime | None
    #: By whom it was authorised, in the words that were kept.
    authorised: str
    why: str
    behaviours: tuple[tuple[str, int], ...]
    chronology: tuple[Happened, ...]
    evidence: tuple[Evidence, ...]
    conditions: tuple[Asked, ...]
    other_orders: tuple[tuple[str, ...], ...]
    breaches: int
    notifies: str
    #: Until when it was made, where it was; "" while it is sought.
    until: str
    made_at: datetime
    acts_heading: str = "The acts"
    #: The pictures on which a person decided, or what stands in their place; none in a draft.
    pictures: tuple[Block, ...] = ()


def blank(kind: OrderKind, at: datetime) -> Pack:
    """Return a pack of nobody: its document holds only the words that stand in every pack for such an order."""
    act = Happened(at, "", "", "", "")
    return Pack(
        *("", kind, "", "", "", None, (), None, "", "", ()),
        (act, act),
        (Evidence("", "", at, ""),),
        (Asked("", ""), Asked("", "", confirmed_on=at)),
        (("", "", "", ""),),
        *(0, "", "", at, kind.about.acts_heading),
    )


def written(pack: Pack, form: Form) -> bytes:
    """Return the pack as a file that nobody has released; the same value gives the same bytes."""
    draft = replace(document(pack), marking=f"{DRAFT} {MARKING}")
    return documents.pdf(draft) if form is Form.PDF else documents.docx(draft)


def document(pack: Pack) -> Document:
    """Return the pack as a document: who, the statutory test, every act, the conditions, the exhibits, the declaration."""
    return Document(
        title=f"Application for {pack.kind.with_article}, {pack.reference}".strip(", "),
        subtitle=f"Case {pack.reference}; made {day(pack.made_at)}. The applicant checks, completes and signs it.",
        marking=MARKING,
        made_at=pack.made_at,
        blocks=(
            *_parties(pack),
            *_test(pack),
            *_acts(pack),
            Heading("The risk, and why the order is necessary"),
            Paragraph(pack.why or "To be filled in by the applicant."),
            *_conditions(pack),
            *_earlier(pack),
            *_exhibits(pack),
            *_declaration(pack),
        ),
    )


def _parties(pack: Pack) -> tuple[Block, ...]:
    authorised = day(pack.authorised_on) if pack.authorised_on else "to be filled in"
    authorised += f", {pack.authorised}" if pack.authorised_on and pack.authorised else ""
    return (
        Facts(
            (
                ("Applicant", pack.applicant),
                ("Application authorised", authorised),
                ("Court", pack.court or "to be filled in"),
                ("Respondent", pack.respondent or "not known"),
                ("Respondent's date of birth", day(pack.born_on) if pack.born_on else "not known"),
                ("To be protected", "; ".join(pack.protects)),
            )
        ),
        Paragraph(
            "Addresses are left out on purpose, and so is everything else that may say where the person to be protected is, "
            "unless a condition has to name it or the respondent was served with it: [left out] or [withheld] stands in its "
            "place. Give the court the respondent's address for service separately."
        ),
    )


def _test(pack: Pack) -> tuple[Block, ...]:
    test = TESTS.get(pack.kind)
    if test is None:
        return ()
    rows = tuple((str(n), limb.words, _shown(limb.shown, pack)) for n, limb in enumerate(test.limbs, 1))
    return (
        Heading("The test that the court applies"),
        Paragraph(f"{test.source}. The application is made by {test.who_applies}."),
        Table("The court must be satisfied that", ("No.", "Limb of the test", "What the record shows"), rows),
        *((Paragraph(test.also),) if test.also else ()),
    )


def _shown(shown: Shown, pack: Pack) -> str:
    acts = pack.chronology
    if shown is Shown.ACTS:
        if not acts:
            return "No act is on record yet. A court will ask for at least two."
        confirmed = sum(act.confirmed for act in acts)
        if len(acts) == 1:
            stands = "confirmed" if confirmed else "as reported, not yet confirmed"
            return f"1 act, on {_on(acts[0])}, {stands}; it is set out below. A court will ask for at least two."
        return (
            f"{_count(len(acts), 'act')} from {_on(acts[0])} to {_on(acts[-1])}, {confirmed} of them confirmed; "
            f"each is set out below. By kind: {_kinds(pack)}."
        )
    if shown is Shown.PENDING:
        return (
            "To be filled in by the applicant: the day of the application for the full order, and that it is pending."
        )
    if shown is Shown.RISK:
        last = f"The last act was on {_on(acts[-1])}. " if acts else ""
        return f"{last}The applicant's reasons stand under “The risk, and why the order is necessary”."
    earlier = "No other order is on record."
    if pack.other_orders:
        breaches = _count(pack.breaches, "breach", "breaches") if pack.breaches else "no breach"
        earlier = f"{_count(len(pack.other_orders), 'other order')} with {breaches} on record."
    if not pack.conditions:
        return f"No condition is on record yet: to be filled in by the applicant. {earlier}"
    asked = _count(len(pack.conditions), "condition")
    return f"{asked} sought, each with what supports it. {earlier}"


def _acts(pack: Pack) -> tuple[Block, ...]:
    if not pack.chronology:
        return Heading(pack.acts_heading), Paragraph("No act is on record yet. A court will ask for at least two.")
    told = tuple(_act(n, act, pack) for n, act in enumerate(pack.chronology, 1))
    return (
        Heading(pack.acts_heading),
        Paragraph(
            f"{_count(len(pack.chronology), 'act')}, the earliest first, each in the words in which it was told. "
            f"By kind: {_kinds(pack)}."
        ),
        *told,
    )


def _act(number: int, act: Happened, pack: Pack) -> Facts:
    conditions = [n for n, one in enumerate(pack.conditions, 1) if one.confirmed_on and number in one.acts]
    stands = "confirmed" if act.confirmed else "as reported, not yet confirmed"
    stands = f"{FALLEN}: to be checked whether it is the respondent's" if act.fallen else stands
    return Facts(
        (
            (f"Act {number}, {_moment(act.on, time_known=act.time_known)}", act.what),
            ("As told", f"“{act.words.strip()}”" if act.words else "no words were kept"),
            ("Supported by", f"report {act.reference}, recorded as {act.recorded_as}; {stands}"),
            *((("Supports", _numbers("condition", conditions)),) if conditions else ()),
        )
    )


def _kinds(pack: Pack) -> str:
    return ", ".join(f"{kind.replace('_', ' ')} ({count})" for kind, count in pack.behaviours) or "none on record"


def _conditions(pack: Pack) -> tuple[Block, ...]:
    rows = tuple(
        (str(n), one.text, one.kind, one.lasts or _to_be_said(pack), _supports(one, pack))
        for n, one in enumerate(pack.conditions, 1)
    )
    lasting = (Facts((("The order lasts", pack.until),)),) if pack.until else ()
    return (
        Heading("The conditions that are sought"),
        Table(
            "Each condition, for how long it is sought and what supports it",
            ("No.", "Condition", "Kind", "For how long", "Supported by"),
            rows,
        ),
        *lasting,
        *((Heading("Notification"), Paragraph(pack.notifies)) if pack.notifies else ()),
    )


def _to_be_said(pack: Pack) -> str:
    test = TESTS.get(pack.kind)
    return f"to be filled in: {test.duration}" if test else "to be filled in"


def _supports(one: Asked, pack: Pack) -> str:
    """Return the acts and exhibits that support a condition, and whether a person said so or only its words do.

    Its words are compared with the kinds of the acts: one of which no kind is known is for a person to read.
    """
    acts = _numbers("act", one.acts)
    exhibits = _numbers("exhibit", [f"{pack.reference}/{n}" for n in one.documents])
    named = "; ".join(filter(None, (acts, exhibits)))
    if one.confirmed_on:
        return f"{opening(named) or 'The reasons for the order; no single act or exhibit'}. Confirmed {day(one.confirmed_on)}."
    unread = _numbers("act", [n for n, act in enumerate(pack.chronology, 1) if not act.kinds])
    also = f" Kind not known of {unread}: to be read." if unread else ""
    return f"By its words: {named}.{also} To be confirmed." if named else f"To be filled in.{also}"


def _numbers(what: str, numbers: Sequence[object]) -> str:
    if not numbers:
        return ""
    return f"{what if len(numbers) == 1 else what + 's'} {', '.join(map(str, numbers))}"


def _earlier(pack: Pack) -> tuple[Block, ...]:
    if not pack.other_orders:
        return ()
    head = ("Order", "Made", "Until or ended", "Breaches")
    return Heading("Other orders and bail"), Table("Other orders, the newest first", head, pack.other_orders)


def _exhibits(pack: Pack) -> tuple[Block, ...]:
    rows = tuple(
        (f"{pack.reference}/{n}", one.title + _supported(n, pack), one.kind, day(one.kept_on), one.sha256[:16])
        for n, one in enumerate(pack.evidence, 1)
    )
    head = ("Exhibit", "Title", "Kind", "Added on", "SHA-256")
    return (
        Heading("Exhibits"),
        Table("Documents of the case, each with the beginning of its SHA-256 hash", head, rows),
        *(pack.pictures or ((Paragraph(UNDRAWN),) if rows else ())),
    )


def _supported(exhibit: int, pack: Pack) -> str:
    conditions = [n for n, one in enumerate(pack.conditions, 1) if exhibit in one.documents]
    return f" (supports {_numbers('condition', conditions)})" if conditions else ""


def _declaration(pack: Pack) -> tuple[Block, ...]:
    return (
        Heading("Declaration"),
        Paragraph(
            f"I make this application for {pack.applicant}. I have read it and its exhibits. I believe that the facts stated "
            "in it are true. I understand that proceedings may be brought against anyone who makes a false statement in "
            "a document verified by a statement of truth without an honest belief in its truth."
        ),
        Signature(("Signed", "Name", "Rank and number", "Date")),
    )


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _on(act: Happened) -> str:
    return day(act.on) + (" (when it was told; its day is not known)" if act.time_known is None else "")


def _moment(at: datetime, *, time_known: bool | None) -> str:
    if time_known is None:
        return f"day not known, told on {day(at)}"
    return moment(at) if time_known else f"{day(at)}, time not known"
