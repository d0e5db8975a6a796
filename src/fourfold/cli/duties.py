"""fourfold duties: the table of what waits for somebody, held against all that is there."""

from __future__ import annotations

from typing import Annotated

import typer

from fourfold.cli.console import FAILED, Commands, migrate
from fourfold.cli.patience import busy

app = Commands(help=__doc__, no_args_is_help=True)


@app.callback()
def of_duties() -> None:
    """Leave room for more than one command."""


@app.command()
def check(
    mend: Annotated[bool, typer.Option("--mend", help="Put right what differs; other writes wait meanwhile.")] = False,
) -> None:
    """Work out anew what waits for somebody, and name each row that is kept otherwise; for every night with --mend.

    Each write keeps the table itself: a difference is a fault of the program, or somebody's hand in the database. Exit code 1
    wherever one was found, mended or not, so that whoever watches the timer hears of it.
    """
    from fourfold.duties import services as duties
    from fourfold.gateways.bulk import room

    migrate()
    many = 0
    with busy("Working out what waits"), room(cache_size=-16_384):
        for one in duties.checked(mend=mend):
            typer.echo(str(one))
            many += 1
    if not many:
        typer.echo("What waits is kept as it is worked out.")
        return
    typer.echo(
        f"{many:,} rows {'were put right' if mend else 'differ: `fourfold duties check --mend` puts them right'}."
    )
    raise typer.Exit(FAILED)
