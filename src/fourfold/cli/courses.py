"""fourfold courses: look for courses of conduct among reports that nobody joined."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from fourfold.cli.alone import alone
from fourfold.cli.console import acting, in_words, migrate, now


def courses(
    site: Annotated[str, typer.Option(help="The site whose reports are looked at, such as cheshire.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the numbers as JSON.")] = False,
    email: Annotated[
        str, typer.Option("--as", help="Act as the holder of this account, else as the site's robot.")
    ] = "",
) -> None:
    """Make a site's reports searchable and look for possible courses of conduct; for every night, and after a kill.

    An import does the same at its end. Nothing is merged and no class is changed. Exit code 0: done; 2: an option
    cannot be used; 3: you may not.
    """
    from fourfold import journey
    from fourfold.programme.terms import NoSuchSite

    with in_words(NoSuchSite):
        migrate()
        with alone("fourfold courses", site):
            at = now()
            looked = journey.reports_came(actor=acting(site, email, at), site=site, at=at)
    numbers = {"standing": looked.standing, "new": looked.new, "ended": looked.ended}
    if as_json:
        typer.echo(json.dumps(numbers))
        return
    typer.echo(f"{looked.standing:,} possible courses stand; {looked.new:,} are new and {looked.ended:,} ended.")
