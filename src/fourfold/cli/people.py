"""fourfold people and train: compare everybody on record with everybody, by weights that a site may learn itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fourfold.cli.alone import alone
from fourfold.cli.console import acting, in_words, migrate, now

if TYPE_CHECKING:
    from fourfold.audit.terms import Actor
    from fourfold.cases.queries import PossibleRow
    from fourfold.cases.services import Looked
    from fourfold.linkage.batch import Engine
    from fourfold.linkage.terms import Crowd, LookedForSame, MayBeOne


def people(
    site: Annotated[str, typer.Option(help="The site whose records are compared, such as cheshire.")],
    spark: Annotated[
        bool, typer.Option("--spark", help="Compute on Spark, at the address in FOURFOLD_SPARK_MASTER.")
    ] = False,
    keys: Annotated[
        bool, typer.Option("--keys", help="First work out afresh what every record is found by, as after an upgrade.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the numbers as JSON, and the pairs with --list.")
    ] = False,
    as_list: Annotated[bool, typer.Option("--list", help="Print the pairs too, the most likely first.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print the pairs as CSV instead of the numbers.")] = False,
    email: Annotated[
        str, typer.Option("--as", help="Act as the holder of this account, else as the site's robot.")
    ] = "",
) -> None:
    """Compare everybody on record at a site with everybody, and whoever is only told of in reports, as after a feed.

    Nobody is merged: the desk decides on each pair. Who is told of in several reports stands in what belongs together
    among them (`fourfold courses`), which is looked for anew. Whoever acts sees the pairs of which they may see both
    records, and of the reports what they may see every report of; the log says that they did. Each night does the same
    (`fourfold look`). Exit code 0: done; 2: an option cannot be used, or there is no Spark; 3: you may not.
    """
    from fourfold import journey
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
            told = journey.reports_came(actor=actor, site=site, at=at)
        pairs = list(_pairs(actor, at)) if as_list or as_csv else []
        together = [each for row in _together(actor, site, at) for each in _told(row)] if as_list or as_csv else []
    hidden = looked.standing - len(pairs)
    if (as_list or as_csv) and hidden:
        typer.echo(f"{hidden:,} of {looked.standing:,} pairs are settled, or not yours to see (--as EMAIL).", err=True)
    if as_csv:
        from fourfold.gateways import delimited

        typer.echo(delimited.written((_HEAD, *map(_cells, pairs), *together, *map(_crowd, looked.crowds))), nl=False)
        return
    numbers: dict[str, Any] = _counted(looked) | {"told": _counted(told)}
    numbers["not_all_compared"] = [vars(each) | {"said": str(each.said)} for each in looked.crowds]
    if as_json:
        listed = {
            name: [dict(zip(_HEAD, row, strict=True)) for row in rows]
            for name, rows in (("pairs", map(_cells, pairs)), ("told_together", together))
        }
        typer.echo(json.dumps(numbers | (listed if as_list else {})))
        return
    _say(looked, pairs, told, together)


def _counted(looked: LookedForSame | Looked) -> dict[str, Any]:
    return {name: getattr(looked, name) for name in ("standing", "new", "ended")}


def _say(looked: LookedForSame, pairs: list[MayBeOne], told: Looked, together: list[tuple[str, ...]]) -> None:
    said = f"{looked.standing:,} pair{'' if looked.standing == 1 else 's'}"
    typer.echo(f"{said} may be one person; {looked.new:,} are new and {looked.ended:,} ended.")
    for crowd in looked.crowds:
        typer.echo(f"{crowd.said}.")
    for pair in pairs:
        both = (
            f"{name} ({born or 'day of birth not known'})" for name, born in zip(pair.called, pair.births, strict=True)
        )
        typer.echo(f"{pair.probability:.3f}  {pair.part.value}: {' and '.join(both)}")
    groups = f"{told.standing:,} group{'' if told.standing == 1 else 's'} of reports"
    typer.echo(f"{groups} tell of the same people, on record or not; {told.new:,} are new and {told.ended:,} ended.")
    for row in together:
        row_of = dict(zip(_HEAD, row, strict=True))
        spelt = f", also {row_of['other_name']}" if row_of["other_name"] else ""
        typer.echo(f"       {row_of['part']}: {row_of['name']}{spelt}, in {row_of['reports']} reports together")


_HEAD = (
    *("probability", "part", "name", "day_of_birth", "other_name", "other_day_of_birth"),
    *("record", "other_record", "found_at", "reports", "course", "not_all_compared"),
)
"""Of a pair on record the last three are empty; of somebody told of, what only records have; of a crowd all but two."""


def _crowd(each: Crowd) -> tuple[str, ...]:
    return ("", each.part.value, *[""] * (len(_HEAD) - 3), str(each.said))


def _cells(pair: MayBeOne) -> tuple[str, ...]:
    both = (text for name, born in zip(pair.called, pair.births, strict=True) for text in (name, str(born or "")))
    return (
        f"{pair.probability:.4f}",
        pair.part.value,
        *both,
        str(pair.one),
        str(pair.other),
        pair.found_at.isoformat(),
        *("", "", ""),
    )


def _together(actor: Actor, site: str, at: datetime) -> Iterator[PossibleRow]:
    from fourfold.cases import queries

    after = ""
    while True:
        shown = queries.told_together(actor=actor, site=site, at=at, after=after)
        yield from shown.rows
        if not (after := shown.next):
            return


def _told(row: PossibleRow) -> Iterator[tuple[str, ...]]:
    """Yield whoever a group of reports tells of by name: of a course both, of one person with several others that one."""
    for part, name, spellings in (
        ("victim", row.victim, row.victim_spellings),
        ("subject", row.subject, row.subject_spellings),
    ):
        if name and row.kind in ("course", part):
            others = "; ".join(each for each in spellings if each != name)
            yield ("", part, name, "", others, *("", "", ""), row.looked_at.isoformat(), str(row.acts), str(row.id), "")


def _pairs(actor: Actor, at: datetime) -> Iterator[MayBeOne]:
    from fourfold.linkage import queries

    after = ""
    while True:
        shown = queries.may_be_one(actor, at=at, after=after)
        yield from shown.rows
        if not (after := shown.next):
            return


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
