"""A force's feed, from its file to the desk, and what follows once it was read."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

from fourfold.audit.terms import Actor
from fourfold.cases import services as cases
from fourfold.cases.services import Compared, Looked
from fourfold.gateways.bulk import count_what_grew, room
from fourfold.intake import services as intake
from fourfold.intake.rules.feeds import Mapping
from fourfold.intake.services import Mended
from fourfold.intake.terms import StillWaits, Totals
from fourfold.linkage import services as linkage


def feed_brought(
    *,
    actor: Actor,
    path: Path,
    mapping: Mapping | Path,
    site: str,
    at: datetime,
    dry_run: bool = False,
    progress: Callable[[Totals], None] | None = None,
) -> Totals:
    """Bring in a feed's file; around what probably concerns somebody walled, the walls stand before it can be read.

    Each batch of rows and its walls are kept together or not at all. Raises InvalidMapping or CannotImport.
    """

    def wall(allegations: Sequence[UUID]) -> None:
        linkage.wall_what_came(actor=actor, site=site, at=at, among=allegations)

    return intake.import_file(
        actor=actor, path=path, mapping=mapping, site=site, at=at, dry_run=dry_run, progress=progress, kept=wall
    )


def rows_mended(*, actor: Actor, mended: Sequence[Mended], at: datetime) -> tuple[StillWaits, ...]:
    """Keep the rows that somebody mended, each with its walls and what it is looked up by; return what waits and why."""

    def wall(site: str, allegations: Sequence[UUID]) -> None:
        linkage.wall_what_came(actor=actor, site=site, at=at, among=allegations)
        cases.keep_summaries_of(actor=actor, site=site, allegations=allegations, at=at)

    return intake.mend_rows(actor=actor, mended=mended, at=at, kept=wall)


def walls_stand(*, actor: Actor, site: str, at: datetime) -> None:
    """Let walls stand around what came, before anybody can come upon it; what else `reports_came` does may wait.

    Each row had those of its moment when it was kept; this is for whoever was walled meanwhile. All of a site's reports are
    looked at when somebody is kept from a case, and each night (`fourfold look`).
    """
    came = cases.not_searchable(actor=actor, site=site, at=at)
    linkage.wall_what_came(actor=actor, site=site, at=at, among=came)


def reports_searchable(*, actor: Actor, site: str, at: datetime, between: Callable[[], None] = lambda: None) -> None:
    """Let walls stand around what came, let the desk open it, and make it searchable: the new reports alone are read."""
    with room():
        walls_stand(actor=actor, site=site, at=at)
        intake.open_to_desk(actor=actor, site=site, at=at)
        cases.keep_summaries(actor=actor, site=site, at=at, between=between)


def courses_looked_for(
    *,
    actor: Actor,
    site: str,
    at: datetime,
    compared: Compared | None = None,
    between: Callable[[], None] = lambda: None,
) -> Looked:
    """Look for possible courses of conduct among all reports that have a report of a site in them; sites that are looked at
    one after another may share what was `compared`.

    SQLite counts what grew by what came before: it reads the desk of half a million in seven seconds else.
    """
    count_what_grew()
    return cases.find_courses(actor=actor, site=site, at=at, compared=compared, between=between)


def reports_came(*, actor: Actor, site: str, at: datetime, between: Callable[[], None] = lambda: None) -> Looked:
    """Make what came searchable, behind its walls, and look for possible courses of conduct.

    Each step commits by itself and can be done again: whoever is killed between two of them runs this once more, and so
    does the night for whoever raises in `between`, which is called once the walls stand and the desk has what came.
    """
    reports_searchable(actor=actor, site=site, at=at, between=between)
    return courses_looked_for(actor=actor, site=site, at=at, between=between)
