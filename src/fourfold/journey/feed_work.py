"""What somebody asked to be done with a file that they brought, done beside the page: drafted, checked or imported."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError

from fourfold.access import services as access
from fourfold.access.terms import Permission, Refused
from fourfold.audit.security import hashed
from fourfold.audit.terms import Actor
from fourfold.feeds import queries, services
from fourfold.feeds.terms import WorkKind, WorkStopped
from fourfold.gateways import logs, traces
from fourfold.gateways.turns import turn
from fourfold.intake.mapping_drafts import checked, drafted, sentences
from fourfold.intake.mappings import mapping_of_text
from fourfold.intake.rules.feeds import Mapping
from fourfold.intake.rules.feeds.read_ahead import staying
from fourfold.intake.rules.feeds.writing import toml_of
from fourfold.intake.terms import CannotImport, InvalidMapping, Totals
from fourfold.journey.feeds import feed_brought, reports_came
from fourfold.journey.rows import FileWork
from fourfold.programme.acting import acting_for
from fourfold.words import Word, counted, sentence

log = logging.getLogger(__name__)
#: Seconds between two looks at whether somebody asked for the end; each is a statement or two.
LOOK_EVERY = 1.0
STOPPED = "It was stopped. Rows that were kept until then stay. Import the file again to go on."
LEFT = (
    "It was stopped while it looked for what belongs together. All its rows are kept and the desk has them. Until the"
    " next import or the nightly look has done the rest, a search may miss some of them and possible courses may be missing."
)


@dataclass(frozen=True)
class _Outcome:
    found: tuple[str, ...] = ()
    mapping: str = ""
    run: UUID | None = None


def work_done(*, clock: Callable[[], datetime]) -> bool:
    """Do the work that was asked for first; return whether there was any.

    Whoever asked must still be allowed to. What cannot be done is written down with its reason, so that nothing stays
    under way; whoever is killed leaves it to the next one, who begins again.
    """
    work = queries.work_that_waits()
    if work is None:
        return False
    actor = acting_for(work.asked_by, at=clock())
    if actor is None:
        raise LookupError(work.asked_by)
    with traces.span("job", work=work.kind) as add:
        add(code=_done(actor, work, clock))
    return True


def _done(actor: Actor, work: FileWork, clock: Callable[[], datetime]) -> str:
    """Do one piece of work; return whether it was done or refused, as a line of the log says it."""
    services.begin_work(actor=actor, work=work, at=clock())
    refused, outcome, began = "", _Outcome(), time.monotonic()
    try:
        if work.stop_asked_at is not None:
            raise WorkStopped
        access.require(actor, Permission.ALLEGATION_IMPORT, at=clock(), site=work.brought.site)
        if not queries.place_of(work.brought).exists():  # backups leave such files out
            raise CannotImport("The file is gone. Bring it again.")
        outcome = _DOES[WorkKind(work.kind)](actor, work, clock)
    except (CannotImport, InvalidMapping, Refused) as why:
        refused = str(why)
    except WorkStopped:
        refused = STOPPED
    except Exception as why:
        if _went_away(why):  # whoever comes next begins again
            raise
        log.exception("the work %s on a feed failed", work.pk)
        refused = (
            "This could not be done, and nothing is half there. Try again; if it fails again, tell the administrator."
        )
    services.end_work(
        actor=actor,
        work=work,
        at=clock(),
        found=outcome.found,
        refused=refused,
        mapping=outcome.mapping,
        run=outcome.run,
    )
    ms = round((time.monotonic() - began) * 1000)
    code = "refused" if refused else "done"
    logs.say("work", work=work.kind, code=code, ms=ms, who=hashed(actor.staff.bytes))
    return code


def _went_away(why: Exception) -> bool:
    """Return whether the database was ended or lost while it was asked."""
    ended = getattr(why.__cause__, "sqlstate", "of another kind") in (None, "57P01", "57P02")
    return isinstance(why, InterfaceError) or (isinstance(why, OperationalError) and ended)


def _draft(actor: Actor, work: FileWork, clock: Callable[[], datetime]) -> _Outcome:
    draft = drafted(queries.place_of(work.brought))
    return _Outcome(mapping=toml_of(draft.document, draft.doubts))


def _check(actor: Actor, work: FileWork, clock: Callable[[], datetime]) -> _Outcome:
    path, site = queries.place_of(work.brought), work.brought.site
    return _Outcome(tuple(sentences(checked(path, _mapping(work), at=clock(), actor=actor, site=site))))


def _import(actor: Actor, work: FileWork, clock: Callable[[], datetime]) -> _Outcome:
    site, path = work.brought.site, queries.place_of(work.brought)
    looked = time.monotonic()

    def stop_if_asked(totals: Totals | None = None) -> None:
        nonlocal looked
        if time.monotonic() - looked < LOOK_EVERY:
            return
        looked = time.monotonic()
        if totals is not None:
            services.tell_progress(actor=actor, work=work, read=totals.read, held=totals.quarantined, at=clock())
        if queries.is_to_stop(work.pk):
            raise WorkStopped

    lock = settings.FOURFOLD.data_dir / "running" / f"{site}.lock"  # as the commands that write the same wait for it
    mine = f"The import of {path.name} that was asked for in the browser"

    def waiting(_: str) -> None:
        services.leave_waiting(actor=actor, work=work, at=clock())

    with turn(lock, mine, waiting, between=stop_if_asked), staying():
        services.begin_work(actor=actor, work=work, at=(at := clock()))
        totals = feed_brought(actor=actor, path=path, mapping=_mapping(work), site=site, at=at, progress=stop_if_asked)
        services.tell_progress(actor=actor, work=work, read=totals.read, held=totals.quarantined, at=clock())
        said = list(_said(totals))
        try:
            reports_came(actor=actor, site=site, at=at, between=stop_if_asked)
        except WorkStopped:
            said.append(Word(LEFT))
    return _Outcome(tuple(said), run=totals.run)


_DOES = {WorkKind.DRAFT: _draft, WorkKind.CHECK: _check, WorkKind.IMPORT: _import}


def _mapping(work: FileWork) -> Mapping:
    return mapping_of_text(queries.reading_of(work.brought_id, work.mapping_sha256), sha256=work.mapping_sha256)


def _said(totals: Totals) -> Iterator[Word]:
    """Yield what an import says of itself, a line each."""
    yield sentence("{1} read.", counted(totals.read, "row"))
    yield sentence(
        "{1} accepted, of which {2} told again with other content.", f"{totals.accepted:,}", f"{totals.revised:,}"
    )
    yield sentence("{1} there already, and added nothing.", counted(totals.duplicates, "row"))
    yield sentence("{1} held back until somebody corrects what is wrong.", counted(totals.quarantined, "row"))
    if totals.quarantined:
        yield sentence("The first of them is row {1}: {2}", f"{totals.first_held[0]:,}", totals.first_held[1])
    for lost in totals.defaulted:
        yield from lost.said
    for said, columns in (
        (
            "New since the last import, and read by nothing: {1}. Look whether the file is still read rightly.",
            totals.new_columns,
        ),
        (
            "In the last import, and not in this file: {1}. Look whether the file is still read rightly.",
            totals.gone_columns,
        ),
    ):
        if columns:
            yield sentence(said, ", ".join(columns))
