"""How a victim is over time, measure by measure: what was scored, what was missed, and what a change amounts to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.access.terms import Compartment, NotFound, Opened, Permission
from fourfold.assessment import rules as assessment_rules
from fourfold.assessment.queries import library
from fourfold.assessment.queries.library import FormCard
from fourfold.assessment.queries.working_out import as_kept
from fourfold.assessment.terms import (
    About,
    Band,
    Direction,
    Informant,
    Instrument,
    Meaning,
    Norm,
    NormKind,
    Score,
    ScoreResult,
    WorkedOut,
)
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.cases.terms import State
from fourfold.programme import queries as programme
from fourfold.support import rules
from fourfold.support.models import CheckIn, MeasureMissed, NormChosen
from fourfold.support.queries.rows import opened_file
from fourfold.support.terms import Mode, WhyMissed
from fourfold.words import sentence

if TYPE_CHECKING:
    from fourfold.stats.reliable_change import Change, ChangeNorm, Measured

CHECK_IN = "safety-check-in"


@dataclass(frozen=True)
class Taken:
    """One measure as it was taken: its first score, or why there is none; every further score; what the form worked out
    by rules of its own; the change since the first one (None for the first itself)."""

    id: UUID
    at: datetime
    on: date
    mode: str
    version: int
    result: ScoreResult | None
    others: tuple[tuple[str, ScoreResult], ...]
    computed: tuple[WorkedOut, ...]
    critical: tuple[str, ...]
    by: str
    left_open: tuple[tuple[str, str], ...] = ()
    difference: Decimal | None = None
    change: Change | None = None


@dataclass(frozen=True)
class Missed:
    """A day on which a measure was due and none was taken; `why` is empty where nobody said."""

    on: date
    why: str
    words: str


@dataclass(frozen=True)
class Series:
    """One measure of one person over time: its score with its bands, what was taken and what was missed.

    `norm` is the figure by which change is read, as the site chose it; None where it chose none, and then a difference
    is a difference and no more. `cut_off` is the score from which on (or down to which) somebody counts as a case.
    """

    instrument: str
    title: str
    licence: str
    notice: str
    score: Score | None
    bands: tuple[Band, ...]
    taken: tuple[Taken, ...]
    missed: tuple[Missed, ...]
    every_days: int
    norm: ChangeNorm | None
    cut_off: Norm | None
    choices: int

    @property
    def higher_is_better(self) -> bool:
        return self.score is not None and self.score.direction is Direction.HIGHER_BETTER

    @property
    def latest(self) -> Taken | None:
        return self.taken[-1] if self.taken else None


@dataclass(frozen=True)
class MeasuresPage:
    """Everything that was measured of one person, and what may be asked."""

    case: UUID
    reference: str
    name: str
    site: str
    series: tuple[Series, ...]
    to_take: tuple[tuple[str, str], ...]
    may_record: bool
    may_choose: bool


def measures_page(*, actor: Actor, reference: str, at: datetime) -> MeasuresPage:
    """Return what was measured of the victim of a case, or raise NotFound, also for whoever may open the case and not
    what is confidential."""
    case, opened = opened_file(actor, reference, at, Compartment.ADVOCATE_CONFIDENTIAL, "victim.measures")
    cards = tuple(card for card in library.forms_of(case.site, at=at) if _is_for_victim(card))
    series = _series_of(opened, case, cards, at)
    shown = {Compartment.ADVOCATE_CONFIDENTIAL.value}
    audit.consulted(actor, "victim.measures", at=at, file=case.pk, compartments=shown, count=len(series))
    writes = Compartment.ADVOCATE_CONFIDENTIAL in opened.writable
    return MeasuresPage(
        case=case.pk,
        reference=case.reference,
        name=case.victim.name,
        site=case.site,
        series=series,
        to_take=tuple((card.key, card.title) for card in cards if card.is_active),
        may_record=writes and access_queries.may(actor, Permission.SUPPORT_RECORD),
        may_choose=access_queries.may(actor, Permission.INSTRUMENT_APPROVE, site=case.site),
    )


def measure_form(*, actor: Actor, reference: str, instrument: str, at: datetime) -> tuple[MeasuresPage, Instrument]:
    """Return the page of measures and the form of one that may be taken, or raise NotFound."""
    value = measures_page(actor=actor, reference=reference, at=at)
    if instrument not in dict(value.to_take):
        raise NotFound
    return value, library.form(value.site, instrument, at=at)


def _is_for_victim(card: FormCard) -> bool:
    return card.informant is Informant.SELF and card.about is About.VICTIM


def _series_of(opened: Opened, case: Case, cards: Iterable[FormCard], at: datetime) -> tuple[Series, ...]:
    """Return a series for every measure that was taken or missed, and for the check-in, which everybody is asked."""
    taken = list(CheckIn.objects.of(opened).order_by("answered_at", "recorded_at", "id"))
    noted = list(MeasureMissed.objects.of(opened).order_by("missed_at", "id"))
    names = access_queries.names_of(row.recorded_by for row in taken)
    chosen = _chosen(case.site)
    until = rules.day_of(at) if case.state != State.CLOSED else None
    every = programme.working(case.site, rules.day_of(at)).measure_every_days
    keys = dict.fromkeys([CHECK_IN, *(row.instrument for row in taken), *(row.instrument for row in noted)])
    by_key = {card.key: card for card in cards}
    return tuple(
        _series(
            case,
            [row for row in taken if row.instrument == key],
            [row for row in noted if row.instrument == key],
            by_key[key],
            names=names,
            chosen=chosen.get(key, ()),
            until=until,
            every=every,
        )
        for key in keys
        if key in by_key
    )


def _chosen(site: str) -> dict[str, tuple[NormChosen, ...]]:
    """Return the figures that a site chose, by measure, the latest first: one statement."""
    found: dict[str, tuple[NormChosen, ...]] = {}
    for row in NormChosen.objects.filter(site=site).order_by("-chosen_at", "-id"):
        found[row.instrument] = (*found.get(row.instrument, ()), row)
    return found


def _series(
    case: Case,
    rows: list[CheckIn],
    noted: list[MeasureMissed],
    card: FormCard,
    *,
    names: dict[UUID, str],
    chosen: tuple[NormChosen, ...],
    until: date | None,
    every: int,
) -> Series:
    forms = {key: _given_on(case.site, row) for key, row in {_wording(row): row for row in rows}.items()}
    form = forms[_wording(rows[-1])].at(rows[-1].answered_at) if rows else _given_on(case.site, card).form
    score = next(iter(form.scores), None)
    norm, cut_off = _yardsticks(form, score, chosen)
    taken = _compared([_taken(row, forms[_wording(row)].at(row.answered_at), names) for row in rows], score, norm)
    begun = taken[0].on if taken and form.key != CHECK_IN else rules.day_of(case.opened_at)
    last = until or max([begun, *(each.on for each in taken)])
    return Series(
        instrument=form.key,
        title=form.title,
        licence=form.licence,
        notice=form.notice,
        score=score,
        bands=tuple(band for band in form.bands if score and band.score == score.key),
        taken=taken,
        missed=_missed(begun, taken, noted, last, every),
        every_days=every,
        norm=norm,
        cut_off=cut_off,
        choices=len(form.norms),
    )


def _wording(row: CheckIn) -> tuple[int, str, str]:
    return row.version, row.sha256, row.pack_sha256


def _given_on(site: str, asked: CheckIn | FormCard) -> library.Given:
    """Return the very form that was, or would be, asked, and since when which scores were answered for."""
    key = asked.instrument if isinstance(asked, CheckIn) else asked.key
    return library.given_on(site, key=key, version=asked.version, sha256=asked.sha256, pack_sha256=asked.pack_sha256)


def _taken(row: CheckIn, form: Instrument, names: dict[UUID, str]) -> Taken:
    given, _ = assessment_rules.read_answers(form, row.answers)
    results = assessment_rules.score(form, given)
    titles = {score.key: score.title for score in form.scores}
    return Taken(
        id=row.pk,
        at=row.answered_at,
        on=rules.day_of(row.answered_at),
        mode=Mode(row.mode).words if row.mode else "",
        version=row.version,
        result=results[0] if results else None,
        others=tuple((titles[result.key], result) for result in results[1:]),
        computed=as_kept(row.computed or ()),
        critical=assessment_rules.advice(form, given).critical,
        by=names.get(row.recorded_by, ""),
        left_open=tuple((form.item(one.item).title, one.note) for one in given if one.absent is Meaning.LEFT_OPEN),
    )


def _yardsticks(
    form: Instrument | None, score: Score | None, chosen: tuple[NormChosen, ...]
) -> tuple[ChangeNorm | None, Norm | None]:
    """Return how change is read, and from where on somebody counts as a case, by what the site chose last."""
    if form is None or score is None:
        return None, None
    known = {norm.key: norm for norm in form.norms if norm.score == score.key}
    picked = [(known[row.norm], row) for row in chosen if row.norm in known]
    cut_off = next((norm for norm, _ in picked if norm.kind is NormKind.CASENESS), None)
    change = next(((norm, row) for norm, row in picked if norm.kind in (NormKind.RCI, NormKind.MID)), None)
    if change is None:
        return None, cut_off
    norm, row = change
    on = rules.day_of(row.chosen_at)
    return rules.change_norm(norm, on, scale=score.title, caseness=cut_off), cut_off


def _compared(taken: list[Taken], score: Score | None, norm: ChangeNorm | None) -> tuple[Taken, ...]:
    """Return the measures, each beside the first that was scored."""
    first = next((each for each in taken if _value(each) is not None), None)
    if score is None or first is None:
        return tuple(taken)
    better = score.direction is Direction.HIGHER_BETTER
    return tuple(each if each.at <= first.at else _beside(first, each, norm, better) for each in taken)


def _beside(first: Taken, later: Taken, norm: ChangeNorm | None, better: bool) -> Taken:
    from fourfold.stats.reliable_change import assess_change

    before, after = _value(first), _value(later)
    change = assess_change(_measured(first), _measured(later), norm=norm, higher_is_better=better) if norm else None
    same_form = first.version == later.version
    difference = after - before if before is not None and after is not None and same_form else None
    return Taken(**{**vars(later), "difference": difference, "change": change})


def _measured(taken: Taken) -> Measured:
    from fourfold.stats.reliable_change import Measured

    value = _value(taken)
    return Measured(None if value is None else float(value), taken.on, str(taken.version), taken.mode)


def _value(taken: Taken) -> Decimal | None:
    return taken.result.value if taken.result else None


def _missed(
    begun: date, taken: tuple[Taken, ...], noted: list[MeasureMissed], until: date, every: int
) -> tuple[Missed, ...]:
    """Return the gaps, each with the reason that was noted nearest to it, and the reasons that stand alone."""
    said = {rules.day_of(row.missed_at): row for row in noted}
    gaps = rules.measures_missed(begun, [each.on for each in taken], until, every)
    found: dict[date, Missed] = {}
    for gap in gaps:
        near = next((day for day in said if abs((day - gap).days) * 2 <= every), None)
        row = said.pop(near) if near else None
        found[near or gap] = Missed(near or gap, WhyMissed(row.why).words if row else "", row.words if row else "")
    for day, row in said.items():
        found[day] = Missed(day, WhyMissed(row.why).words, row.words)
    return tuple(found[day] for day in sorted(found))


# ---- the figures it is read by ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Figure:
    """A published figure that a site may read a score by; `chosen_at` says since when it does."""

    key: str
    kind: NormKind
    words: str
    population: str
    citation: str
    verified: bool
    chosen_at: datetime | None
    chosen_by: str


@dataclass(frozen=True)
class FiguresPage:
    """The published figures of one measure, and which of them a site reads its score by."""

    site: str
    instrument: str
    title: str
    figures: tuple[Figure, ...]


def figures_page(*, actor: Actor, site: str, instrument: str, at: datetime) -> FiguresPage:
    """Return the published figures of a measure at one of the actor's sites, or raise NotFound."""
    if site not in actor.sites:
        raise NotFound
    card = next(
        (card for card in library.forms_of(site, at=at) if card.key == instrument and _is_for_victim(card)), None
    )
    if card is None or not card.is_active:
        raise NotFound
    form = library.form(site, instrument, at=at)
    chosen: dict[NormKind, NormChosen] = {}
    kinds = {norm.key: norm.kind for norm in form.norms}
    for row in _chosen(site).get(instrument, ()):
        if row.norm in kinds:
            chosen.setdefault(kinds[row.norm], row)
    names = access_queries.names_of(row.chosen_by for row in chosen.values())
    return FiguresPage(site, form.key, form.title, tuple(_figure(norm, chosen, names) for norm in form.norms))


def _figure(norm: Norm, chosen: dict[NormKind, NormChosen], names: dict[UUID, str]) -> Figure:
    row = chosen.get(norm.kind)
    stands = row is not None and row.norm == norm.key
    return Figure(
        key=norm.key,
        kind=norm.kind,
        words=_in_words(norm),
        population=norm.population,
        citation=norm.citation,
        verified=norm.verified,
        chosen_at=row.chosen_at if row and stands else None,
        chosen_by=names.get(row.chosen_by, "") if row and stands else "",
    )


def _in_words(norm: Norm) -> str:
    if norm.kind is NormKind.CASENESS:
        return sentence("counts as a case from {1}", f"{norm.value:f}")
    if norm.value is not None:
        return sentence("a change counts from {1} points", f"{norm.value:f}")
    if norm.sd is not None and norm.r is not None:
        return f"a change counts beyond the noise of SD {norm.sd:f} and reliability {norm.r:f} {norm.r_type}".rstrip()
    return "says nothing of change"
