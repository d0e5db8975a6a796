"""How far the professions agree on the level before they have heard each other, over a site's panels and over time.

What counts is each member's last view given alone, in items whose views lie open by now: a number over views that are
still shut would tell the next member what the others think. A case enters each number once, with its latest sitting.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef

from fourfold.access import signatories
from fourfold.access.paging import WHOLE
from fourfold.assessment.queries import form_agreement as on_forms
from fourfold.assessment.rules import agreement
from fourfold.assessment.terms.agreement import FEWEST, Comparison, Conversation, OnAnswer, OnForm, Point, Said, Scope
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.panel.models import Declared, View
from fourfold.panel.queries.conflicts import WHY
from fourfold.panel.terms import Phase
from fourfold.programme import queries as programme
from fourfold.words import Word, sentence

YEARS = timedelta(days=730)
ALL_SITES = Word("All sites together")


@dataclass(frozen=True)
class AgreementPage:
    """How far people agree: on the level at panel, and on each form. `choices` are the sites that may be chosen.

    `site` is empty for all sites together. `conversations` are the latest WHOLE; `more_conversations` counts the rest.
    Without casework (`names_cases` false) there are none, and counts of cases are rounded.
    """

    site: str
    title: str
    choices: tuple[tuple[str, str], ...]
    names_cases: bool
    since: datetime
    until: datetime
    fewest: int
    level: Comparison
    answers: tuple[OnAnswer, ...]
    professions: tuple[Comparison, ...]
    quarters: tuple[Comparison, ...]
    sites: tuple[Comparison, ...]
    mine: Comparison | None
    forms: tuple[OnForm, ...]
    conversations: tuple[Conversation, ...]
    more_conversations: int


@dataclass(frozen=True)
class _Given:
    """One member's view of one case as it was given alone; a person is one, on however many records."""

    item: UUID
    case: UUID
    reference: str
    site: str
    person: str
    profession: str
    level: str
    at: datetime
    sat_at: datetime

    @property
    def said(self) -> Said:
        return Said(self.case, self.person, self.profession, self.level, self.at)


def agreement_page(*, actor: Actor, at: datetime, site: str = "") -> AgreementPage:
    """Return how far people agree over the last two years, or raise Refused or NotFound: seven statements at most for
    casework, nine for numbers alone, one more for each form that a site imported, and the log's."""
    scope = on_forms.scope_of(actor, site, at=at)
    since = at - YEARS
    given = _views(actor, scope, since, at)
    forms, talks = on_forms.form_agreement(actor, scope, since=since, at=at)
    audit.consulted(
        actor, "ratings.compared", at=at, compartments=on_forms.RISK, fields=frozenset({"views", "answers"}),
        count=len({each.case for each in given}),
    )  # fmt: skip
    cards = {card.code: card.name for card in programme.sites()}
    latest = _latest(given)
    rounded = not scope.names_cases
    conversations = sorted([*_conversations(latest, scope), *talks], key=lambda talk: talk.at, reverse=True)
    chosen = site or (scope.sites[0] if scope.names_cases else "")
    return AgreementPage(
        site=chosen,
        title=cards.get(chosen, ALL_SITES),
        choices=_choices(actor, scope, cards),
        names_cases=scope.names_cases,
        since=since,
        until=at,
        fewest=FEWEST,
        level=_compared(Word("All who gave a view"), latest, rounded),
        answers=agreement.on_each_answer(_said(latest), agreement.LEVEL, rounded=rounded),
        professions=tuple(_between_professions(latest, rounded)),
        quarters=tuple(_over_time(given, rounded)),
        sites=tuple(_between_sites(given, cards, rounded)) if len(scope.sites) > 1 else (),
        mine=_mine(actor, latest),
        forms=forms,
        conversations=tuple(conversations[:WHOLE]),
        more_conversations=max(len(conversations) - WHOLE, 0),
    )


def _choices(actor: Actor, scope: Scope, cards: dict[str, str]) -> tuple[tuple[str, str], ...]:
    if not scope.names_cases:
        return (("", ALL_SITES), *cards.items())
    return tuple((code, cards[code]) for code in on_forms.sites_of(actor) if code in cards)


_COLUMNS = (
    "item_id", "item__case_id", "item__case__reference", "item__sitting__site", "person", "profession", "level",
    "given_at", "item__sitting__starts_at",
)  # fmt: skip


def _views(actor: Actor, scope: Scope, since: datetime, at: datetime) -> list[_Given]:
    start = View.objects.visible_to(actor, at=at) if scope.names_cases else View.objects.unscoped(on_forms.WHY)
    start = start.annotate(person=signatories.person_at("staff"))
    aside = Declared.objects.unscoped(WHY).filter(item=OuterRef("item"), aside=True)
    start = start.exclude(Exists(aside.annotate(who=signatories.person_at("staff")).filter(who=OuterRef("person"))))
    if scope.names_cases:  # whoever stood aside sees nobody's view of the item, here neither
        start = start.exclude(Exists(aside.filter(staff__in=signatories.records_of(actor))))
    rows = start.filter(
        independent=True, item__sitting__site__in=scope.sites, given_at__gte=since, given_at__lte=at
    ).exclude(item__phase=Phase.INDEPENDENT)
    return [_given(row) for row in rows.order_by("given_at", "pk").values_list(*_COLUMNS)]


def _given(row: Sequence[Any]) -> _Given:
    item, case, reference, site, person, profession, level, at, sat_at = row
    return _Given(item, case, reference, site, str(person), profession, level, at, sat_at)


def _latest(given: Iterable[_Given]) -> list[_Given]:
    """Keep the views of the latest sitting of each case: a case that was heard often would count often."""
    found = list(given)
    last: dict[UUID, tuple[datetime, UUID]] = {}
    for each in found:
        last[each.case] = max(last.get(each.case, (each.sat_at, each.item)), (each.sat_at, each.item))
    return [each for each in found if last[each.case] == (each.sat_at, each.item)]


def _said(given: Iterable[_Given]) -> list[Said]:
    return [each.said for each in given]


def _compared(name: str, given: Iterable[_Given], rounded: bool, *, brief: bool = False) -> Comparison:
    return agreement.compare(name, _said(given), agreement.LEVEL, rounded=rounded, brief=brief)


def _between_professions(latest: Sequence[_Given], rounded: bool) -> Iterator[Comparison]:
    """Yield each two professions next to each other; where two of one profession gave a view, the later one."""
    for one, other in combinations(sorted({each.profession for each in latest if each.profession}), 2):
        pair = [each.said for each in latest if each.profession in (one, other)]
        yield agreement.compare(
            sentence("{1} and {2}", Word(one).begins(), Word(other)),
            pair,
            agreement.LEVEL,
            by=agreement.by_profession,
            rounded=rounded,
        )


def _over_time(given: Sequence[_Given], rounded: bool) -> Iterator[Comparison]:
    """Yield each quarter in which panels sat, the earliest first."""
    quarters: dict[str, list[_Given]] = {}
    for each in sorted(given, key=lambda one: one.sat_at):
        quarters.setdefault(f"{each.sat_at.year} Q{(each.sat_at.month - 1) // 3 + 1}", []).append(each)
    for name, found in quarters.items():
        yield _compared(name, _latest(found), rounded, brief=True)


def _between_sites(given: Sequence[_Given], cards: dict[str, str], rounded: bool) -> Iterator[Comparison]:
    """Yield each site by itself, in the order of names: next to each other, never ranked."""
    for code, name in cards.items():
        yield _compared(name, _latest([each for each in given if each.site == code]), rounded, brief=True)


def _mine(actor: Actor, latest: Sequence[_Given]) -> Comparison | None:
    """Return the reader next to the colleagues: nobody else is compared by name."""
    mine = agreement.mine_and_theirs(_said(latest), agreement.LEVEL, str(actor.person))
    return agreement.compare(Word("You and the others"), mine, agreement.LEVEL) if mine else None


def _conversations(latest: Sequence[_Given], scope: Scope) -> Iterator[Conversation]:
    if not scope.names_cases:
        return
    references = {each.case: (each.reference, each.sat_at) for each in latest}
    labels = dict(agreement.LEVEL.options)
    for case, row in agreement.far_apart(_said(latest), agreement.LEVEL).items():
        reference, sat_at = references[case]
        said = tuple((Word(each.profession or "a colleague"), labels[each.answer]) for each in row)
        yield Conversation(case, reference, Word("Level before the panel"), (Point("", said),), sat_at)
