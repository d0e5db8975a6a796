"""The fourfold command."""

import importlib
import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from fourfold.cli import (
    accounts,
    backup,
    beside,
    courses,
    doctor,
    duties,
    evaluate,
    feeds,
    first_people,
    instrument_lists,
    keys,
    look,
    mappings,
    outbox,
    people,
    rollout,
    simulate,
    sites,
    timers,
    volumes,
    watched,
    work,
)
from fourfold.cli.console import CANNOT, Commands, in_words, now, stop
from fourfold.cli.patience import busy

app = Commands(help=__doc__, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
audit_app = Commands(help="The audit log: whether it holds, and its signed checkpoints.", no_args_is_help=True)
app.add_typer(audit_app, name="audit")
app.add_typer(accounts.app, name="accounts")
app.add_typer(backup.app, name="backup")
app.add_typer(keys.app, name="keys")
app.add_typer(outbox.app, name="outbox")
app.add_typer(rollout.app, name="rollout")
app.add_typer(duties.app, name="duties")


@app.command()
def serve(
    port: Annotated[int, typer.Option(help="The port on 127.0.0.1.")] = 8000,
    host: Annotated[
        str, typer.Option(help="The address to listen on; another than this only behind a proxy.")
    ] = "127.0.0.1",
    workers: Annotated[int, typer.Option(help="Processes that serve; 0 takes two for each processor.")] = 0,
    work: Annotated[
        bool, typer.Option(help="Start `fourfold work` beside it; not where that is a service of its own.")
    ] = True,
) -> None:
    """Bring the database up to date, load the invented programme where there is none, and serve the site."""
    from fourfold.cli import server

    server.prepare(at=now())
    server.welcome(port, at=now())
    server.run(host, port, workers, work=work)


@app.command()
def code(email: Annotated[str, typer.Argument(help="The e-mail address of an invented account.")]) -> None:
    """Print the present second-factor code of an invented account."""
    from django.conf import settings

    from fourfold.cli import server

    if settings.FOURFOLD.production or not settings.FOURFOLD.demo:
        stop("Codes are printed for invented accounts only, where FOURFOLD_DEMO=1 and never in production.", CANNOT)
    typer.echo(server.demo_code(email))


@app.command()
def journey() -> None:
    """Play one allegation the whole way through the services, a sentence for each step."""
    from fourfold.cli import server

    server.prepare(at=now())
    played = importlib.import_module("fourfold.demo.story").play(say=typer.echo)
    raise typer.Exit(0 if played else 1)


@app.command()
def docs(check: Annotated[bool, typer.Option(help="Only say whether the pages are up to date.")] = False) -> None:
    """Write the generated reference pages, or check them."""
    from fourfold.cli import reference

    with busy("Writing the reference pages"):
        stale = reference.write(check=check)
    for path in stale:
        typer.echo(f"{'out of date' if check else 'written'}: {path}")
    raise typer.Exit(1 if check and stale else 0)


@audit_app.command("verify")
def verify(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    witness_dir: Annotated[Path | None, typer.Option(help="A folder of checkpoint files that others keep.")] = None,
) -> None:
    """Read the whole log and say whether it holds; exit 0 only when it does."""
    from fourfold.audit.terms import NoWitness
    from fourfold.governance.verification import whole_log

    with busy("Reading the log"), in_words(NoWitness):
        verdict = whole_log(witnesses=witness_dir)
    found = [{"kind": one.kind, "index": one.seq, "meaning": one.meaning} for one in verdict.findings]
    if as_json:
        typer.echo(json.dumps({"entries": verdict.entries, "head": verdict.head, "findings": found}))
    elif verdict.clean:
        typer.echo(f"The log holds: {verdict.entries:,} entries, each following from the one before.")
    else:
        typer.echo(
            f"The log does not hold. First: {found[0]['meaning']} ({found[0]['kind']}, entry {found[0]['index']})."
        )
        typer.echo(f"{len(found):,} finding{'s' if len(found) != 1 else ''} in {verdict.entries:,} entries.")
    if not as_json:
        typer.echo(
            "Not looked for: a row that put a case on a list and is gone again (docs/how-to/watch-the-database.md)."
        )
    raise typer.Exit(0 if verdict.clean else 1)


@audit_app.command("checkpoint")
def checkpoint() -> None:
    """Sign the present end of the log into the file outside the database; on PostgreSQL begin a new volume when it is time."""
    from fourfold.audit import services

    volumes.close_if_due(at=now())
    services.checkpoint(at=now())


audit_app.command("volumes")(volumes.volumes)
audit_app.command("move")(volumes.move)
app.command("import")(feeds.import_file)
app.command("doctor")(doctor.doctor)
app.command("timers")(timers.timers)
app.command("export")(backup.export)
app.command("restore")(backup.restore)
app.command("feeds")(watched.feeds)
app.command("work")(work.work)
app.command("beside", hidden=True)(beside.beside)
app.command("courses")(courses.courses)
app.command("look")(look.look)
app.command("people")(people.people)
app.command("first-people")(first_people.first_people)
app.command("train")(people.train)
app.command("evaluate")(evaluate.evaluate)
app.command("simulate")(simulate.simulate)
app.add_typer(instrument_lists.app, name="instruments")
app.add_typer(sites.app, name="sites")
app.add_typer(mappings.app, name="mapping")

if __name__ == "__main__":
    sys.exit(app())
