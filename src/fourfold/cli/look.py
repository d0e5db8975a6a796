"""fourfold look: what an import looks for at its end, for every site, each night."""

from __future__ import annotations

import typer

from fourfold.cli.alone import alone
from fourfold.cli.console import acting, migrate, now


def look() -> None:
    """Look at each site that has reports for who may be on record twice and for reports that belong together; each night.

    What was kept and is not searchable yet is made so, as after an import that was stopped. Walls come to stand around each
    report that probably concerns somebody walled, by all that is known by now. A day's records, versions and
    decisions about people count from then on. Nobody is merged and no class is changed: the desk decides. One site after
    another, each by the robot of its feed; the reports of all are compared once for those that follow one another with the same
    weights, and anew for a site at which an import found others meanwhile.
    """
    from fourfold import journey
    from fourfold.cases.services import Compared
    from fourfold.intake import queries as intake
    from fourfold.linkage import services as linkage
    from fourfold.programme import queries as programme
    from fourfold.words import counted

    migrate()
    sites = [card.code for card in programme.sites() if intake.has_reports(card.code)]
    same = {}
    for site in sites:
        with alone("fourfold look", site):
            at = now()
            actor = acting(site, "", at)
            same[site] = linkage.look_for_same(actor=actor, site=site, at=at)
            linkage.wall_what_came(actor=actor, site=site, at=at)
            journey.reports_searchable(actor=actor, site=site, at=at)
    compared = Compared()
    for site in sites:
        with alone("fourfold look", site):
            at = now()
            found = journey.courses_looked_for(actor=acting(site, "", at), site=site, at=at, compared=compared)
        typer.echo(
            f"{site}: {counted(same[site].standing, 'pair')} of records may be one person, {same[site].new:,} new;"
            f" {counted(found.standing, 'group')} of reports may belong together, {found.new:,} new."
        )
    if not sites:
        typer.echo("No site has a report yet.")
