"""What an allegation comes to, kept for looking up; and what people say of its behaviours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import F, QuerySet

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.cases import rules
from fourfold.cases.models import BehaviourJudged, NameSound, Summary, ToldKey
from fourfold.cases.services.rows import _refuse
from fourfold.cases.terms import CannotStep
from fourfold.gateways.bulk import insert_rows, insert_values, made, room
from fourfold.intake import queries as intake
from fourfold.intake.models import Allegation, ImportRun, Version
from fourfold.intake.rules import mentioned, proposed_in, signs_in
from fourfold.intake.rules.columns import NAMES_OF_EACH
from fourfold.intake.rules.exchanged import numbers_of
from fourfold.intake.services.on_record import pair_of
from fourfold.intake.terms import Behaviour, KnownKind, ToldLast
from fourfold.linkage import queries as linkage
from fourfold.linkage.terms import Traits
from fourfold.people.rules import name_words, sound_key, sound_keys
from fourfold.people.rules.phonetics import sound_of
from fourfold.people.rules.search_keys import number_of
from fourfold.people.terms import MarkKind, Part

BATCH, SLAB = 2_000, 50_000
MOST_SOUNDS = 6
OTHER_NAMES = (KnownKind.ALIAS, KnownKind.FORMER_SURNAME)
#: What a summary is made of; the record as it came, and its words for the log, stay where they are.
READ = (
    *("site", "words", "behaviours", "occurred_from", "told_at"),
    *(f"{part}_{name}" for part in Part for name in NAMES_OF_EACH),
)
OF_SITE = "made anew from the allegations of a site, shown to nobody"


def keep_summaries(*, actor: Actor, site: str, at: datetime, between: Callable[[], None] = lambda: None) -> int:
    """Make what is missing to look the allegations of a site up by, and return how many were made.

    Off the way of saving: an allegation is kept whether or not this ran. Batches of two thousand, each whole or not
    there, so that it goes on where it was killed. Of the imports only those are asked that kept something since all of
    theirs was found made. `between` is called after each batch, and may raise: what was made stays.
    """
    access.require(actor, Permission.ALLEGATION_VIEW, at=at, site=site)
    count, runs = 0, _runs_to_ask(site)
    with room():
        for batch in _without_summary(site, runs):
            with audit.recorded(actor, "gists.kept", at=at, operation=Operation.COMBINATION) as entry:
                _keep(batch, at)
                entry.more = {"site": site, "rows": len(batch)}
            count += len(batch)
            between()
        for batch in _told_again(site, runs):
            with audit.recorded(actor, "gists.renewed", at=at, operation=Operation.COMBINATION) as entry:
                Summary.objects.unscoped(OF_SITE).filter(allegation__in=batch).delete()
                _keep(batch, at, again=True)
                entry.more = {"site": site, "rows": len(batch)}
            count += len(batch)
            between()
        for batch in _without_keys(site):
            with audit.recorded(actor, "gists.keyed", at=at, operation=Operation.COMBINATION) as entry:
                _keep_keys(batch, [(row, _people(row, at)) for row in intake.as_told_last(batch)], again=True)
                Summary.objects.unscoped(OF_SITE).filter(allegation__in=batch).update(keyed=True)
                entry.more = {"site": site, "rows": len(batch)}
            between()
    if runs:
        with audit.recorded(actor, "gists.complete", at=at, operation=Operation.COMBINATION) as entry:
            for run, accepted in runs.items():
                ImportRun.objects.filter(pk=run, searchable__lt=accepted).update(searchable=accepted)
            entry.more = {"site": site, "imports": len(runs)}
    return count


def _runs_to_ask(site: str) -> dict[UUID, int]:
    """Return how many rows each import has kept by now that kept more than were last found searchable.

    Asked before anything is made: what comes meanwhile stands above this mark, and is asked for the next time.
    """
    runs = ImportRun.objects.filter(site=site, accepted__gt=F("searchable"))
    return dict(runs.values_list("pk", "accepted"))


def _keep(
    batch: Sequence[Allegation], at: datetime, *, again: bool = False, versions: Mapping[UUID, ToldLast] | None = None
) -> Sequence[Summary]:
    """Make the summaries of some allegations as their latest versions tell them, and what people said of their behaviours.

    `again`: some were made before, so that keys may be there. `versions`: the latest ones, where the caller has read them.
    """
    ids = [row.pk for row in batch]
    versions, judged = intake.told_last(ids) if versions is None else versions, _judged(ids)
    made, told = [], [(row, _people(row, at)) for row in intake.as_told_last(batch)]
    for row, people in told:
        summary = _summary(row, people)
        summary.version = versions[row.pk].number if row.pk in versions else 1
        if row.pk in judged:
            summary.kinds = list(rules.kinds(row.behaviours, proposed_in(mentioned(row.words)), judged[row.pk]))
        made.append(summary)
    summaries = insert_rows(made)
    insert_values(NameSound, _SOUNDS, [sound for summary in summaries for sound in _sound_rows(summary)])
    _keep_keys(batch, told, again=again)
    return summaries


Told = tuple[Allegation, Mapping[Part, Traits]]


def _people(row: Allegation, at: datetime) -> Mapping[Part, Traits]:
    return {part: linkage.told_of(row, part, on=at.date()) for part in Part}


def _keep_keys(batch: Sequence[Allegation], told: Sequence[Told], *, again: bool) -> None:
    """Keep under which keys reports are looked for; those of an earlier version stay, for they find what was told.

    Rows of a feed are held against what was told first.
    """
    keys = [key for row, people in told for key in _told_keys(row, people)]
    keys += [(number, 0, row.pk.hex) for row in batch for number in _at(row.site, numbers_of(pair_of(row)))]
    if again:
        kept = ToldKey.objects.filter(allegation__in=[row.pk for row in batch])  # by nothing else
        before = {(key, pk.hex) for key, pk in kept.values_list("key", "allegation")}
        keys = [key for key in keys if (key[0], key[2]) not in before]
    insert_values(ToldKey, ("key", "strength", "allegation"), sorted(keys))  # in the order of the index, page by page


def _told_keys(row: Allegation, people: Mapping[Part, Traits]) -> Iterator[tuple[int, int, str]]:
    for part, told in people.items():
        for number, strength in linkage.numbers_of(row.site, part, told).items():
            yield number, strength, row.pk.hex


_SOUNDS = ("id", "summary_id", "part", "sound", "other_name")


def _at(site: str, numbers: Iterable[int]) -> list[int]:
    """Return the keys of what a site's reports tell: of two sites never the same."""
    return [number ^ of_site for of_site in [number_of(site, "", "told", "")] for number in numbers]


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


def _judged(allegations: Sequence[UUID]) -> dict[UUID, dict[str, bool]]:
    standing = BehaviourJudged.objects.unscoped(OF_SITE).filter(allegation__in=allegations, undone_at__isnull=True)
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
            _keep(batch, at)
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
        [made] = _keep([allegation], at, again=kept is not None, versions=versions)
        return made


def _summaries_of(allegation: Allegation) -> QuerySet[Summary]:
    return Summary.objects.unscoped("the allegation was opened").filter(allegation=allegation)


def _sound_rows(summary: Summary) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield as rows how each name of an allegation sounds: the family name as a whole, and every word of the name.

    Then how their other names sound, as far as the name does not sound so itself.
    """
    told = summary.allegation
    pks = _beside(summary.pk)
    for part, name in ((Part.VICTIM, told.victim_name), (Part.SUBJECT, told.subject_name)):
        known: set[str] = set()
        for other in ("", *_other_names(told, part)):
            for sound in _sounds(other or name):
                if sound not in known:
                    known.add(sound)
                    yield next(pks), summary.pk.hex, part.value, sound, other


def _beside(pk: UUID) -> Iterator[str]:
    """Yield identifiers that sort beside one: what is written together then lies in one page, by the million too.

    There are 4,096; nobody has so many names.
    """
    return (f"{pk.hex[:-3]}{number:03x}" for number in range(0x1000))


def _other_names(told: Allegation, part: Part) -> tuple[str, ...]:
    """Return the aliases and former surnames of a person as they were told, a single word among them."""
    return tuple(each.value for each in told.known_by.get(part, ()) if each.kind in OTHER_NAMES)


def _sounds(name: str) -> tuple[str, ...]:
    return sound_keys(name)[:MOST_SOUNDS] if rules.names_somebody(name) else ()


def _without_summary(site: str, runs: Iterable[UUID]) -> Iterator[list[Allegation]]:
    """Yield what has no summary yet, of some imports and of what no import brought, by the batch; which these are is
    asked once for a great many."""
    missing = Allegation.objects.unscoped(OF_SITE).filter(summary__isnull=True)
    yield from _read(_of(site, missing.filter(run__isnull=True).values_list("site", "pk")))
    for run in runs:
        while slab := sorted(missing.filter(site=site, run=run).values_list("pk", flat=True)[:SLAB]):
            yield from _read(slab)


def _of(site: str, found: Iterable[tuple[str, UUID]]) -> list[UUID]:
    """Return what is a site's of a few rows, in order; asked for with the site, SQLite goes through all that is there."""
    return sorted({pk for of, pk in found if of == site})


def _read(wanted: Sequence[UUID]) -> Iterator[list[Allegation]]:
    """Yield allegations by the batch; by nothing but their identifiers, or a database may go through all of a site's."""
    rows = Allegation.objects.unscoped(OF_SITE)
    for start in range(0, len(wanted), BATCH):
        yield list(rows.filter(pk__in=wanted[start : start + BATCH]).only(*READ).order_by("pk"))


def _told_again(site: str, runs: Iterable[UUID]) -> Iterator[list[Allegation]]:
    """Yield by the batch what has a summary of an earlier version than some imports brought."""
    later = Version.objects.unscoped(OF_SITE).filter(run__in=list(runs), allegation__site=site)
    later = later.filter(number__gt=F("allegation__summary__version"))
    yield from _read(sorted(set(later.values_list("allegation_id", flat=True))))


def _without_keys(site: str) -> Iterator[list[Allegation]]:
    """Yield by the batch what has a summary from before keys were kept."""
    yield from _read(_of(site, _not_keyed()))


def _not_keyed() -> Iterable[tuple[str, UUID]]:
    return Summary.objects.unscoped(OF_SITE).filter(keyed=False).values_list("allegation__site", "allegation_id")


def _summary(row: Allegation, people: Mapping[Part, Traits]) -> Summary:
    victim, subject = people[Part.VICTIM], people[Part.SUBJECT]
    mentions = mentioned(row.words)
    summary = made(
        Summary,
        {
            "id": row.pk,
            "allegation_id": row.pk,
            "keyed": True,
            "happened_at": row.occurred_from or row.told_at,
            "kinds": list(rules.kinds(row.behaviours, proposed_in(mentions), {})),
            "dangers": [str(sign) for sign in signs_in(mentions)],
            "victim_other_sound": _other_sound(victim.name),
            "subject_vehicle": _key(subject, MarkKind.VEHICLE),
            "victim_marks": _marks(victim),
            "subject_marks": _marks(subject),
            **_keys("victim", victim),
            **_keys("subject", subject),
        },
    )
    summary.allegation = row
    return summary


def _keys(part: str, told: Traits) -> dict[str, object]:
    return {
        f"{part}_sound": sound_key(told.name) if told.name else "",
        f"{part}_birth_on": told.birth_on,
        **{f"{part}_{kind}": _key(told, kind) for kind in (MarkKind.PHONE, MarkKind.EMAIL, MarkKind.ADDRESS)},
    }


def _other_sound(name: str) -> str:
    """Return how the first word of a name sounds, for a report that has the names the wrong way round."""
    words = name_words(name)
    return sound_of(words[0])[:40] if words else ""


def _key(told: Traits, kind: MarkKind) -> str:
    return min(told.of(kind), default="")[:120]


def _marks(told: Traits) -> list[list[str]]:
    """Return as JSON holds it what somebody may have several of: cars, accounts, other names."""
    return sorted([str(kind), key] for kind, key in told.marks if kind in rules.SEVERAL)


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
        _keep([allegation], at)
        return
    [now] = intake.as_told_last([allegation])
    judged = _judged([allegation.pk]).get(allegation.pk, {})
    kept.kinds = list(rules.kinds(now.behaviours, proposed_in(mentioned(now.words)), judged))
    kept.save(update_fields=["kinds"])
