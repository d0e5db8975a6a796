"""fourfold people and train: compare everybody on record with everybody, by weights that a site may learn itself."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Annotated

import typer

from fourfold.cli.alone import alone
from fourfold.cli.console import acting, in_words, migrate, now

if TYPE_CHECKING:
    from fourfold.linkage.batch import Engine


def people(
    site: Annotated[str, typer.Option(help="The site whose records are compared, such as cheshire.")],
    spark: Annotated[
        bool, typer.Option("--spark", help="Compute on Spark, at the address in FOURFOLD_SPARK_MASTER.")
    ] = False,
    keys: Annotated[
        bool, typer.Option("--keys", help="First work out afresh what every record is found by, as after an upgrade.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the numbers as JSON.")] = False,
    email: Annotated[
        str, typer.Option("--as", help="Act as the holder of this account, else as the site's robot.")
    ] = "",
) -> None:
    """Compare everybody on record at a site with everybody, and propose which records may be one person.

    Nobody is merged: the desk decides on each pair. For every night. Exit code 0: done; 2: an option cannot be used, or
    there is no Spark; 3: you may not.
    """
    from fourfold.gateways.spark import NoSpark
    from fourfold.linkage import services
    from fourfold.people.services import rebuild_keys
    from fourfold.programme.terms import NoSuchSite

    with in_words(NoSuchSite, NoSpark):
        migrate()
        with alone("fourfold people", site):
            at = now()
            actor = acting(site, email, at)
            if keys:
                rebuild_keys(actor=actor, at=at)
            with _engine(spark) as engine:
                looked = services.look_for_same(actor=actor, site=site, at=at, engine=engine)
    numbers = {"standing": looked.standing, "new": looked.new, "ended": looked.ended}
    if as_json:
        typer.echo(json.dumps(numbers))
        return
    pairs = f"{looked.standing:,} pair{'' if looked.standing == 1 else 's'}"
    typer.echo(f"{pairs} may be one person; {looked.new:,} are new and {looked.ended:,} ended.")


def train(
    site: Annotated[str, typer.Option(help="The site whose records are learned from, such as cheshire.")],
    email: Annotated[
        str, typer.Option("--as", help="Act as the holder of this account, else as the site's robot.")
    ] = "",
) -> None:
    """Learn from a site's own records how much each agreement says, and compare with those weights from now on.

    They stand in a file in the data folder; remove it and the shipped ones are used again. Exit code 0: done; 2: no such
    site, or too few records; 3: you may not.
    """
    from fourfold.linkage import queries, services
    from fourfold.linkage.terms import InvalidWeights
    from fourfold.programme.terms import NoSuchSite

    at = now()
    with in_words(NoSuchSite, InvalidWeights):
        migrate()
        trained = services.train_weights(actor=acting(site, email, at), site=site, at=at)
    typer.echo(f"Learned from {trained.records:,} records: {queries.folder_of_weights() / f'{site}.toml'}.")


def _engine(spark: bool) -> AbstractContextManager[Engine | None]:
    if not spark:
        return nullcontext()
    from django.conf import settings

    from fourfold.linkage.batch import on_cluster

    return on_cluster(settings.FOURFOLD.spark_master, settings.FOURFOLD.spark_folder)
