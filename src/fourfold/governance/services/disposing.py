"""The disposal of a case by two people: asked, refused, signed; and done again where a backup brought a case back.

It cannot be undone. Whatever is not certain refuses it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.db import IntegrityError, OperationalError, connection, transaction

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import Permission, Refused
from fourfold.audit import services as audit
from fourfold.audit.draft import Draft
from fourfold.audit.models import BatchRow
from fourfold.audit.terms import Actor, Operation
from fourfold.base import Sealing, note_changed, sealing
from fourfold.cases.models import Case, TransferAsked
from fourfold.gateways import private
from fourfold.governance.models import DisposalAsked, Disposed, Gone, Hold, HoldLifted
from fourfold.governance.queries.disposing import WHY, Reach, reach_of, why_not_dispose, why_not_sign
from fourfold.governance.queries.retaining import facts_of, local_day
from fourfold.governance.rules import retention
from fourfold.governance.schedule import retention as schedule
from fourfold.governance.schedule import version
from fourfold.governance.terms import CannotGovern
from fourfold.intake import queries as intake
from fourfold.intake.models import Quarantined
from fourfold.orders.models import Condition, Order
from fourfold.panel.models import Item
from fourfold.people.models import Message

ALREADY = "This case was disposed of already."
CHANGED = "What would go has changed since you opened the page. Read it again."
#: So many rows are read at once to say in the log that they are gone: a document may have some megabytes.
AT_ONCE = 20
#: Whose rows others name besides the files: a column without a foreign key, an outbox, or the address of a page.
NAMED = (Order, Condition, Message, Item, TransferAsked, Quarantined)
LIST = "disposals.jsonl"
KEY = "-".join("[0-9a-f]" * many for many in (8, 4, 4, 4, 12))


def ask_for_disposal(*, actor: Actor, case: Case, reason: str, seen: str, at: datetime) -> DisposalAsked:
    """Ask that a closed case is disposed of, as its last review proposed; a colleague signs. `seen` says what of.

    Raises CannotGovern before its day, under a hold, while something waits in it or needs it, and without a reason.
    """
    access.require(actor, Permission.RETENTION_REVIEW, at=at, site=case.site, file=case.pk)
    if not reason.strip():
        raise CannotGovern("reason", "Say why nothing of this case is needed any more. Do not repeat the record.")
    _reached(case, seen, at)
    with audit.recorded(actor, "disposal.asked", at=at, file=case.pk) as entry:
        entry.reason = reason
        held = access_queries.held_by(actor, "entered", at=at)
        try:
            return entry.about(DisposalAsked.objects.create(case=case, reason=reason.strip(), **held))
        except IntegrityError as fault:
            raise CannotGovern("reason", "Somebody has asked for this already. Open the page again.") from fault


def refuse_disposal(*, actor: Actor, asked: DisposalAsked, because: str, at: datetime) -> DisposalAsked:
    """Answer no to a disposal that was asked for, or take one's own request back; the case stays as it is."""
    case = _case_of(asked)
    access.require(actor, Permission.RETENTION_REVIEW, at=at, site=case.site, file=case.pk)
    if not because.strip():
        raise CannotGovern("because", "Say why the case is kept.")
    with audit.recorded(actor, "disposal.refused", at=at, file=case.pk) as entry:
        found = DisposalAsked.objects.unscoped(WHY).select_for_update().filter(pk=asked.pk, answered_at=None).first()
        if found is None:
            raise CannotGovern("because", "Somebody has answered this already. Open the page again.")
        entry.reason = because
        found.answered_at, found.answered_by, found.because = at, actor.staff, because.strip()[:300]
        found.save(update_fields=["answered_at", "answered_by", "because"])
        return entry.about(found)


def sign_disposal(*, actor: Actor, asked: DisposalAsked, seen: str, at: datetime) -> Disposed:
    """Dispose of a case as its second person: everything is asked again, then every row of it goes and a tombstone stays.

    Raises Refused for whoever asked, proposed it or lifted a hold since, CannotGovern where anything has changed or keeps
    the case now, or it is gone already.
    """
    case = _case_of(asked)
    access.require(actor, Permission.RETENTION_REVIEW, at=at, site=case.site, file=case.pk)
    if why := why_not_sign(asked, actor, at=at):
        audit.refused(actor, "case.disposed", at=at, rule="two people", file=case.pk)
        raise Refused("two people", why)
    with audit.recorded(actor, "case.disposed", at=at, operation=Operation.ERASURE, file=case.pk, whole=True) as entry:
        _hold(_reached(case, seen, at))
        audit.hold_the_log()
        case = _case_of(asked)
        if why := why_not_sign(asked, actor, at=at):  # a hold may have been set and lifted meanwhile
            raise Refused("two people", why)
        found = DisposalAsked.objects.unscoped(WHY).select_for_update().filter(pk=asked.pk, answered_at=None).first()
        if found is None:
            raise CannotGovern("seen", "Nobody asks for this any more. Open the page again.")
        reach = _reached(case, seen, at)
        rule = retention.rule_for(facts_of([case], at=at)[case.pk], schedule(), on=local_day(at))
        entry.relies_on(found)
        entry.rules = (rule.code,)
        stone = Disposed(
            pk=case.pk,
            reference=case.reference,
            site=case.site,
            rule=rule.code,
            schedule_sha256=version(),
            asked_by=found.recorded_by,
            asked_at=found.recorded_at,
            signed_by=actor.staff,
            disposed_at=at,
            counts=reach.counts(),
            kept_from=access_queries.apart_from(case.pk, at=at),
        )
        return _erase(entry, reach, stone)


def _case_of(asked: DisposalAsked) -> Case:
    """Return the case of a request as it is now, or raise CannotGovern where it is gone."""
    case = Case.objects.unscoped(WHY).select_related("subject").filter(pk=asked.case_id).first()
    if case is None:
        raise CannotGovern("seen", ALREADY)
    asked.case = case
    return case


def _reached(case: Case, seen: str, at: datetime) -> Reach:
    """Return what goes, or raise CannotGovern: nothing may keep it, and it has to be what was seen."""
    reach = reach_of(case)
    if why := why_not_dispose(case, reach, at=at):
        raise CannotGovern(*why)
    if reach.digest() != seen:
        raise CannotGovern("seen", CHANGED)
    return reach


def _hold(reach: Reach) -> None:
    """Wait for whoever is writing of one of these files now; whoever begins later waits, and is refused (migration 0009).

    Before the log is held: each of them asks for it before they end.
    """
    for model, keys in reach.files.items():
        for some in _some(sorted(keys)):
            list(model._base_manager.filter(pk__in=some).order_by("pk").select_for_update().values_list("pk"))


def _erase(entry: Draft, reach: Reach, stone: Disposed) -> Disposed:
    """Remove every row, and let the tombstone stand in their place; the log says of each row that it is gone."""
    for model, rows in reach.rows.items():
        for some in _some(rows) if sealing(model) is not Sealing.NEVER else ():
            note_changed(model, some)
    if not stone.commitment:
        sealed = sorted(
            f"{model._meta.label_lower}:{key}:{said[-1]}" for (model, key), said in entry.changes.found.items()
        )
        stone.commitment = audit.keyring().commitment("disposed", "\n".join(sealed).encode())
    entry.batch = [
        BatchRow(place=place, kind=kind, row=row, digest=digest)
        for place, (kind, row, digest) in enumerate(intake.leaves(reach.rows))
    ]
    stone.save(force_insert=True)
    named = [*reach.files.values(), *(reach.rows.get(model, {}) for model in NAMED)]
    Gone.objects.bulk_create(Gone(pk=key, stone=stone) for key in sorted({key for keys in named for key in keys}))
    for model in reach.in_order():
        for some in _some(reach.rows[model]):
            model._base_manager.filter(pk__in=some)._raw_delete(connection.alias)
    for afterwards in (clear_outbox, caches["worked_out"].clear, empty_the_log_beside, _note_with_the_keys):
        transaction.on_commit(afterwards, robust=True)
    entry.count = sum(map(len, reach.rows.values()))
    return entry.about(stone)


def _some(rows: Iterable[Any]) -> Iterator[list[Any]]:
    found = list(rows)
    yield from (found[start : start + AT_ONCE] for start in range(0, len(found), AT_ONCE))


def empty_the_log_beside() -> bool:
    """Empty the log beside the file of SQLite, where what was removed stands until then; return whether that could be.

    In the file itself it is overwritten. While somebody reads, it has to wait: the next backup does it again.
    """
    if connection.vendor != "sqlite":
        return True
    with suppress(OperationalError), connection.cursor() as cursor:  # locked: somebody writes
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return not cursor.fetchone()[0]
    return False


def carry_on(*folders: Path) -> None:
    """Note in these folders what was disposed of, and do what a process left undone that was killed after it had disposed of it."""
    clear_outbox()
    if sum(keep_list(folder) for folder in folders):
        caches["worked_out"].clear()


def clear_outbox() -> None:
    """Remove what the file of a message that is gone still holds for whoever carries it on."""
    handed = {path.stem: path for path in settings.FOURFOLD.outbox_dir.glob(f"{KEY}.json")}
    for some in _some(handed):
        for key in Gone.objects.filter(pk__in=some).values_list("pk", flat=True):
            with suppress(OSError):  # one that cannot be removed keeps no other
                handed[str(key)].unlink(missing_ok=True)


def _note_with_the_keys() -> None:
    keep_list(settings.FOURFOLD.keys_dir)


def keep_list(folder: Path) -> int:
    """Note in a folder what was disposed of and is not noted there yet, each line sealed; return how many there were."""
    path = private.made(folder) / LIST
    path.touch(mode=private.FILE)
    private.cut_torn_line(path)  # of a power loss: the next line would else be written behind it
    known = {row.get("id") for row in private.read_lines(path) if row}
    new = [row for row in Disposed.objects.order_by("disposed_at", "pk") if str(row.pk) not in known]
    for row in new:
        said, keys = _said(row), audit.keyring()
        mac = keys.commitment("disposal", json.dumps(said, sort_keys=True).encode(), keys.epoch)
        private.append(path, json.dumps({**said, "epoch": keys.epoch, "mac": mac}, sort_keys=True))
    return len(new)


def _said(row: Disposed) -> dict[str, Any]:
    column_of = {column.attname: column for column in Disposed._meta.concrete_fields}
    kept = ("counts", "kept_from")
    return {
        name: getattr(row, name) if name in kept else column.value_to_string(row) for name, column in column_of.items()
    }


_NAMED = ("id", "reference", "disposed_at", "mac")


def dispose_again(*, actor: Actor, at: datetime, beside: Path) -> tuple[list[str], list[str]]:
    """Dispose again of what was disposed of after a backup was made, as the lists with the keys and `beside` say.

    Return the references of the cases that are gone again, and of those that could not be, with the lines that cannot be
    read: whoever restores has to stop.
    """
    done, kept, noted = list[str](), list[str](), dict[str, dict[str, Any]]()
    for folder in (beside, settings.FOURFOLD.keys_dir):
        for number, said in enumerate(private.read_lines(folder / LIST), 1):
            if said is None or not all(isinstance(said.get(name), str) for name in _NAMED):
                kept.append(f"line {number} of {folder / LIST}")
            elif said["id"] not in noted or _is_genuine(said):
                noted[said["id"]] = said
    gone = set(map(str, Disposed.objects.values_list("pk", flat=True)))
    for said in sorted(noted.values(), key=lambda row: (row["disposed_at"], row["id"])):
        if not _is_genuine(said):
            kept += [said["reference"]] if said["id"] not in gone else []
        elif case := Case.objects.unscoped(WHY).filter(pk=said["id"]).first():
            (done if _again(actor, case, said, at) else kept).append(said["reference"])
    return done, kept


def _is_genuine(said: dict[str, Any]) -> bool:
    """Return whether a line was written with one of the root keys that are here."""
    plain = {name: value for name, value in said.items() if name not in ("epoch", "mac")}
    try:
        mac = audit.keyring().commitment("disposal", json.dumps(plain, sort_keys=True).encode(), said["epoch"])
    except (KeyError, TypeError):  # that root key is of later than the keys that came back, or no number
        return False
    return mac == said["mac"]


def _again(actor: Actor, case: Case, said: dict[str, Any], at: datetime) -> bool:
    """Dispose again of one case, as it was signed then; False, and nothing is changed, where something that stays needs it."""
    try:
        with audit.recorded(
            actor, "case.disposed_again", at=at, operation=Operation.ERASURE, file=case.pk, whole=True
        ) as entry:
            held = {"controller": case.controller, "basis": case.basis, "source": "entered"}
            for hold in Hold.objects.unscoped(WHY).filter(
                case=case, lifted=None
            ):  # lifted since, or it were not disposed of
                HoldLifted.objects.create(
                    hold=hold, reason="lifted before the disposal", recorded_at=at, recorded_by=actor.staff, **held
                )
            reach = reach_of(case)
            if reach.hindered:
                raise CannotGovern("case", "Something else on record needs it.")
            columns = {column.attname: column for column in Disposed._meta.concrete_fields}
            plain = {name: columns[name].to_python(value) for name, value in said.items() if name in columns}
            _erase(entry, reach, Disposed(**plain))
    except CannotGovern:
        return False
    return True
