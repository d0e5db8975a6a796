"""The dangers of a pack: each with its words for whoever may read them, what is decided of it, and whose decision is missing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.access.paging import Page, page_of_list
from fourfold.access.roles import ROLES
from fourfold.access.terms import NotFound, Opened, Permission, existing
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case, CaseAct
from fourfold.exhibits.models import Exhibit
from fourfold.governance.models import DangerDecided, Pack, PackMadeAgain
from fourfold.governance.queries.case import PACK, PackShown, packs_shown
from fourfold.governance.queries.packing import Composed, composed
from fourfold.governance.rules.dangers import Danger, Sieve
from fourfold.governance.terms import Choice
from fourfold.words import Word, sentence

UNREAD = Word("[words that you may not read]")


@dataclass(frozen=True)
class DangerShown:
    """One danger as a page shows it: its words only to whoever may read the record in which they stand."""

    key: str
    words: str
    before: str
    after: str
    record: str
    field: str
    kind: str
    why: str
    slip: bool
    times: int
    proposal: Choice
    because: str
    choices: tuple[Choice, ...]
    decided: Choice | None
    reason: str
    by: str
    waits_for: str
    #: The decision that stands, by its identifier; "" where there is none.
    seen: str
    #: The exhibit, where it is a picture that the reader may see.
    picture: UUID | None


@dataclass(frozen=True)
class DangersPage:
    """A pack with its dangers, those first of which nobody decided, and whose decision it waits for."""

    pack: PackShown
    rows: Page[DangerShown]
    total: int
    undecided: int
    waits_for: tuple[str, ...]
    files_wait: str

    @property
    def is_complete(self) -> bool:
        return self.undecided == 0


#: Acts, and pictures, from which on a pack takes longer than a page may: an act takes some 6 ms to be written twice and read back.
LONG_ACTS, LONG_PICTURES = 150, 8


def is_long(case: Case) -> bool:
    """Return whether the files of a pack of a case take longer to make than somebody should wait for a page. Two statements."""
    acts = CaseAct.objects.unscoped("how much, of a case that was opened before").filter(case=case)
    pictures = Exhibit.objects.unscoped("how much, of a case that was opened before").filter(
        file=case.pk, media_type__startswith="image/"
    )
    return acts.count() > LONG_ACTS or pictures.count() > LONG_PICTURES


def decided_of(pack: Pack) -> dict[str, DangerDecided]:
    """Return what was decided last of each danger of a pack. One statement."""
    rows = DangerDecided.objects.unscoped("of a pack that was opened before").filter(pack=pack)
    return {row.danger: row for row in rows.order_by("recorded_at", "pk")}


def composed_now(
    actor: Actor, pack: Pack, decided: dict[str, DangerDecided], *, at_risk: Iterable[str], at: datetime
) -> Composed:
    """Return a pack as it would be made now from the record and the decisions."""
    said = {key: Choice(row.choice) for key, row in decided.items()}
    return composed(actor, pack.case, pack, at=at, at_risk=at_risk, decided=said)


def pack_of_reader(actor: Actor, pack: UUID, *, at: datetime) -> Pack:
    """Return a pack of a case that is open to the actor, with its case, or raise NotFound."""
    rows = Pack.objects.visible_to(actor, at=at).select_related("case__subject", "case__victim")
    if (found := rows.filter(pk=pack).first()) is None:
        raise NotFound
    return found


def undecided_now(actor: Actor, pack: Pack, *, at_risk: Iterable[str], at: datetime) -> int:
    """Return on how many dangers of a pack nobody has decided, as the record is now."""
    return len(composed_now(actor, pack, decided_of(pack), at_risk=at_risk, at=at).sieve.undecided)


def files_of(pack: Pack) -> Pack | PackMadeAgain:
    """Return where the files of a pack are that were made last. One statement."""
    rows = PackMadeAgain.objects.unscoped("of a pack that was opened before").filter(pack=pack)
    return rows.order_by("recorded_at", "pk").last() or pack


def are_older(files: Pack | PackMadeAgain, decided: dict[str, DangerDecided]) -> bool:
    """Return whether something was decided after the files were made: those of a long case are made again by a call of their own."""
    return any(row.recorded_at > files.recorded_at for row in decided.values())


def older_words() -> str:
    return sentence(
        "Something was decided after these files were made. They wait for {1} to make them again.",
        holders_of(Permission.PACK_MAKE),
    )


def dangers_page(
    *, actor: Actor, opened: Opened, pack: Pack, at_risk: Iterable[str], at: datetime, after: str = "", most: int = 50
) -> DangersPage:
    """Return a pack with the dangers that are in the record now, and what was decided of each."""
    decided = decided_of(pack)
    now = composed_now(actor, pack, decided, at_risk=at_risk, at=at)
    rows = _shown(opened, now, decided)
    audit.consulted(
        actor, "pack.dangers", at=at, file=opened.file, fields=frozenset({"words"}), count=len(rows),
        compartments={each.entry.compartment.value for each in now.sieve.dangers} & {part.value for part in opened.readable},
    )  # fmt: skip
    (shown,) = packs_shown(actor, [pack], access_queries.names_of(PACK.staff_in([pack])))
    return DangersPage(
        pack=shown,
        rows=page_of_list(rows, lambda row: row.key, after=after, most=most),
        total=len(rows),
        undecided=len(now.sieve.undecided),
        waits_for=() if pack_is_released(pack) else waits_for(now.sieve, decided),
        files_wait=older_words() if not now.sieve.undecided and are_older(files_of(pack), decided) else "",
    )


def danger_page(
    *, actor: Actor, opened: Opened, pack: Pack, danger: str, at_risk: Iterable[str], at: datetime
) -> tuple[DangerShown, tuple[DangerShown, ...], int]:
    """Return one danger, the others of its kind that may be decided with it, and how many are decided already; or raise NotFound.

    What somebody has decided is decided again on its own page, beside the reason that was given.
    """
    page = dangers_page(actor=actor, opened=opened, pack=pack, at_risk=at_risk, at=at, most=100_000)
    one = existing(next((row for row in page.rows if row.key == danger), None))
    alike = [row for row in page.rows if row.key != danger and row.kind == one.kind and row.choices == one.choices]
    others = [row for row in alike if row.decided in (None, Choice.ASK)]
    others.sort(key=lambda row: row.words.casefold() != one.words.casefold())
    return one, tuple(others), len(alike) - len(others)


def pack_is_released(pack: Pack) -> bool:
    return getattr(pack, "release", None) is not None


def _shown(opened: Opened, now: Composed, decided: dict[str, DangerDecided]) -> list[DangerShown]:
    names = access_queries.names_of({row.recorded_by for row in decided.values()})
    rows = [_one(opened, each, now, decided.get(each.key), names) for each in now.sieve.dangers]
    return sorted(rows, key=lambda row: (row.decided not in (None, Choice.ASK), row.kind))


def _one(
    opened: Opened, danger: Danger, now: Composed, said: DangerDecided | None, names: dict[UUID, str]
) -> DangerShown:
    counts = now.sieve.decision(danger) is not None and said is not None
    may_read = opened.may_read(danger.entry.compartment)
    return DangerShown(
        key=danger.key,
        words=danger.words if may_read else UNREAD,
        before=danger.before if may_read else "",
        after=danger.after if may_read else "",
        record=danger.entry.record,
        field=danger.entry.field,
        kind=danger.kind,
        why=danger.why,
        slip=danger.slip,
        times=danger.times,
        proposal=danger.proposal,
        because=danger.because,
        choices=danger.choices,
        decided=now.sieve.decision(danger),
        reason=said.reason if said and counts else "",
        by=names.get(said.recorded_by, "") if said and counts else "",
        waits_for=said.waits_for if said and counts else "",
        seen=str(said.pk) if said else "",
        picture=danger.picture if may_read else None,
    )


def waits_for(sieve: Sieve, decided: dict[str, DangerDecided]) -> tuple[str, ...]:
    """Return whose decision a pack waits for: who makes packs, whom they named, or else who releases it."""
    said = [(sieve.decision(each), each.key) for each in sieve.undecided]
    asked = tuple(dict.fromkeys(decided[key].waits_for for choice, key in said if choice is Choice.ASK))
    if any(choice is None for choice, _ in said):
        return (holders_of(Permission.PACK_MAKE), *asked)
    return asked or (sentence("{1} who decided nothing in it", holders_of(Permission.PACK_RELEASE)),)


def holders_of(permission: Permission) -> str:
    """Return who may do something, in the words of the roles."""
    return " or ".join(f"a {role.label.lower()}" for role, card in ROLES.items() if permission in card.permissions)
