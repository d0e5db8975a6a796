"""What an allegation comes to, kept for looking up; and what people say of its behaviours."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date, datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.db.models import F, QuerySet, TextField
from django.db.models.functions import Cast

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.rows import quick_uuid
from fourfold.access.terms import Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.base import note_written
from fourfold.cases import rules
from fourfold.cases.models import BehaviourJudged, NameSound, Summary, ToldKey
from fourfold.cases.rules.gists import Person, Said, gists, of_site, work_out
from fourfold.cases.services.may_name import keep_of_site
from fourfold.cases.services.rows import _refuse
from fourfold.cases.terms import CannotStep
from fourfold.gateways.bulk import index_at_the_end, insert_values, made, room
from fourfold.intake import queries as intake
from fourfold.intake.models import Allegation, ImportRun, Version
from fourfold.intake.rules import mentioned, proposed_in
from fourfold.intake.rules.columns import NAMES_OF_EACH
from fourfold.intake.rules.feeds.read_ahead import beside, in_turn
from fourfold.intake.terms import Behaviour, ToldLast
from fourfold.linkage import queries as linkage
from fourfold.people.terms import Part

BATCH, SLAB = 2_000, 50_000
#: From so many reports on other processes work out what they come to, which take a moment to start.
LARGE = 20_000
#: Up to so many an index is made in one go, some ten seconds of a million in which nobody else writes to SQLite.
LARGEST = 1_500_000
#: What a summary is made of; the record as it came, and its words for the log, stay where they are.
READ = (
    *("site", "words", "behaviours", "occurred_from", "told_at"),
    *(f"{part}_{name}" for part in Part for name in NAMES_OF_EACH),
)
_NAMED, _EACH, _BY = READ[-2 * len(NAMES_OF_EACH) :], len(NAMES_OF_EACH), attrgetter("int")
OF_SITE = "made anew from the allegations of a site, shown to nobody"


def keep_summaries(*, actor: Actor, site: str, at: datetime, between: Callable[[], None] = lambda: None) -> int:
    """Make what is missing to look the allegations of a site up by, and return how many were made.

    Off the way of saving: an allegation is kept whether or not this ran. Batches of two thousand, each whole or not
    there, so that it goes on where it was killed. Of the imports only those are asked that kept something since all of
    theirs was found made. `between` is called after each batch, and may raise: what was made stays.
    """
    access.require(actor, Permission.ALLEGATION_VIEW, at=at, site=site)
    count, runs = 0, _runs_to_ask(site)
    most = sum(runs.values())
    with room(), _indexes_last(most), _worked_out(most, at.date()) as worked_out:
        for slab in _without_summary(site, runs):
            for packed in worked_out(_read_said(slab)):
                count += _keep_missing(actor, site, packed, at, of_many=most >= LARGE)
                between()
        for batch in _told_again(site, runs):
            with audit.recorded(actor, "gists.renewed", at=at, operation=Operation.COMBINATION) as entry:
                Summary.objects.unscoped(OF_SITE).filter(allegation__in=batch).delete()
                _keep(gists(_said(batch), at.date()).packed, again=True)
                entry.more = {"site": site, "rows": len(batch)}
            count += len(batch)
            between()
        for batch in _without_keys(site):
            with audit.recorded(actor, "gists.keyed", at=at, operation=Operation.COMBINATION) as entry:
                _keep_keys(gists(_said(batch), at.date()).keys, again=True)
                Summary.objects.unscoped(OF_SITE).filter(allegation__in=batch).update(keyed=True)
                entry.more = {"site": site, "rows": len(batch)}
            between()
    if most >= LARGE:
        keep_of_site(site)
    if runs:
        with audit.recorded(actor, "gists.complete", at=at, operation=Operation.COMBINATION) as entry:
            for run, accepted in runs.items():
                ImportRun.objects.filter(pk=run, searchable__lt=accepted).update(searchable=accepted)
            entry.more = {"site": site, "imports": len(runs)}
    return count


def not_searchable(*, actor: Actor, site: str, at: datetime) -> Iterator[UUID]:
    """Yield what `keep_summaries` would make anything for: what came or was told again since it was last whole."""
    access.require(actor, Permission.ALLEGATION_VIEW, at=at, site=site)
    runs, missing = _runs_to_ask(site), Allegation.objects.unscoped(OF_SITE).filter(summary__isnull=True)
    yield from _of(site, missing.filter(run__isnull=True).values_list("site", "pk"))
    for run in runs:
        yield from list(missing.filter(site=site, run=run).values_list("pk", flat=True))
    yield from _ids_told_again(site, runs)


def _runs_to_ask(site: str) -> dict[UUID, int]:
    """Return how many rows each import has kept by now that kept more than were last found searchable.

    Asked before anything is made: what comes meanwhile stands above this mark, and is asked for the next time.
    """
    runs = ImportRun.objects.filter(site=site, accepted__gt=F("searchable"))
    return dict(runs.values_list("pk", "accepted"))


@contextmanager
def _indexes_last(most: int) -> Iterator[None]:
    """Have the indexes of a first file of many reports made once it is in."""
    with ExitStack() as stack:
        for model, names in ((ToldKey, ("told_by_key", "told_by_report")), (NameSound, ("heard_by_sound",))):
            if most >= LARGE:
                stack.enter_context(index_at_the_end(model, *names, leaves=most <= LARGEST))
        yield


@contextmanager
def _worked_out(most: int, on: date) -> Iterator[Callable[[Iterable[Sequence[Said]]], Iterator[Packed]]]:
    """Give what works out the rows of batches for their tables: other processes where there may be many."""
    if most < LARGE:
        yield lambda batches: (gists(batch, on).packed for batch in batches)
        return
    with beside(work_out, on) as pipes:
        yield lambda batches: in_turn(pipes, batches)


def _said(batch: Sequence[Allegation], versions: Mapping[UUID, ToldLast] | None = None) -> list[Said]:
    """Return some allegations as their latest versions tell them, with what people said of their behaviours.

    `versions`: the latest ones, where the caller has read them.
    """
    ids = [row.pk for row in batch if getattr(row, "said_more", True)]
    versions = intake.told_last(ids) if versions is None and ids else versions or {}
    judged = _judged([row.pk for row in batch])
    return [
        Said(
            pk=first.pk.hex,
            site=first.site,
            at=row.occurred_from or row.told_at,
            words=row.words,
            behaviours=row.behaviours,
            people=(people := _people(row)),
            first=people if row is first else _people(first),
            version=versions[row.pk].number if row.pk in versions else 1,
            judged=judged.get(row.pk, {}),
        )
        for first, row in zip(batch, intake.as_told_last(batch), strict=True)
    ]


def _people(row: Allegation) -> tuple[Person, Person]:
    victim, subject = ((_COLUMNS[part](row), tuple(row.known_by.get(part, ()))) for part in Part)
    return victim, subject


_COLUMNS = {part: attrgetter(*(f"{part}_{name}" for name in NAMES_OF_EACH)) for part in Part}
Packed = tuple[tuple[str, ...], list[tuple[Any, ...]], list[Any], list[Any]]
"""The columns of the summaries; rows of summaries, of sounds and of keys."""


def _keep_missing(
    actor: Actor, site: str, packed: Packed, at: datetime, *, of_many: bool = False, looks: int = 0
) -> int:
    """Keep what some allegations come to, but for those of which somebody's own decision has kept it since they were read.

    Which these are is looked at where the database refuses a second one: hardly ever. It is looked at twice at most.
    `of_many`: which cases they may name is kept once all are there.
    """
    columns, summaries, *others = packed
    if not summaries:
        return 0  # whatever they were is not there any more
    try:
        with audit.recorded(actor, "gists.kept", at=at, operation=Operation.COMBINATION) as entry:
            place = columns.index("allegation_id")
            rows, (sounds, keys) = summaries, others
            if looks:
                kept = Summary.objects.unscoped(OF_SITE).filter(allegation__in=[row[place] for row in summaries])
                there = {pk.hex for pk in kept.values_list("allegation_id", flat=True)}
                sounds, keys = (
                    [row for row in rows if row[of] not in there] for rows, of in zip(others, (1, 2), strict=True)
                )
                rows = [row for row in summaries if row[place] not in there]
            _keep((columns, rows, sounds, keys), of_many=of_many)
            entry.more = {"site": site, "rows": len(rows)}
    except IntegrityError:
        if looks < 2:
            return _keep_missing(actor, site, packed, at, of_many=of_many, looks=looks + 1)
        raise
    return len(rows)


def _keep(packed: Packed, *, again: bool = False, of_many: bool = False) -> None:
    """Keep what some allegations come to; `again`: some were made before, so that keys may be there."""
    columns, summaries, sounds, keys = packed
    insert_values(Summary, columns, summaries)
    insert_values(NameSound, ("id", "summary_id", "part", "sound", "other_name"), sounds)
    _keep_keys(keys, again=again, of_many=of_many)


def _keep_keys(keys: Sequence[tuple[int, int, str]], *, again: bool, of_many: bool = False) -> None:
    """Keep under which keys reports are looked for; those of an earlier version stay, for they find what was told."""
    if again:
        kept = ToldKey.objects.filter(allegation__in={pk for *_, pk in keys})  # by nothing else
        before = {(key, pk.hex) for key, pk in kept.values_list("key", "allegation")}
        keys = [key for key in keys if (key[0], key[2]) not in before]
    insert_values(ToldKey, ("key", "strength", "allegation"), keys)
    if not of_many:
        note_written(ToldKey, ((quick_uuid(pk), None) for pk in {pk for *_, pk in keys}))


def _at(site: str, numbers: Iterable[int]) -> list[int]:
    """Return the keys of what a site's reports tell: of two sites never the same."""
    return [number ^ of_site(site) for number in numbers]


def may_tell(site: str, numbers: Iterable[int]) -> Sequence[UUID]:
    """Return every report of a site that may tell what these numbers stand for, and each of which no keys are kept yet."""
    keys, missing = _at(site, numbers), Allegation.objects.unscoped(OF_SITE).filter(summary__isnull=True)
    found = {*_of(site, missing.filter(run__isnull=True).values_list("site", "pk")), *_of(site, _not_keyed())}
    for run in _runs_to_ask(site):
        found.update(missing.filter(site=site, run=run).values_list("pk", flat=True))
    for start in range(0, len(keys), BATCH):
        told = ToldKey.objects.filter(key__in=keys[start : start + BATCH], strength=0)
        found.update(told.values_list("allegation", flat=True))
    return sorted(found)


def _judged(reports: Sequence[UUID]) -> dict[UUID, dict[str, bool]]:
    if not reports:
        return {}
    standing = BehaviourJudged.objects.unscoped(OF_SITE).filter(undone_at__isnull=True)
    # quicker asked than two thousand
    standing = standing.filter(allegation__gte=min(reports, key=_BY), allegation__lte=max(reports, key=_BY))
    found: dict[UUID, dict[str, bool]] = defaultdict(dict)
    for pk, behaviour, shown in standing.order_by("judged_at").values_list("allegation_id", "behaviour", "shown"):
        found[pk][behaviour] = shown
    return found


def keep_summaries_of(*, actor: Actor, site: str, allegations: Sequence[UUID], at: datetime) -> int:
    """Make what is missing to look some allegations of a site up by, and return how many were made: for rows just kept."""
    access.require(actor, Permission.ALLEGATION_VIEW, at=at, site=site)
    rows = Allegation.objects.unscoped(OF_SITE).filter(pk__in=allegations, site=site, summary__isnull=True)
    batch = list(rows.only(*READ).order_by("pk"))
    if batch:
        with audit.recorded(actor, "gists.kept", at=at, operation=Operation.COMBINATION) as entry:
            _keep(gists(_said(batch), at.date()).packed)
            entry.more = {"site": site, "rows": len(batch)}
    return len(batch)


def keep_summary(*, actor: Actor, allegation: Allegation, at: datetime) -> Summary:
    """Make what one allegation is looked up by, as its latest version tells it; where that is there, nothing happens."""
    linkage.require_told(actor, allegation, at=at)
    kept = _summaries_of(allegation).first()
    versions = intake.told_last([allegation.pk])
    latest = versions.get(allegation.pk)
    if kept is not None and kept.version >= (latest.number if latest else 1):
        return kept
    action = "gists.kept" if kept is None else "gists.renewed"
    with audit.recorded(actor, action, at=at, operation=Operation.COMBINATION, file=allegation.pk):
        if kept is not None:
            _summaries_of(allegation).delete()
        return _keep_one(allegation, at, again=kept is not None, versions=versions)


def _keep_one(
    allegation: Allegation, at: datetime, *, again: bool = False, versions: Mapping[UUID, ToldLast] | None = None
) -> Summary:
    found = gists(_said([allegation], versions), at.date())
    _keep(found.packed, again=again)
    kept = made(Summary, found.summaries[0] | {"id": allegation.pk, "allegation_id": allegation.pk})
    kept._state.adding = False
    kept.allegation = allegation
    return kept


def _summaries_of(allegation: Allegation) -> QuerySet[Summary]:
    return Summary.objects.unscoped("the allegation was opened").filter(allegation=allegation)


def _without_summary(site: str, runs: Iterable[UUID]) -> Iterator[list[UUID]]:
    """Yield what has no summary yet, of some imports and of what no import brought; which these are is asked for a great
    many at once, and again from there on when they are made: from the first one of a million, that took a minute."""
    missing = Allegation.objects.unscoped(OF_SITE).filter(summary__isnull=True)
    yield _of(site, missing.filter(run__isnull=True).values_list("site", "pk"))
    for run in runs:
        wanted = of_run = missing.filter(site=site, run=run).order_by("row_number")
        while slab := list(wanted.values_list("row_number", "pk")[:SLAB]):
            yield sorted((pk for _, pk in slab), key=_BY)
            wanted = of_run.filter(row_number__gte=slab[-1][0] or 0)


def _of(site: str, found: Iterable[tuple[str, UUID]]) -> list[UUID]:
    """Return what is a site's of a few rows, in order; asked for with the site, SQLite goes through all that is there."""
    return sorted({pk for of, pk in found if of == site})


def _read(wanted: Sequence[UUID]) -> Iterator[list[Allegation]]:
    """Yield allegations by the batch; by nothing but their identifiers, or a database may go through all of a site's."""
    rows = intake.with_whether_said_more(Allegation.objects.unscoped(OF_SITE)).order_by("pk")
    columns = ("id", *READ, "said_more")
    for start in range(0, len(wanted), BATCH):
        read = rows.filter(pk__in=wanted[start : start + BATCH]).values_list(*columns)
        yield [made(Allegation, dict(zip(columns, row, strict=True))) for row in read]


def _read_said(wanted: Sequence[UUID]) -> Iterator[list[Said]]:
    """Yield what allegations say by the batch: as texts, where nothing was said of them since, for most are of a feed."""
    rows = intake.with_whether_said_more(Allegation.objects.unscoped(OF_SITE)).order_by("pk")
    texts = (Cast(each, TextField()) for each in ("id", "behaviours", "occurred_from", "told_at"))
    read: tuple[Any, ...] = ("said_more", "site", "words", *texts, *_NAMED)
    for start in range(0, len(wanted), BATCH):
        batch = wanted[start : start + BATCH]
        found, judged = rows.filter(pk__in=batch).values_list(*read), _judged(batch)
        more, told = [], []
        for said_more, of, words, text, behaviours, occurred, at, *names in found:
            if said_more or judged:
                more.append(UUID(text))
                continue
            people = (tuple(names[:_EACH]), ()), (tuple(names[_EACH:]), ())
            shown = () if behaviours == "[]" else json.loads(behaviours)
            told.append(Said(text.replace("-", ""), of, occurred or at, words, shown, people, people, 1, {}))
        yield told + [said for some in _read(more) for said in _said(some)]


def _told_again(site: str, runs: Iterable[UUID]) -> Iterator[list[Allegation]]:
    """Yield by the batch what has a summary of an earlier version than some imports brought."""
    yield from _read(_ids_told_again(site, runs))


def _ids_told_again(site: str, runs: Iterable[UUID]) -> list[UUID]:
    later = Version.objects.unscoped(OF_SITE).filter(run__in=list(runs), allegation__site=site)
    later = later.filter(number__gt=F("allegation__summary__version"))
    return sorted(set(later.values_list("allegation_id", flat=True)))


def _without_keys(site: str) -> Iterator[list[Allegation]]:
    """Yield by the batch what has a summary from before keys were kept."""
    yield from _read(_of(site, _not_keyed()))


def _not_keyed() -> Iterable[tuple[str, UUID]]:
    return Summary.objects.unscoped(OF_SITE).filter(keyed=False).values_list("allegation__site", "allegation_id")


# ---- behaviours ----------------------------------------------------------------------------------------------------


def judge_behaviour(
    *, actor: Actor, allegation: Allegation, behaviour: Behaviour, shown: bool, at: datetime, reason: str = ""
) -> BehaviourJudged:
    """Keep that an allegation shows a behaviour, or does not, with the very words; word rules only propose it.

    Also a behaviour that no rule proposed can be confirmed. Raises CannotStep where it was judged already, or where
    what the teller recorded is rejected without a reason.
    """
    linkage.open_allegation(actor, allegation, at=at)
    access.require(actor, Permission.ALLEGATION_SCREEN, at=at, site=allegation.site)
    _refuse(rules.why_not_judge(behaviour, shown=shown, told=allegation.behaviours, reason=reason))
    if _standing(allegation).filter(behaviour=behaviour).exists():
        raise CannotStep("behaviour", "Somebody has already answered this. Undo that first.")
    action = "behaviour.confirmed" if shown else "behaviour.rejected"
    with audit.recorded(actor, action, at=at, file=allegation.pk) as entry:
        judged = BehaviourJudged.objects.create(
            allegation=allegation,
            behaviour=behaviour,
            shown=shown,
            evidence=_very_words(allegation, behaviour),
            reason=reason.strip()[:300],
            judged_at=at,
            judged_by=actor.staff,
            **access_queries.held_by(actor, "desk", at=at),
        )
        _renew(allegation, at)
        return entry.about(judged)


def undo_behaviour(*, actor: Actor, judged: BehaviourJudged, reason: str, at: datetime) -> BehaviourJudged:
    """Undo what was said of a behaviour; what the words propose stands again. The row stays, with who undid it and why."""
    linkage.open_allegation(actor, judged.allegation, at=at)
    access.require(actor, Permission.ALLEGATION_SCREEN, at=at, site=judged.allegation.site)
    if not reason.strip():
        raise CannotStep("undo_reason", "Say why you undo this.")
    with audit.recorded(actor, "behaviour.undone", at=at, file=judged.allegation_id) as entry:
        undone = {"undone_at": at, "undone_by": actor.staff, "undone_because": reason.strip()[:300]}
        if not _standing(judged.allegation).filter(pk=judged.pk).update(**undone):
            raise CannotStep("undo_reason", "Somebody has already undone this. Open the page again.")
        judged.refresh_from_db()
        _renew(judged.allegation, at)
        return entry.about(judged)


def _standing(allegation: Allegation) -> QuerySet[BehaviourJudged]:
    return BehaviourJudged.objects.unscoped("the allegation was opened").filter(
        allegation=allegation, undone_at__isnull=True
    )


def _very_words(allegation: Allegation, behaviour: Behaviour) -> str:
    found = (one for one in mentioned(allegation.words) if one.behaviour is behaviour)
    return " · ".join(dict.fromkeys(allegation.words[one.start : one.end] for one in found))[:300]


def _renew(allegation: Allegation, at: datetime) -> None:
    """Let the behaviours kept for lists follow what was judged, in the words of the latest version."""
    kept = _summaries_of(allegation).first()
    if kept is None:
        _keep_one(allegation, at)
        return
    [now] = intake.as_told_last([allegation])
    judged = _judged([allegation.pk]).get(allegation.pk, {})
    kept.kinds = list(rules.kinds(now.behaviours, proposed_in(mentioned(now.words)), judged))
    kept.save(update_fields=["kinds"])
