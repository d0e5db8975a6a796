"""fourfold instruments lists and withdraw-list: answers that forms name by an address."""

from pathlib import Path
from typing import Annotated

import typer

from fourfold.cli.instruments import REFUSED, As, DryRun, Me, Site, app, at_a_site, bytes_of


@app.command()
def lists(
    file: Annotated[Path, typer.Argument(help="A file with ValueSets or CodeSystems, in FHIR JSON.")],
    site: Site = "",
    dry_run: DryRun = False,
    email: As = "",
) -> None:
    """Keep lists of answers that forms name by their address, for every form that is brought in from now on."""
    from fourfold.assessment import services
    from fourfold.assessment.queries.lists import preview_lists

    with at_a_site(site, email, dry_run=dry_run) as (actor, code, at):
        raw = bytes_of(file)
        found = preview_lists(site=code, raw=raw, at=at)
        kept = services.bring_lists(actor=actor, site=code, raw=raw, file=file.name, at=at)
    for one in found:
        there = "is here already" if one.already else one.read.why_not or ("would be kept" if dry_run else "is kept")
        typer.echo(f"{one.read.url}: {one.answers} answers; {there}")
    raise typer.Exit(0 if kept or all(one.already for one in found) else REFUSED)


@app.command("withdraw-list")
def withdraw_list(
    address: Annotated[str, typer.Argument(help="The address of the list, as forms name it.")],
    email: Me,
    reason: Annotated[str, typer.Option(help="Why it is taken out of use.")],
    site: Site = "",
) -> None:
    """Take a list of answers out of use. The forms that hold its answers keep them; brought in again, it counts again."""
    from fourfold.access.terms import existing
    from fourfold.assessment import services
    from fourfold.assessment.queries.lists import lists_page

    with at_a_site(site, email) as (actor, code, at):
        lines = lists_page(actor=actor, site=code, at=at).lines
        line = existing(next((one for one in lines if one.url == address), None))
        services.withdraw_list(actor=actor, site=code, brought=line.id, reason=reason, at=at)
    held = ", ".join(title for _, title in line.forms) or "no form"
    typer.echo(f"{address} is out of use. Its answers stand in {held}.")
