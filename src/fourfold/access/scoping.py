"""A list of protected rows cannot be started without saying for whom.

The guard is not a policy: it makes a forgotten scope a crash in the first test instead of a leak in the field.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any, Self, TypeVar
from uuid import UUID

from django.db import models
from django.db.models import F, OuterRef, Q, TextField

from fourfold.access.conditions import Among, AsIndexed, Here, Holds, IsThere, Made, among, listed, made, says
from fourfold.access.models import Agreement, Grant, Relation, Wall
from fourfold.access.roles import casework_sites
from fourfold.access.signatories import records_of
from fourfold.access.statements import ASKS, Asks, Blank, asked_by, stands_at
from fourfold.access.stood import as_it_stood
from fourfold.access.terms import KEPT_OUT, OWN_COMPARTMENTS, Compartment, Opened, PartnerKind, Role, Unscoped, day_of
from fourfold.audit.terms import Actor
from fourfold.base import NotedQuerySet

Model = TypeVar("Model", bound=models.Model)
Opening = TypeVar("Opening", Grant, Agreement)


class ScopedQuerySet(NotedQuerySet[Model]):
    """A queryset that refuses to run until it has a scope.

    A model names in `FILE_PATH` the path from its rows to the file that protects them. A model that has `SITE_PATH`
    too (allegations, people's records) is open to its site's unit without a grant for each row.
    """

    _scope: str | None = None

    def visible_to(self, actor: Actor, *, at: datetime, part: Compartment | None = None, many: bool = False) -> Self:
        """Keep the rows whose file this actor may open at this moment, and with it this part; `many`: of thousands of rows of a
        desk what keeps them out is read once."""
        if not may_open_files(actor):
            return self._scoped("actor").none()
        path, site = getattr(self.model, "FILE_PATH", "pk"), getattr(self.model, "SITE_PATH", None)
        if site is None:
            door = _opened_with(actor, part, at) if part else _visible_to(actor, at)
            return self._scoped("actor").filter(Holds(door, file=path))
        if part is not None:
            raise TypeError("a part of a case is asked for, of rows that stand at a desk")
        at_site = Holds(_visible_at_site(actor, at, many), file=path, site=site, controller="controller")
        return self._scoped("actor").filter(at_site, **{f"{site}__in": sorted(casework_sites(actor))})

    def of(self, opened: Opened) -> Self:
        """Keep the rows of a file that has been opened for this actor already; of one that was handed over, those of then."""
        rows = self._scoped("opened").filter(**{getattr(self.model, "FILE_PATH", "pk"): opened.file})
        if opened.as_of is None:
            return rows
        if _is_dated(self.model):
            rows = rows.filter(recorded_at__lte=opened.as_of)
        as_it_stood(rows, opened.as_of)
        return rows

    def unscoped(self, why: str) -> Self:
        """Run for no one in particular; `why` is said in the code and read in review."""
        return self._scoped(why)

    def seen(self) -> Self:
        """Keep what may be seen on the page that is made: where it opened a file that was handed over, what stood then."""
        then = stands_at()
        if then is None:
            return self
        rows = self.filter(recorded_at__lte=then)
        as_it_stood(rows, then)
        return rows

    def _scoped(self, scope: str) -> Self:
        clone: Self = self._chain()  # type: ignore[attr-defined]
        clone._scope = scope
        return clone

    def _clone(self) -> Self:
        clone: Self = super()._clone()  # type: ignore[misc]
        clone._scope = self._scope
        return clone

    def _require_scope(self) -> None:
        if self._scope is None:
            raise Unscoped(f"{self.model.__name__}: start this list with visible_to(actor) or of(opened)")

    def _fetch_all(self) -> None:
        self._require_scope()
        super()._fetch_all()

    def iterator(self, *args: Any, **kwargs: Any) -> Any:
        self._require_scope()
        return super().iterator(*args, **kwargs)

    def count(self) -> int:
        self._require_scope()
        return super().count()

    def exists(self) -> bool:
        self._require_scope()
        return super().exists()

    def aggregate(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        self._require_scope()
        return super().aggregate(*args, **kwargs)

    def update(self, **kwargs: Any) -> int:
        self._require_scope()
        return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        self._require_scope()
        return super().delete()


def _is_dated(model: type[models.Model]) -> bool:
    return any(field.name == "recorded_at" for field in model._meta.get_fields())


#: Being named so puts a person on the case's team; the other relations open a compartment, never the case as such.
ON_THE_TEAM = ("oic", "advocate", "clinician_of_victim", "clinician_of_subject", "outreach")


def may_open_files(actor: Actor) -> bool:
    """Return whether nothing about the person or the session, whatever the file, keeps every file closed."""
    strong = actor.strength != "password" and bool(actor.purpose)
    return actor.active and actor.vouched and actor.trained and strong and not actor.has_role(Role.SYSTEM_ADMINISTRATOR)


def _sites(actor: Actor) -> tuple[str, ...]:
    return tuple(sorted(casework_sites(actor)))


@lru_cache(maxsize=256)  # a page asks the same a dozen times, for one person at one moment
def _visible_to(actor: Actor, at: datetime) -> Made:
    has_own_core = Compartment.CORE in OWN_COMPARTMENTS.get(PartnerKind(actor.partner_kind), ())
    return _visible(_sites(actor), has_own_core).filled(asked_by(actor, at))


@lru_cache(maxsize=256)
def _visible_at_site(actor: Actor, at: datetime, many: bool) -> Made:
    return _held_at_site(many).filled(asked_by(actor, at))


@lru_cache(maxsize=256)
def _visible(sites: tuple[str, ...], has_own_core: bool) -> Made:
    """Make the condition that a grant to the asker's partner, or a relation to the asker, opens the file; and no wall stands."""
    # What was handed to another unit is read by its name until that ends, and stands in no list.
    kept = Q(running(ASKS.at), handed_at__isnull=True)
    grants = _with_core(Grant.objects.filter(kept, _covered(), file=Here(), partner=ASKS.partner))
    in_the_unit = made(grants.filter(site__in=sites))
    named = made(Relation.objects.filter(kept, file=Here(), staff_id=ASKS.staff, kind__in=ON_THE_TEAM))
    if not has_own_core:
        named = named.joined("AND", made(grants))
    return in_the_unit.joined("OR", named).without(_walled())


@lru_cache(maxsize=2)
def _held_at_site(many: bool) -> Made:
    """Make the condition that the asker's partner holds a row of their unit, has agreed or was granted it; and no wall stands."""
    agreed = Agreement.objects.filter(in_force(ASKS), site=Here("site", TextField()), partner=ASKS.partner)
    granted = _given_at_site(ASKS.partner, Here(), Here("site", TextField()), ASKS.at)
    held = says("controller", ASKS.partner).joined("OR", made(_with_core(agreed)))
    held = held.joined("OR", made(_with_core(granted)))
    return held.without(listed(_walled()) if many else _walled())


def opens_row(actor: Actor, *, at: datetime) -> Holds:
    """Return the condition by which `visible_to` keeps a row of a desk of the actor's, for a list that tells it of each row."""
    door = _visible_at_site(actor, at, False) if may_open_files(actor) else Made("1 = 0", ())
    return Holds(door, file="pk", site="site", controller="controller")


def _given_at_site(partner: Any, file: Any, site: Any, at: Any) -> models.QuerySet[Grant]:
    """Return the grants that open a record of a site's desk to a partner, which neither holds it nor has agreed."""
    return Grant.objects.filter(
        running(at), file=file, site=site, partner=partner, agreement__isnull=True, handed_at__isnull=True
    )


def _covered() -> Q:
    """Return the condition that a grant needs no agreement, or that its agreement is in force: looked at where it has one."""
    return Q(agreement__isnull=True) | Q(IsThere(Agreement.objects.filter(in_force(ASKS), pk=OuterRef("agreement"))))


def open_at_site(actor: Actor, file: UUID, site: str, *, at: datetime) -> list[Agreement] | list[Grant]:
    """Return the agreements, or else the grants, that open another partner's record at a desk."""
    agreed = list(Agreement.objects.filter(in_force(at), site=site, partner=actor.partner))
    return agreed or list(_given_at_site(actor.partner, file, site, at))


def opens(actor: Actor, compartment: Compartment, path: str = "pk", *, at: datetime) -> Holds:
    """Return the condition that a grant to the actor's unit, in force at this moment, opens a compartment of the file."""
    return Holds(_opens(actor, compartment, at), file=path)


def opened_at_once(
    actor: Actor, compartment: Compartment, column: str, *, at: datetime, few: bool = False
) -> tuple[str, tuple[Any, ...]]:
    """Return the text and values of that the actor may open a file and this part of it, for a count of thousands of files,
    or of a `few`."""
    if not may_open_files(actor):
        return "1 = 0", ()
    either = _opened_with(actor, compartment, at)
    either = either if few else listed(either)
    return either.of(file=column), either.parameters


@lru_cache(maxsize=256)
def _opened_with(actor: Actor, compartment: Compartment, at: datetime) -> Made:
    """Make the condition that the actor may open a file and this part of it: mostly by one grant, and no other is looked for."""
    both = _visible_to(actor, at).joined("AND", _opens(actor, compartment, at))
    by_one = _granted(_sites(actor), compartment, Compartment.CORE).without(_walled())
    return by_one.filled(asked_by(actor, at)).joined("OR", both)


def all_open(actor: Actor, compartment: Compartment, grants: Iterable[tuple[str, str, int]]) -> bool | None:
    """Return whether grants in force, each of a site and a partner for some compartments, open a file and this part of it
    to an actor from whom nothing keeps it; None where that turns on whether they are named in it. As `opened_at_once` asks."""
    sites = casework_sites(actor)
    parts = [parts for site, partner, parts in grants if partner == actor.partner and site in sites]
    opened, core = (any(each & part.bit for each in parts) for part in (compartment, Compartment.CORE))
    return None if opened and not core else opened


def opens_at_site(actor: Actor, compartment: Compartment, *, at: datetime) -> Q:
    """Return the condition that the actor's agency holds a row of a site's, or has agreed to see this part of it."""
    agreed = Agreement.objects.filter(in_force(at), site=OuterRef("site"), partner=actor.partner)
    opened = agreed.annotate(part=F("compartments").bitand(compartment.bit)).filter(part__gt=0)
    return Q(controller=actor.partner) | Q(IsThere(opened))


@lru_cache(maxsize=256)
def _opens(actor: Actor, compartment: Compartment, at: datetime) -> Made:
    return _granted(_sites(actor), compartment).filled(asked_by(actor, at))


@lru_cache(maxsize=256)
def _granted(sites: tuple[str, ...], *parts: Compartment) -> Made:
    grants = Grant.objects.filter(
        running(ASKS.at), _covered(), file=Here(), partner=ASKS.partner, handed_at__isnull=True
    )
    inside = grants.filter(site__in=sites)
    wanted = sum(part.bit for part in {*parts})
    return made(inside.annotate(part=F("compartments").bitand(wanted)).filter(part=wanted))


def walled_off(actor: Actor, path: str, *, at: datetime) -> Q:
    """Return the condition that a wall, or being a party, stands between this actor and the file."""
    return Q(Holds(_walled().filled(asked_by(actor, at)), file=path))


@lru_cache(maxsize=1)
def _walled() -> Made:
    apart = Relation.objects.filter(running(ASKS.at), Among("staff", records_of(ASKS)), AsIndexed("kind", *KEPT_OUT))
    against = Wall.objects.filter(running(ASKS.at), walls_against(records_of(ASKS), ASKS.partner), file=Here())
    return made(against).joined("OR", among(apart.values("file")))


def walls_against(records: models.QuerySet[Any, Any], partner: str | OuterRef | Blank) -> Q:
    """Return which walls stand against a natural person, on whichever of their records, or against an agency of theirs.

    Who is on record with two agencies is kept out with either, under every account; so is who has left one of them.
    """
    theirs = Q(partner=partner) | Q(Among("partner", records.values("partner")))
    return Q(Among("staff", records)) | (theirs & ~Q(partner=""))


def kept_out(actor: Actor | Asks) -> Q:
    """Return which relations keep the actor out, on whichever record of theirs they were named so."""
    return Q(Among("staff", records_of(actor)), kind__in=sorted(KEPT_OUT))


def parts_of(actor: Actor | Asks) -> Q:
    """Return which relations count for the actor: this record's own, and what keeps any record of theirs out."""
    return Q(staff_id=actor.staff) | kept_out(actor)


def in_force(when: datetime | Asks, path: str = "") -> Q:
    """Return the condition that an agreement (reached by `path`) is in force: within its days, and not ended by then."""
    at, day = (when.at, when.day) if isinstance(when, Asks) else (when, day_of(when))
    ended = Q(**{f"{path}ended_at__isnull": True}) | Q(**{f"{path}ended_at__gt": at})
    return Q(**{f"{path}starts_on__lte": day, f"{path}ends_on__gte": day}) & ended


def running(at: datetime | Blank) -> Q:
    return Q(from_at__lte=at) & (Q(until_at__isnull=True) | Q(until_at__gt=at))


def _with_core(rows: models.QuerySet[Opening]) -> models.QuerySet[Opening]:
    """Keep what opens the core, without which no file opens at all."""
    return rows.annotate(opens_core=F("compartments").bitand(Compartment.CORE.bit)).filter(opens_core__gt=0)


class ScopedManager(models.Manager.from_queryset(ScopedQuerySet)):  # type: ignore[misc]
    """The default manager of every protected table."""
