"""fourfold mapping: draft the mapping of a feed, and say what one would lose, before anything is stored."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fourfold.cli.console import Commands, acting, in_words, migrate, now

if TYPE_CHECKING:
    from fourfold.intake.mapping_drafts import Checked

app = Commands(help="The mapping of a feed: drafted from a file, checked against one.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="The feed's export: CSV, XLSX, JSON Lines or Parquet.")]


@app.command()
def propose(
    file: File, out: Annotated[Path | None, typer.Option(help="Write the draft here; it must not be there yet.")] = None
) -> None:
    """Draft a mapping from the header and the values of a file, with what somebody must decide as comments at its top.

    Exit code 0: drafted; 2: the file cannot be read, or the draft not written.
    """
    from fourfold.intake.mapping_drafts import drafted
    from fourfold.intake.rules.feeds.writing import toml_of
    from fourfold.intake.terms import CannotImport

    with in_words(CannotImport, OSError):
        draft = drafted(file)
        text = toml_of(draft.document, draft.doubts)
        if out is None:
            typer.echo(text, nl=False)
            return
        with out.open("x", encoding="utf-8", errors="backslashreplace") as written:
            written.write(text)
    typer.echo(f"Drafted {out}. {len(draft.doubts)} things to decide:")
    for doubt in draft.doubts:
        typer.echo(f"  ? {doubt}")


@app.command()
def check(
    file: File,
    mapping: Annotated[Path, typer.Option(help="The TOML file that says which column is what, or a shipped name.")],
    site: Annotated[
        str, typer.Option(help="Hold the rows against what this site has on record, as an import does.")
    ] = "",
    email: Annotated[
        str, typer.Option("--as", help="Act as the holder of this account, else as the site's robot.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
) -> None:
    """Read a file through a mapping, store nothing, and say what would wait and what would be left behind.

    Exit code 0: nothing would wait; 1: some rows would, or the file would stop; 2: the file, the mapping or an option
    cannot be used; 3: you may not.
    """
    from fourfold.intake.mapping_drafts import checked, sentences
    from fourfold.intake.mappings import read_mapping
    from fourfold.intake.terms import CannotImport, InvalidMapping
    from fourfold.programme.terms import NoSuchSite

    with in_words(CannotImport, InvalidMapping, NoSuchSite):
        actor = None
        if site:
            migrate()
            actor = acting(site, email, now())
        found = checked(file, read_mapping(mapping), at=now(), actor=actor, site=site)
    typer.echo(json.dumps(_plain(found)) if as_json else "\n".join(sentences(found)))
    if not site and not as_json:
        typer.echo("The rows were held against each other, not against what is on record. Say --site for that.")
    raise typer.Exit(1 if found.held or found.stops else 0)


def _plain(found: Checked) -> dict[str, object]:
    """Return what was found as JSON holds it; of the rows that would wait their place and reason, not their cells."""
    examples = {
        fault: [{"row": held.number, "column": held.column, "reason": held.reason} for held in rows]
        for fault, rows in found.examples.items()
    }
    return {
        **{
            name: getattr(found, name)
            for name in (
                *("read", "accepted", "duplicates", "unread", "dropped", "not_compared", "warnings"),
                *("header_row", "duplicate_row", "filled", "site", "stops", "revised", "new_columns", "gone_columns"),
            )
        },
        "quarantined": found.held.total(),
        "reasons": dict(found.held),
        "examples": examples,
        "lost": [{**asdict(lost), "values": dict(lost.values)} for lost in found.lost],
    }
