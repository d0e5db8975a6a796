"""fourfold courses: look for courses of conduct among reports that nobody joined, and hand the list out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fourfold.cli.alone import alone
from fourfold.cli.console import acting, in_words, migrate, now

if TYPE_CHECKING:
    from fourfold.audit.terms import Actor
    from fourfold.cases.queries import PossibleRow


def courses(
    site: Annotated[str, typer.Option(help="The site whose reports are looked at, such as cheshire.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the numbers as JSON, and the courses with --list.")
    ] = False,
    as_list: Annotated[
        bool, typer.Option("--list", help="Print the courses too, with their reasons, the weightiest first.")
    ] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print the courses as CSV instead of the numbers.")] = False,
    email: Annotated[
        str, typer.Option("--as", help="Act as the holder of this account, else as the site's robot.")
    ] = "",
) -> None:
    """Make a site's reports searchable and look for possible courses of conduct, as each night does.

    An import does the same at its end. Nothing is merged and no class is changed. Whoever acts sees the courses of which
    they may see every report, the less likely ones and those that somebody judged too, and the log says that they did.
    Exit code 0: done; 2: an option cannot be used; 3: you may not.
    """
    from fourfold import journey
    from fourfold.programme.terms import NoSuchSite

    with in_words(NoSuchSite):
        migrate()
        with alone("fourfold courses", site):
            at = now()
            actor = acting(site, email, at)
            looked = journey.reports_came(actor=actor, site=site, at=at)
        found = list(_listed(actor, site, at)) if as_list or as_csv else []
    if as_csv:
        from fourfold.gateways import delimited

        cells = ([_one_cell(cell) for cell in each.values()] for each in found)
        typer.echo(delimited.written((HEAD, *cells)), nl=False)
        return
    numbers: dict[str, Any] = {"standing": looked.standing, "new": looked.new, "ended": looked.ended}
    if as_json:
        typer.echo(json.dumps(numbers | ({"courses": found} if as_list else {})))
        return
    typer.echo(f"{looked.standing:,} possible courses stand; {looked.new:,} are new and {looked.ended:,} ended.")
    for each in found:
        typer.echo(f"{each['points']:>3}  {each['list']}: {each['victim']}, {each['reports']} reports")
        for sign in ("for", "against"):
            for says in each[sign]:
                typer.echo(f"     {sign}: {says}")


HEAD = (
    *("points", "list", "victim", "subject", "reports", "first_at", "last_at"),
    *("recorded_as", "for", "against", "judged", "course"),
)


def _listed(actor: Actor, site: str, at: datetime) -> Iterator[dict[str, Any]]:
    """Yield the courses of a site on either list as the columns of `HEAD`; a subject closed to the reader is None."""
    from fourfold.cases import queries

    for less_likely in (False, True):
        after = ""
        while True:
            shown = queries.possibly_mis_recorded(
                actor=actor, at=at, after=after, all_of_them=True, less_likely=less_likely
            )
            for row in shown.rows:
                if row.site == site:
                    yield dict(zip(HEAD, _cells(row, less_likely), strict=True))
            if not (after := shown.next):
                break


def _cells(row: PossibleRow, less_likely: bool) -> tuple[Any, ...]:
    said = ([str(why.says) for why in row.reasons if why.points * sign > 0] for sign in (1, -1))
    return (
        row.points,
        "less likely" if less_likely else "likely",
        row.victim,
        row.subject,
        row.acts,
        row.first_at.isoformat(),
        row.last_at.isoformat(),
        list(map(str, row.classes)),
        *said,
        row.judged.words if row.judged else None,
        str(row.id),
    )


def _one_cell(cell: Any) -> str:
    return "; ".join(cell) if isinstance(cell, list) else "" if cell is None else str(cell)
