"""What a disposal of one case reaches in every table, what of its reports and people stays because others need it, and why."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from itertools import islice
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import Exists, ForeignKey, Model, OuterRef, Q, Subquery

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.askers import Needs, why_not_answer
from fourfold.access.queries import names_of
from fourfold.access.signatories import why_not_second
from fourfold.access.signing import DAYS_ASKED, LAPSED
from fourfold.access.terms import Compartment, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.base import AT_ONCE, Sealing, sealing
from fourfold.cases.models import Case, CaseAct, PossibleAct, PossibleCourse, Triage
from fourfold.cases.terms import State
from fourfold.drafts.models import Draft
from fourfold.governance.models import DisposalAsked, Disposed, Hold, RetentionReview
from fourfold.governance.queries.retaining import facts_of, local_day
from fourfold.governance.rules import retention
from fourfold.governance.schedule import disposal
from fourfold.governance.schedule import retention as schedule
from fourfold.governance.terms import HoldKind, RetentionOutcome
from fourfold.intake.models import Allegation, Quarantined, Version
from fourfold.linkage.models import Match, Proposal
from fourfold.linkage.terms import Verdict
from fourfold.orders.models import Order
from fourfold.orders.rules import is_covered
from fourfold.people.models import SamePerson, Subject, ThirdParty, Victim
from fourfold.words import Word, sentence, words

Table = type[Model]
#: The kind of duty that a request for disposal is itself.
WAITS = "disposals"
SHOWN = 200
ANOTHER = "Somebody else has to sign this: a colleague who reads what goes and why."
REVIEWED = "You proposed this disposal at the last review. Somebody else has to sign it."
LIFTED = "You lifted a hold on this case after its last review. Somebody else has to sign this."
NEEDED = "Something else on record needs this case. It cannot be disposed of until that has changed."
WHY = "of a case that is disposed of, which was opened"
#: The files besides the case that go with it, where nothing that stays needs them.
OTHERS: dict[Table, str] = {Allegation: "report", Victim: "person", Subject: "person", ThirdParty: "person"}
#: Whether there is anything of these is nobody's to know who may not read it: they go, and no number tells of them.
UNTOLD = frozenset({Compartment.ADVOCATE_CONFIDENTIAL, Compartment.SAFE_ADDRESS_SEALED})


@dataclass
class Reach:
    """What a disposal takes: the rows of every table by their keys, the files whose they are, and what stays of others."""

    files: dict[Table, set[Any]]
    rows: dict[Table, dict[Any, Any]] = field(default_factory=dict)
    #: Reports and people that stay, since something that stays needs them.
    stays: set[tuple[Table, Any]] = field(default_factory=set)
    #: Reports that were taken off the case: they wait at the desk, or are another's, and are not its reports.
    left: set[Any] = field(default_factory=set)
    #: Tables whose rows stay and need a row of the case itself: nothing goes.
    hindered: set[Table] = field(default_factory=set)

    def every_key(self) -> set[Any]:
        return {key for rows in self.rows.values() for key in rows}

    def counts(self) -> dict[str, int]:
        """Return how many rows go, by the slice that holds them."""
        found: Counter[str] = Counter()
        for model, rows in self.rows.items():
            if (
                getattr(model, "COMPARTMENT", None) not in UNTOLD and model._meta.app_label != "duties"
            ):  # which may tell of these
                found[model._meta.app_label] += len(rows)
        return dict(sorted(found.items()))

    def staying(self) -> dict[str, int]:
        """Return how many reports and people stay: never where they are needed, which is not every reader's to know."""
        return dict(Counter(OTHERS[model] for model, _ in self.stays))

    def digest(self) -> str:
        """Return what changes as soon as one row more or less would go; what is worked out anew at any time is left out."""
        keys = (str(key) for model, rows in self.rows.items() if sealing(model) is not Sealing.NEVER for key in rows)
        return sha256("\n".join(sorted(keys)).encode()).hexdigest()

    def in_order(self) -> list[Table]:
        """Return the tables, each before those to which it points."""
        left, ordered = dict(self.rows), list[Table]()
        while left:
            aimed = {to for model in left for _, to in _keys_of(model) if to is not model}
            free = [model for model in left if model not in aimed] or list(left)
            ordered += free
            for model in free:
                del left[model]
        return ordered


def reach_of(case: Case) -> Reach:
    """Return what a disposal of the case would take now; with `hindered` it would leave something without what it needs."""
    reach = Reach({Case: {case.pk}, PossibleCourse: set(), **{model: set() for model in OTHERS}}, left=_left(case))
    _widen(reach)
    while _narrow(reach):
        pass  # what was left out may need others in its turn
    keys = reach.every_key()
    for entry in _said("tells"):
        _find(reach, _model(entry), entry["by"], keys)
    _sought(reach, case)
    reach.rows = {model: rows for model, rows in reach.rows.items() if rows}
    return reach


def _left(case: Case) -> set[Any]:
    """Return the reports that are no act of a case any more, nor counted once with one that is."""
    acts = CaseAct.objects.unscoped(WHY).filter(case=case)
    here = acts.filter(Q(left_at__isnull=True) | Q(same_as__isnull=False))
    return set(acts.exclude(allegation__in=here.values("allegation")).values_list("allegation", flat=True))


def _said(kind: str) -> Iterator[dict[str, Any]]:
    """Yield for each table of a kind what the register says of it."""
    for entry in disposal()[kind]:
        yield from ({"where": {}, **entry, "table": label} for label in entry["tables"])


def _model(entry: dict[str, Any]) -> Table:
    return apps.get_model(entry["table"])


@cache
def _keys_of(model: Table) -> tuple[tuple[str, Table], ...]:
    """Return the columns of a table that point to another row, each with the table to which it points."""
    pointing = (column for column in model._meta.concrete_fields if isinstance(column, ForeignKey))
    return tuple((column.attname, column.related_model) for column in pointing)


@cache
def _own_paths() -> tuple[tuple[Table, tuple[str, ...]], ...]:
    """Return by which columns the rows of each table belong to a file."""
    found = []
    for model in apps.get_models():
        paths = [getattr(model, name) for name in ("CASE_PATH", "FILE_PATH") if hasattr(model, name)]
        found += [(model, tuple(paths))] if paths else []
    return tuple(found)


def _find(reach: Reach, model: Table, paths: Iterable[str], keys: Iterable[Any], where: Any = None) -> None:
    """Add the rows of a table that one of these columns ties to one of these keys."""
    rows = reach.rows.setdefault(model, {})
    for path in paths:
        for some in _some(keys):
            for key, file in model._base_manager.filter(**{f"{path}__in": some, **(where or {})}).values_list(
                "pk", path
            ):
                rows.setdefault(key, file)


def _own(reach: Reach) -> None:
    """Find the rows of the files, and what else goes with these."""
    keys = _of_files(reach)
    for entry in _said("goes"):
        _find(reach, _model(entry), entry["by"], keys, entry["where"])
    _find(reach, Triage, ["case"], reach.files[Case], {"allegation__in": reach.left})


def _of_files(reach: Reach) -> set[Any]:
    """Find the rows of the files alone; return the keys of the files."""
    reach.rows, keys = {}, {key for each in reach.files.values() for key in each}
    for model, paths in _own_paths():
        _find(reach, model, paths, keys)
    return keys


def _widen(reach: Reach) -> None:
    """Take in the reports and people to which rows of the case, of its reports and of its people point, and their courses.

    Whoever was only proposed for a report, or found not to be its person, is on record for a reason of their own; and so is
    another report for which one of these people was proposed.
    """
    size = -1
    while size != (size := sum(map(len, reach.files.values()))):
        _of_files(reach)
        for model, rows in list(reach.rows.items()):
            for column, to in _keys_of(model):
                if to in OTHERS and model is not Proposal:
                    for some in _some(rows):
                        found = model._base_manager.filter(pk__in=some, **{f"{column}__isnull": False})
                        found = found.filter(verdict__in=(Verdict.SAME, Verdict.THIRD)) if model is Match else found
                        reach.files[to] |= set(found.values_list(column, flat=True))
        reach.files[Allegation] -= reach.left
    acts = PossibleAct.objects.unscoped(WHY).filter(allegation__in=reach.files[Allegation])
    reach.files[PossibleCourse] = set(acts.values_list("course", flat=True))


def _some(keys: Iterable[Any]) -> Iterator[list[Any]]:
    found = list(keys)
    yield from (found[start : start + AT_ONCE] for start in range(0, len(found), AT_ONCE))


def _narrow(reach: Reach) -> bool:
    """Leave out what something that stays needs; return whether there was anything."""
    acts = PossibleAct.objects.unscoped(WHY).filter(course__in=reach.files[PossibleCourse])
    shared = acts.exclude(allegation__in=reach.files[Allegation]).values_list("course", flat=True)
    reach.files[PossibleCourse] -= set(shared)
    _own(reach)
    before = len(reach.stays)
    for model in apps.get_models(include_auto_created=True):
        for column, to in _keys_of(model):
            _need(reach, model, column, to)
    for entry in _said("needs"):
        _need(reach, _model(entry), entry["by"][0], apps.get_model(entry["to"]))
    people, pairs = reach.files[Victim] | reach.files[Subject], reach.rows.get(SamePerson, {})
    for one in SamePerson.objects.unscoped(WHY).filter(pk__in=pairs, undone_at=None):
        ends = {one.first, one.second}
        for file in ends & people if ends - people else ():
            _keep(reach, file, SamePerson)
    return len(reach.stays) != before


def _need(reach: Reach, model: Table, column: str, to: Table) -> None:
    """Let the file of each row to which a row that stays points stay too."""
    aimed, going = reach.rows.get(to, {}), reach.rows.get(model, {})
    for some in _some(aimed):
        for key, needed in model._base_manager.filter(**{f"{column}__in": some}).values_list("pk", column):
            if key not in going:
                _keep(reach, aimed[needed], model)


def _keep(reach: Reach, file: Any, needs: Table) -> None:
    if file in reach.files[Case]:
        reach.hindered.add(needs)
    for kind in OTHERS:
        if file in reach.files[kind]:
            reach.files[kind].discard(file)
            reach.stays.add((kind, file))


def _sought(reach: Reach, case: Case) -> None:
    """Find the lines in quarantine that the reports came from, and what people began to write on pages of these files and rows."""
    told = Allegation.objects.unscoped(WHY).filter(pk__in=reach.files[Allegation], run__isnull=False)
    again = Version.objects.unscoped(WHY).filter(allegation__in=reach.files[Allegation], run__isnull=False)
    lines = {*told.values_list("site", "run__file_sha256", "row_number")}
    for site, file, number in lines | {*again.values_list("allegation__site", "run__file_sha256", "row_number")}:
        held = Quarantined.objects.filter(site=site, file_sha256=file, row_number=number)
        reach.rows.setdefault(Quarantined, {}).update(dict.fromkeys(held.values_list("pk", flat=True), case.pk))
    named = {case.reference, *map(str, reach.every_key()), *(str(key) for keys in reach.files.values() for key in keys)}
    pages = Draft.objects.values_list("pk", "page").iterator()
    reach.rows[Draft] = {key: case.pk for key, page in pages if not named.isdisjoint(page.split("/"))}


def waits_in(case: Case, *, at: datetime) -> bool:
    """Return whether anything waits to be done in a case that is closed, its disposal left out."""
    open_now = Q(shows_from__lte=at) & (Q(until__isnull=True) | Q(until__gt=at))
    return any(
        _model(entry)._base_manager.filter(open_now, **{by: case.pk}).exclude(closed=False).exclude(kind=WAITS).exists()
        for entry in _said("waits")
        for by in entry["by"]
    )


def why_not_dispose(case: Case, reach: Reach, *, at: datetime) -> tuple[str, str] | None:
    """Return why a case that was opened cannot be disposed of now, or None: the schedule, a hold, what waits, what needs it."""
    last = RetentionReview.objects.unscoped(WHY).filter(case=case).order_by("-recorded_at", "-pk").first()
    proposed = last is not None and last.outcome == RetentionOutcome.PROPOSE_DISPOSAL
    facts = facts_of([case], at=at)[case.pk]
    if why := retention.why_not_dispose(facts, schedule(), proposed=proposed, on=local_day(at)):
        return why
    orders = Order.objects.unscoped(WHY).filter(case=case).values_list("made_on", "expires_on", "ended_on")
    if is_covered(orders, local_day(at)):
        return "reason", "An order of this case is in force. Nothing can be disposed of before it has ended."
    if waits_in(case, at=at):  # how much, and whose, is not every reader's to know
        return "reason", "Something is still to be done in this case. Whoever it waits for finds it under Today."
    others = Case.objects.unscoped(WHY).exclude(pk=case.pk).exclude(state=State.CLOSED)
    # what somebody did before says how dangerous they are to whoever they pursue now
    if reach.hindered or (case.subject_id and others.filter(subject=case.subject_id).exists()):
        return "reason", NEEDED
    return None


def kept_apart(case: UUID) -> dict[UUID, str]:
    """Return who may not sign the disposal of a case besides whoever asked, and in which words each is told so."""
    last = RetentionReview.objects.unscoped(WHY).filter(case=case).order_by("-recorded_at", "-pk").first()
    if last is None:
        return {}
    lifted = Hold.objects.unscoped(WHY).filter(case=case, lifted__recorded_at__gte=last.recorded_at)
    return {**dict.fromkeys(lifted.values_list("lifted__recorded_by", flat=True), LIFTED), last.recorded_by: REVIEWED}


def why_not_sign(asked: DisposalAsked, actor: Actor, *, at: datetime) -> str | None:
    """Return why somebody may not sign a disposal, or None: who asked, who proposed it, and who lifted a hold since do not."""
    needs = Needs(Permission.RETENTION_REVIEW, asked.case.site, asked.case_id)
    if why := why_not_answer(asked.recorded_by, actor, needs, at=at, same=ANOTHER, asked_at=asked.recorded_at):
        return why
    apart = kept_apart(asked.case_id).items()
    return next((why for one, same in apart if (why := why_not_second(one, actor, at=at, same=same, asks=False))), None)


@dataclass(frozen=True)
class DisposalPage:
    """What a disposal of a case would take, what of its people stays and why, and how far it is."""

    asked: DisposalAsked | None
    asked_by: str
    why_not: Word
    #: Why the reader may not sign what was asked for, and who else may not.
    not_you: Word
    apart: tuple[UUID, ...]
    #: Each review, hold and lifting: when, by whom, what it was and why; the first first.
    before: tuple[tuple[datetime, str, Word, str], ...]
    #: How many rows of which kind go.
    goes: tuple[tuple[Word, int], ...]
    #: How many reports and people stay, since something else on record needs them.
    stays: tuple[tuple[Word, int], ...]
    files: tuple[tuple[Word, int], ...]
    seen: str
    #: What was asked for before and answered with a no: when, why it was asked, and why the case was kept.
    refused: tuple[tuple[datetime, str, str], ...]


def disposal_page(*, actor: Actor, case: Case, at: datetime) -> DisposalPage:
    """Return what is shown before a disposal is asked for and before it is signed."""
    access.require(actor, Permission.RETENTION_REVIEW, at=at, site=case.site, file=case.pk)
    reach = reach_of(case)
    requests = DisposalAsked.objects.unscoped(WHY).filter(case=case).order_by("recorded_at")
    asked = next((one for one in requests if one.answered_at is None), None)
    why = why_not_dispose(case, reach, at=at)
    if asked and at - asked.recorded_at > timedelta(days=DAYS_ASKED):
        why = "reason", LAPSED.format(DAYS_ASKED)
    not_you = why_not_sign(asked, actor, at=at) if asked and not why else None
    kinds = words(disposal()["kinds"])
    reports = len(reach.files[Allegation])
    people = sum(len(reach.files[model]) for model in (Victim, Subject, ThirdParty))
    audit.consulted(actor, "disposal.shown", at=at, file=case.pk, compartments={"core", "risk"})
    return DisposalPage(
        asked,
        names_of([asked.recorded_by])[asked.recorded_by] if asked else "",
        Word(why[1]) if why else Word(""),
        Word(not_you or ""),
        tuple(kept_apart(case.pk)),
        _before(case),
        tuple((kinds[label], many) for label, many in reach.counts().items()),
        tuple((kinds[kind], many) for kind, many in reach.staying().items()),
        ((kinds["report"], reports), (kinds["person"], people)),
        reach.digest(),
        tuple((one.answered_at, one.reason, one.because) for one in requests if one.answered_at),
    )


def _before(case: Case) -> tuple[tuple[datetime, str, Word, str], ...]:
    """Return what people decided about keeping a case, which was opened for whoever reads."""
    found = [
        (one.recorded_at, one.recorded_by, Word(RetentionOutcome(one.outcome).words), one.reason)
        for one in RetentionReview.objects.unscoped(WHY).filter(case=case)
    ]
    for hold in Hold.objects.unscoped(WHY).filter(case=case).select_related("lifted"):
        kind, lifted = Word(HoldKind(hold.kind).words), getattr(hold, "lifted", None)
        found.append((hold.recorded_at, hold.recorded_by, sentence("hold: {1}", kind), hold.reason))
        if lifted:
            found.append((lifted.recorded_at, lifted.recorded_by, sentence("hold lifted: {1}", kind), lifted.reason))
    names = names_of([by for _, by, *_ in found])
    return tuple((at, names[by], what, why) for at, by, what, why in sorted(found, key=lambda one: one[0]))


def to_dispose_of(*, actor: Actor, at: datetime) -> tuple[tuple[str, datetime, UUID | None], ...]:
    """Return the cases whose last review proposed disposal, the longest ago first: when, and who asks for it."""
    access.require(actor, Permission.RETENTION_REVIEW, at=at)
    later = RetentionReview.objects.unscoped(WHY).filter(case=OuterRef("case"), recorded_at__gt=OuterRef("recorded_at"))
    asked = DisposalAsked.objects.unscoped(WHY).filter(case=OuterRef("case"), answered_at=None).values("recorded_by")
    rows = RetentionReview.objects.visible_to(actor, at=at).filter(
        ~Exists(later), outcome=RetentionOutcome.PROPOSE_DISPOSAL, case__site__in=_units(actor)
    )
    rows = rows.annotate(asked=Subquery(asked[:1])).order_by("recorded_at", "pk")
    found = tuple(rows.values_list("case__reference", "recorded_at", "asked")[:SHOWN])
    audit.consulted(actor, "disposals.listed", at=at, compartments={"core"}, count=len(found))
    return found


def _units(actor: Actor) -> list[str]:
    return sorted(site for site in actor.sites if access_queries.may(actor, Permission.RETENTION_REVIEW, site=site))


def disposed_of(*, actor: Actor, at: datetime) -> tuple[Disposed, ...]:
    """Return what was disposed of at the units where the actor reviews, the latest first; never a case that was kept from them."""
    access.require(actor, Permission.RETENTION_REVIEW, at=at)
    names = access_queries.known_as(actor)
    rows = Disposed.objects.filter(site__in=_units(actor)).order_by("-disposed_at", "pk")
    return tuple(islice((one for one in rows.iterator() if names.isdisjoint(one.kept_from or ())), SHOWN))


def is_disposed_of(reference: str, *, actor: Actor) -> bool:
    """Return whether a case was disposed of, to somebody whose list says so; to anybody else there was none."""
    known = reference.strip().upper()  # as a case is found
    rows, names = Disposed.objects.filter(reference=known, site__in=_units(actor)), access_queries.known_as(actor)
    return any(names.isdisjoint(one.kept_from or ()) for one in rows)
