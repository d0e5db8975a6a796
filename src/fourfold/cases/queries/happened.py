"""What happened in a case, of every kind: each slice says which of its rows tell of it, in which words, and one statement reads all."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import Any

from django.db.models import Case as Sql
from django.db.models import CharField, F, IntegerField, Model, Q, QuerySet, TextField, UUIDField, Value, When
from django.db.models.functions import Cast, Coalesce, TruncDate

from fourfold.access import queries as access_queries
from fourfold.access.models import Relation
from fourfold.access.paging import WHOLE
from fourfold.access.statements import composed_in
from fourfold.access.stood import as_it_stood
from fourfold.access.terms import KEPT_OUT, LONDON, Compartment, Opened, RelationKind
from fourfold.cases.models import CaseAct, FollowUp, PartAsked, StepDownAsked, Triage
from fourfold.cases.queries.values import Change
from fourfold.intake.models import Version
from fourfold.intake.terms import RecordingClass
from fourfold.words import Word, day_said, named, sentence

#: Texts that one row brings into its sentence at most.
TEXTS = 3


@dataclass(frozen=True, eq=False)  # each is itself: by it a statement is known
class Happened:
    """A kind of thing that happens in a case: its rows, the moment of one, its words, by whom and why.

    `of` are the columns that the words are made of, each read as text. `rows` reads a table that is none of a file's rows.
    """

    model: type[Model]
    at: str
    says: Callable[..., Word]
    of: tuple[Any, ...] = ()
    by: str = "recorded_by"
    why: str = ""
    where: Q | None = None
    rows: Callable[[Opened], QuerySet[Any]] | None = None
    #: Whether a case may hold thousands: then no more of them are joined to others than may be shown.
    many: bool = False

    def said(self, texts: list[str]) -> Word:
        """Return its words, of the texts that were read for its columns."""
        return self.says(*(text for text, _ in zip(texts, self.of, strict=False)))

    @property
    def part(self) -> Compartment | None:
        """The compartment that holds its rows; None for who works on a case, which whoever may read the case may."""
        part: Compartment = self.model.COMPARTMENT  # type: ignore[attr-defined]
        return None if part is Compartment.ADMIN else part

    def open_to(self, opened: Opened) -> bool:
        return self.part is None or opened.may_read(self.part)


def whether(column: str) -> Any:
    """Return a yes or a no as text, whatever the database calls it."""
    return Sql(When(**{column: True}, then=Value("yes")), default=Value("no"), output_field=CharField())


def on_day(column: str) -> Any:
    """Return the London day of a moment as text; `said_day` says it."""
    return TruncDate(column, tzinfo=LONDON)


def said_day(text: str) -> Word:
    return day_said(date.fromisoformat(text))


def what_happened(
    opened: Opened, kinds: Iterable[Happened], *, before: datetime | None, most: int, at: datetime
) -> list[Change]:
    """Return what happened of some kinds until `at`, or before a moment, the newest first: at most `most` of all of them,
    those that share the moment of the last, and some older, where there are some, which say that the list goes on.

    A statement and the names, one more where the last share their moment; of a case that was handed over two, and as many more.
    """
    readable = tuple(kind for kind in kinds if kind.open_to(opened))
    when = {"at": at} if before is None else {"at": at, "before": before}
    stood = (tuple(each for each in readable if bool(each.rows) is is_now) for is_now in (False, True))
    rows: list[Any] = []
    for some in (readable,) if opened.as_of is None else filter(None, stood):
        found = _together(opened, some, most + 1, **when)
        if len(found) > most and found[-1][0] == found[-2][0]:  # what else happened at that moment
            found = _together(opened, some, None, **when, since=found[-1][0])
        rows += [(moment, some[which], *more) for moment, which, *more in found]
    names = access_queries.names_of(person for _, _, person, *_ in rows if person)
    changes = [
        Change(moment, kind.said(texts), names.get(person, ""), why, kind.part)
        for moment, kind, person, why, *texts in rows
    ]
    return sorted(changes, key=lambda change: change.at, reverse=True)


@partial(composed_in, cut_at=WHOLE)
def _together(opened: Opened, kinds: tuple[Happened, ...], most: int | None, **when: datetime) -> Any:
    first, *others = (_told(number, kind, opened, when, most) for number, kind in enumerate(kinds))
    rows = first.union(*others, all=True).order_by("-happened")[:most]
    if opened.as_of and not kinds[0].rows:  # all of them through tables as they stood then
        as_it_stood(rows, opened.as_of)
    return rows


_WHEN = {"at": "happened__lte", "before": "happened__lt", "since": "happened__gte"}


def _told(number: int, kind: Happened, opened: Opened, when: dict[str, datetime], most: int | None = None) -> Any:
    rows: Any = kind.rows(opened) if kind.rows else kind.model.objects.of(replace(opened, as_of=None))  # type: ignore[attr-defined]
    rows = rows.filter(kind.where or Q()).annotate(happened=F(kind.at))
    rows = rows.filter(**{_WHEN[name]: moment for name, moment in when.items()})
    if kind.many and most:
        newest = rows.order_by(f"-{kind.at}").values("pk")[:most]
        rows = kind.model.objects.unscoped("of a list of this file").filter(pk__in=newest).annotate(happened=F(kind.at))  # type: ignore[attr-defined]
    texts = [*kind.of, *[_NO_TEXT] * (TEXTS - len(kind.of))]
    said = {f"said_{place}": _text(text) for place, text in enumerate(texts)}
    by, why = F(kind.by) if kind.by else Value(None), _text(kind.why or _NO_TEXT)
    rows = rows.annotate(which=Cast(Value(number), IntegerField()), person=Cast(by, UUIDField()), whyever=why, **said)
    return rows.order_by().values_list("happened", "which", "person", "whyever", *said)


_NO_TEXT = Value("", output_field=TextField())


def _text(of: Any) -> Any:
    return Coalesce(Cast(F(of) if isinstance(of, str) else of, TextField()), _NO_TEXT)


def _triages(opened: Opened) -> QuerySet[Any]:
    rows = Triage.objects.unscoped("the case was opened").filter(case=opened.file)
    return rows.filter(recorded_at__lte=opened.as_of) if opened.as_of else rows


def _parts(opened: Opened) -> QuerySet[Any]:
    hidden = {*KEPT_OUT, RelationKind.PARTY, RelationKind.PSD_NAMED}
    rows = Relation.objects.filter(file=opened.file).exclude(kind__in=sorted(hidden))
    return rows.filter(from_at__lte=opened.as_of) if opened.as_of else rows


def _versions(opened: Opened) -> QuerySet[Any]:
    acts = CaseAct.objects.of(opened).filter(left_at__isnull=True)
    rows = Version.objects.unscoped("of the acts of a case that was opened").filter(
        allegation__in=acts.values("allegation")
    )
    return rows.filter(received_at__lte=opened.as_of) if opened.as_of else rows


def _version(reference: str, recorded: str, written: str) -> Word:
    said = RecordingClass(recorded).label if recorded else written or Word("not recorded as a crime")
    return sentence("Later version of {1}: {2}", reference, said)


def _part(kind: str) -> Word:
    return RelationKind(kind).words


#: What happened in a case by the hand of this slice, besides its acts, levels, states, reviews and transfers.
KINDS = (
    Happened(
        Triage, "decided_at", lambda reference, outcome: sentence("Triage of {1}: {2}", reference, named(outcome)),
        ("allegation__reference", "outcome"), why="reason", rows=_triages,
        many=True,
    ),
    Happened(
        Version, "received_at", _version, ("allegation__reference", "recorded_class", "class_as_recorded"), rows=_versions,
        many=True,
    ),
    Happened(
        Relation, "from_at", lambda name, kind: sentence("{1} works on the case: {2}", name, _part(kind)),
        ("staff__name", "kind"), by="given_by", rows=_parts,
    ),
    Happened(
        Relation, "until_at", lambda name, kind: sentence("{1} works on the case no longer: {2}", name, _part(kind)),
        ("staff__name", "kind"), by="", rows=_parts, where=Q(until_at__isnull=False),
    ),
    Happened(
        PartAsked, "recorded_at",
        lambda name, kind: sentence("Asked that {1} may work on the case: {2}", name, _part(kind)), ("staff__name", "kind"),
    ),
    Happened(
        PartAsked, "answered_at", lambda name: sentence("Refused that {1} works on the case", name), ("staff__name",),
        by="answered_by", why="refused_because", where=Q(given=False),
    ),
    Happened(StepDownAsked, "recorded_at", lambda: Word("Second signature asked for to step down"), why="reason"),
    Happened(
        StepDownAsked, "answered_at", lambda: Word("Second signature to step down refused"), by="answered_by",
        why="refused_because", where=Q(answered_at__isnull=False) & ~Q(refused_because=""),
    ),
    Happened(
        FollowUp, "done_at", lambda months: sentence("Asked {1} months after closing how it went", months), ("months",),
        by="done_by", why="summary", where=Q(done_at__isnull=False),
    ),
)  # fmt: skip
