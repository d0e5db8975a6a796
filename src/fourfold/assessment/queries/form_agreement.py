"""How far people agree who assessed the same case on the same form, each alone: item by item, level and totals.

Two kinds of records count as independent: ratings of one round, which nobody could see before all lay open, and
assessments of the same case by different people on the same version within its currency window. Ratings that are
still sealed never count, and neither does the record that raters agreed on. A case enters once, with its latest set.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from fourfold.access import queries as access_queries
from fourfold.access import signatories
from fourfold.access.roles import casework_sites, permissions_of
from fourfold.access.terms import OWN_COMPARTMENTS, Compartment, NotFound, PartnerKind, Permission, Refused
from fourfold.assessment import rules
from fourfold.assessment.models import Answer, Assessment
from fourfold.assessment.queries.library import form_as_given
from fourfold.assessment.rules import agreement
from fourfold.assessment.terms import Answer as Given
from fourfold.assessment.terms import Instrument, ScoreState, Slot, Standing
from fourfold.assessment.terms.agreement import Asked, Conversation, OnForm, Point, Said, Scope, Statistic
from fourfold.assessment.terms.rounds import RoundPhase
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.programme import queries as programme
from fourfold.words import Word

WHY = "numbers of at least ten cases, for a reader who sees no case"
RISK = frozenset({Compartment.RISK.value})
ON_THE_FORM = Asked(
    "first_level", Word("Level chosen before the advice"), agreement.LEVEL.options, agreement.LEVEL.order
)


def scope_of(actor: Actor, site: str, *, at: datetime) -> Scope:
    """Return whose ratings the actor may compare: one of the own sites, or, without casework, any or all of them.

    An empty `site` is the first own one, or all. One statement for casework, three else. Raises Refused where the role
    or the partner's agreement does not open risk, NotFound for a site that is not there or not the actor's.
    """
    mine = sites_of(actor)
    if mine:
        if site and site not in mine:
            raise NotFound
        chosen = site or mine[0]
        _require_risk(actor, chosen, at)
        return Scope((chosen,), names_cases=True)
    if not _may(actor, None) or Permission.CASE_VIEW in permissions_of(actor.roles):
        audit.refused(actor, str(Permission.RATINGS_COMPARE), at=at, rule="role")
        raise Refused("role", "Your role cannot compare what colleagues judged.")
    known = [card.code for card in programme.sites()]
    if site and site not in known:
        raise NotFound
    return Scope((site,) if site else tuple(known), names_cases=False)


def sites_of(actor: Actor) -> tuple[str, ...]:
    """Return the sites at which the actor works on cases and may compare ratings."""
    return tuple(sorted(site for site in casework_sites(actor) if _may(actor, site)))


def _may(actor: Actor, site: str | None) -> bool:
    return access_queries.may(actor, Permission.RATINGS_COMPARE, site=site)


def _require_risk(actor: Actor, site: str, at: datetime) -> None:
    """Refuse a partner to whom neither its own standing nor an agreement opens what was judged at a site."""
    own = OWN_COMPARTMENTS.get(PartnerKind(actor.partner_kind), frozenset())
    agreed = [each for each in access_queries.agreements_of(site, at=at) if each.partner == actor.partner]
    if Compartment.RISK in own or any(each.compartments & Compartment.RISK.bit for each in agreed):
        return
    audit.refused(actor, str(Permission.RATINGS_COMPARE), at=at, rule=f"compartment {Compartment.RISK}")
    raise Refused("compartment", "Your agency cannot see risk assessments at this site.")


# --- which records stand beside each other -------------------------------------------------------------------


@dataclass(frozen=True)
class _Record:
    """One signed assessment as it may be set beside another's."""

    id: UUID
    case: UUID
    reference: str
    form: tuple[str, str, int, str, str]
    rater: str
    profession: str
    at: datetime
    window: int | None
    round: UUID | None
    level: str

    @property
    def alike(self) -> tuple[UUID, str, int, str]:
        """What two records must share: the case, the form, its version and its very structure."""
        return (self.case, self.form[1], self.form[2], self.form[3])


@dataclass(frozen=True)
class _Set:
    """Records of one case that stand beside each other, one for each rater; `alone` says that none saw another."""

    records: tuple[_Record, ...]
    alone: bool

    @property
    def at(self) -> datetime:
        """When the last of them was signed."""
        return max(record.at for record in self.records)


def form_agreement(
    actor: Actor, scope: Scope, *, since: datetime, at: datetime
) -> tuple[tuple[OnForm, ...], tuple[Conversation, ...]]:
    """Return how far people agree on each form since a day, and the cases worth a conversation (none without casework).

    Two statements, and one for each form that a site imported. The caller keeps account of the reading.
    """
    candidates = _candidates(actor, scope, since, at)
    sets = _sets(
        [_Record(row[0], row[1], row[2], row[3:8], str(row[8]), *row[9:]) for row in candidates.values_list(*_COLUMNS)]
    )
    if not sets:
        return (), ()
    answers = _answers(candidates, {record.id for each in sets for record in each.records})
    by_form: dict[tuple[str, int, str], list[_Set]] = {}
    for each in sets:
        _, key, version, sha256, _ = each.records[0].form
        by_form.setdefault((key, version, sha256), []).append(each)
    shown = [_on_form(found, answers, scope) for found in by_form.values()]
    forms = sorted((form for form, _ in shown), key=lambda form: (form.title, form.version))
    talks = sorted((talk for _, talks in shown for talk in talks), key=lambda talk: talk.at, reverse=True)
    return tuple(forms), tuple(talks)


_COLUMNS = (
    "pk", "case_id", "case__reference", "case__site", "instrument", "version", "sha256", "pack_sha256", "person",
    "profession", "signed_at", "window_days", "seat__round_id", "first_level",
)  # fmt: skip


def _candidates(actor: Actor, scope: Scope, since: datetime, at: datetime) -> QuerySet[Any]:
    """Return the assessments beside which another person's stands, on the same case and the same structure."""
    open_ = Q(agreed_in__isnull=True) & (Q(seat__isnull=True) | ~Q(seat__round__phase=RoundPhase.INDEPENDENT))
    other = Assessment.objects.unscoped("whether there is one; the list is scoped").filter(
        open_, case=OuterRef("case"), instrument=OuterRef("instrument"), version=OuterRef("version"),
        sha256=OuterRef("sha256"), signed_at__gte=since, signed_at__lte=at,
    ).annotate(person=signatories.person_at("recorded_by"))  # fmt: skip
    start = Assessment.objects.visible_to(actor, at=at) if scope.names_cases else Assessment.objects.unscoped(WHY)
    return start.annotate(person=signatories.person_at("recorded_by")).filter(
        open_, Exists(other.exclude(person=OuterRef("person"))), case__site__in=scope.sites,
        signed_at__gte=since, signed_at__lte=at,
    ).order_by("signed_at", "pk")  # fmt: skip


def _sets(records: Sequence[_Record]) -> list[_Set]:
    """Set records of one case and form beside each other, and keep the latest set of each: rounds before others."""
    alike: dict[Any, list[_Record]] = {}
    for record in records:
        alike.setdefault(record.alike, []).append(record)
    kept = []
    for group in alike.values():
        found = [*_rounds(group), *_within_window(group)]
        if found:
            kept.append(max(found, key=lambda each: (each.alone, each.at)))
    return kept


def _rounds(group: Sequence[_Record]) -> list[_Set]:
    """Set beside each other what different people signed in one round: of one who sat in it twice, the first."""
    rounds: dict[UUID, dict[str, _Record]] = {}
    for record in group:
        if record.round is not None:
            rounds.setdefault(record.round, {}).setdefault(record.rater, record)
    return [_Set(tuple(found.values()), alone=True) for found in rounds.values() if len(found) > 1]


def _within_window(group: Sequence[_Record]) -> list[_Set]:
    """Set beside each other what different people signed outside rounds within the window of the first of them."""
    sets: list[dict[str, _Record]] = []
    began: datetime | None = None
    for record in (each for each in group if each.round is None):
        if began is None or record.at > began + timedelta(days=_window(record)):
            sets.append({})
            began = record.at
        sets[-1].setdefault(record.rater, record)
    return [_Set(tuple(found.values()), alone=False) for found in sets if len(found) > 1]


def _window(record: _Record) -> int:
    """Return the days for which a record speaks: what it says itself, else its form's window, else how long the form holds."""
    if record.window is not None:
        return record.window
    form = _form(record)
    return form.currency_window_days if form.currency_window_days is not None else form.review.valid_for_days


def _form(record: _Record) -> Instrument:
    site, key, version, sha256, pack = record.form
    return form_as_given(site, key=key, version=version, sha256=sha256, pack_sha256=pack)


# --- one form --------------------------------------------------------------------------------------------------


def _answers(candidates: QuerySet[Any], wanted: set[UUID]) -> dict[UUID, dict[Slot, Given]]:
    rows = Answer.objects.unscoped("answers of assessments that are scoped").filter(
        assessment__in=candidates.order_by().values("pk"), standing=Standing.GIVEN
    )
    found: dict[UUID, dict[Slot, Given]] = {}
    for pk, item, axis, repeat, option in rows.values_list("assessment_id", "item", "axis", "repeat", "option"):
        if pk in wanted and option:
            given = Given(item, option=option, axis=axis, repeat=repeat)
            found.setdefault(pk, {})[given.slot] = given
    return found


def _on_form(
    sets: Sequence[_Set], answers: dict[UUID, dict[Slot, Given]], scope: Scope
) -> tuple[OnForm, list[Conversation]]:
    form = _form(sets[0].records[0])
    rounded = not scope.names_cases
    judged = list(_judged(form, sets, answers))
    items = tuple(agreement.compare(asked.title, said, asked, rounded=rounded, brief=True) for asked, said in judged)
    shown = OnForm(
        title=form.title,
        version=form.version,
        cases=agreement.count_shown(len(sets), rounded=rounded),
        alone=agreement.count_shown(sum(each.alone for each in sets), rounded=rounded),
        items=tuple(each for each in items if each.raters),
        totals=tuple(_totals(form, sets, answers, rounded)),
    )
    return shown, list(_conversations(form, sets, judged)) if scope.names_cases else []


def _judged(
    form: Instrument, sets: Sequence[_Set], answers: dict[UUID, dict[Slot, Given]]
) -> Iterable[tuple[Asked, list[Said]]]:
    """Return each question of the form that is answered by choosing, with what each rater said; the level first."""
    records = [record for each in sets for record in each.records]
    yield ON_THE_FORM, [_said(record, record.level) for record in records]
    axes = {axis.key: axis.title for axis in form.axes}
    for slot in form.slots():
        scale, item = form.scale_of(slot), form.item(slot.item)
        if scale is None or slot.repeat or item.hidden:
            continue
        title = f"{item.title or item.key}, {axes[slot.axis].lower()}" if slot.axis else item.title or item.key
        asked = agreement.asked_of(slot.field, title, scale)
        if asked is not None:
            chosen = [(record, answers.get(record.id, {}).get(slot)) for record in records]
            yield asked, [_said(record, given.option if given else "") for record, given in chosen]


def _said(record: _Record, answer: str) -> Said:
    return Said(record.case, record.rater, record.profession, answer, record.at)


def _totals(
    form: Instrument, sets: Sequence[_Set], answers: dict[UUID, dict[Slot, Given]], rounded: bool
) -> Iterable[Statistic]:
    """Return each total of the form, from the first two raters of each case who both have one."""
    if not form.scores:
        return
    pairs: dict[str, list[Any]] = {score.key: [] for score in form.scores}
    raters: set[str] = set()
    for each in sets:
        first, second = (_scored(form, answers.get(record.id, {})) for record in each.records[:2])
        raters |= {record.rater for record in each.records[:2]}
        for key in first.keys() & second.keys():
            pairs[key].append((first[key], second[key]))
    for score in form.scores:
        found = agreement.of_totals(score.title, pairs[score.key], raters=len(raters), rounded=rounded)
        if found is not None:
            yield found


def _scored(form: Instrument, given: dict[Slot, Given]) -> dict[str, Any]:
    results = rules.score(form, given.values())
    return {each.key: each.value for each in results if each.state is ScoreState.SCORED and each.value is not None}


def _conversations(
    form: Instrument, sets: Sequence[_Set], judged: Iterable[tuple[Asked, list[Said]]]
) -> Iterable[Conversation]:
    """Return one conversation for each case, with every question on which its raters lie two steps apart."""
    references = {record.case: record.reference for each in sets for record in each.records}
    points: dict[UUID, list[Point]] = {}
    signed: dict[UUID, datetime] = {}
    for asked, said in judged:
        labels = dict(asked.options)
        for case, row in agreement.far_apart(said, asked).items():
            thought = tuple((each.profession or "a colleague", labels[each.answer]) for each in row)
            points.setdefault(case, []).append(Point(asked.title, thought))
            signed[case] = max(each.at for each in row)
    for case, found in points.items():
        yield Conversation(case, references[case], form.title, tuple(found), signed[case])
