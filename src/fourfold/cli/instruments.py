"""fourfold instruments: a site's library, and what is brought into it."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from fourfold.assessment.terms import FilledInBy
from fourfold.cli.console import (
    CANNOT,
    INTERRUPTED,
    NOT_ALLOWED,
    Commands,
    acting,
    migrate,
    nothing_kept,
    now,
    one_of,
    stop,
)
from fourfold.cli.patience import busy

if TYPE_CHECKING:
    from fourfold.assessment.queries.previews import ImportPreview
    from fourfold.assessment.rules.comparing import Difference
    from fourfold.audit.terms import Actor

REFUSED = 1

app = Commands(help=__doc__, no_args_is_help=True)

Site = Annotated[str, typer.Option(help="The site; left out: the only one, or the first by name.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would happen and store nothing.")]
As = Annotated[str, typer.Option("--as", help="Act as the holder of this account, else as the site's robot.")]
By = Annotated[
    str,
    typer.Option(
        help="Who fills it in, about whom: victim (their own measure), about-victim, about-subject, about-case."
    ),
]
Me = Annotated[str, typer.Option("--as", help="The e-mail address of the person who does this.")]
Key = Annotated[str, typer.Argument(help="The key of the instrument, such as phq-9.")]
Version = Annotated[int | None, typer.Option(help="Which version; left out: the one in use, or the newest.")]


@contextmanager
def at_a_site(site: str, email: str, *, dry_run: bool = False) -> Iterator[tuple[Actor, str, datetime]]:
    """Bring the database up to date, say who acts where and when, and end a refused command in words."""
    from django.db import DatabaseError

    from fourfold.access.terms import NotFound, Refused
    from fourfold.assessment.rules.approval import CannotBring
    from fourfold.assessment.terms import AssessmentError
    from fourfold.programme.terms import NoSuchSite

    at = now()
    try:
        migrate()
        with nothing_kept(dry_run), busy("Working on the library"):
            code = site or _site_of(email, at)
            yield acting(code, email, at), code, at
    except (CannotBring, AssessmentError, NoSuchSite) as fault:
        stop(str(fault), CANNOT)
    except NotFound:
        stop("There is nothing of this name in the library of this site.", CANNOT)
    except Refused as fault:
        stop(str(fault), NOT_ALLOWED)
    except BrokenPipeError:
        raise  # whoever reads has seen enough
    except (DatabaseError, OSError) as fault:
        stop(f"Nothing was stored: {fault}. Check the database, its disk, and run the command again.", CANNOT)
    except KeyboardInterrupt:
        stop("Interrupted. Nothing is half there.", INTERRUPTED)


def _site_of(email: str, at: datetime) -> str:
    """Return the site of the person, else the first that is founded, else the first that ships."""
    from fourfold.programme import queries
    from fourfold.programme.acting import acting_as
    from fourfold.programme.sites import shipped

    person = acting_as(email, at=at) if email else None
    own = sorted(person.sites) if person else []
    founded = sorted(card.code for card in queries.sites())
    return next(iter((*own, *founded, *shipped())))


# ---- looking ------------------------------------------------------------------------------------------------------


@app.command("list")
def list_(site: Site = "", as_json: Json = False, email: As = "") -> None:
    """List every instrument of a site with its state and its licence."""
    from fourfold.assessment.queries import library_pages

    with at_a_site(site, email) as (actor, code, at):
        cards = library_pages.shelf(actor=actor, site=code, at=at).cards
        if as_json:
            typer.echo(_json([asdict(card) for card in cards]))
            return
        typer.echo(f"Instruments of {code}")
        for card in cards:
            typer.echo(f"  {card.key:<24} version {card.version:<3} {card.state:<19} {card.title}")
            if card.why:
                typer.echo(f"  {'':<24} {card.why}")


@app.command()
def show(key: Key, version: Version = None, site: Site = "", as_json: Json = False, email: As = "") -> None:
    """Show one instrument: how it stands, its licence, what was brought in, and its questions."""
    from fourfold.assessment.queries import library_pages

    with at_a_site(site, email) as (actor, code, at):
        value = library_pages.instrument_page(actor=actor, site=code, key=key, at=at, version=version)
        if as_json:
            shown = {name: part for name, part in asdict(value).items() if name != "form"}
            items = [{"key": item.key, "title": item.title, "text": item.text} for item in value.form.items]
            typer.echo(_json(shown | {"questions": items}))
            return
        card = value.card
        typer.echo(f"{card.title}\n  key       {card.key}, version {card.version}\n  sum       {card.sha256}")
        typer.echo(f"  state     {card.state}{': ' if card.why else ''}{card.why}\n  licence   {card.licence}")
        if card.how_to_get:
            typer.echo(f"  wording   {card.how_to_get}")
        for piece in value.pieces:
            typer.echo(f"  {piece.what}, version {piece.version}, {piece.sha256[:12]}…: {piece.state}. {piece.why}")
        for item in value.form.items:
            typer.echo(f"  {item.key:<28} {item.text or item.title}")


@app.command()
def export(
    key: Key,
    version: Version = None,
    site: Site = "",
    template: Annotated[bool, typer.Option("--template", help="A text pack to be filled in, as TOML.")] = False,
    original: Annotated[
        bool, typer.Option("--original", help="The imported file as it came, with the lists that were put into it.")
    ] = False,
    email: As = "",
) -> None:
    """Write an instrument to the standard output: as FHIR R4 JSON, unless something else is asked for."""
    from fourfold.assessment import fhir
    from fourfold.assessment.pack_template import template as pack_template
    from fourfold.assessment.queries import library, library_pages

    with at_a_site(site, email) as (actor, code, at):
        value = library_pages.instrument_page(actor=actor, site=code, key=key, at=at, version=version)
        if template:
            typer.echo(pack_template(library.structure_of(key, value.card.version)), nl=False)
        elif original:
            sys.stdout.buffer.write(library.original_of(code, key, value.card.version))
        else:
            sys.stdout.buffer.write(fhir.questionnaire_bytes(value.form))


@app.command()
def answers(
    *,
    case: Annotated[str, typer.Argument(help="The reference of the case.")],
    filled: Annotated[UUID, typer.Argument(help="The signed assessment, or the measure, as its address names it.")],
    to: Annotated[str, typer.Option("--to", help="Who receives it: the person and the organisation.")],
    ground: Annotated[str, typer.Option(help="The legal ground, such as prevent_crime or court.")],
    necessity: Annotated[str, typer.Option(help="Why it is needed, and why less is not enough.")],
    consent: Annotated[
        str, typer.Option(help="Whether the person was asked: given, refused, overridden or not_asked.")
    ],
    email: Me,
    consent_reason: Annotated[str, typer.Option(help="Why not asked, or why the refusal is overridden.")] = "",
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day until which they keep it.")
    ] = None,
    site: Site = "",
) -> None:
    """Write a form that was filled in to the standard output, as FHIR R4 JSON. It goes into the disclosure ledger."""
    from fourfold import journey
    from fourfold.access.terms import NotFound
    from fourfold.cases import queries as cases
    from fourfold.governance.terms import CannotGovern, Consent, Ground, RecipientDraft

    goes = RecipientDraft(
        to,
        one_of(Ground, ground, "--ground"),
        necessity,
        one_of(Consent, consent, "--consent"),
        consent_reason,
        until.date() if until else None,
    )
    with at_a_site(site, email) as (actor, _code, at):
        try:
            row = cases.case_of(actor=actor, reference=case, at=at)
        except NotFound:
            stop(f"You have no case {case}. Check the reference, and whose account --as names.", CANNOT)
        try:
            content = journey.form_handed_out(actor=actor, case=row, filled=filled, to=goes, at=at)
        except NotFound:
            stop(
                f"Case {case} has no signed assessment and no measure {filled} that you may hand out. Copy the "
                "identifier from the address of its page.",
                CANNOT,
            )
        except CannotGovern as fault:
            stop(f"{fault} Nothing left.", CANNOT)
    sys.stdout.buffer.write(content)


# ---- bringing in --------------------------------------------------------------------------------------------------


@app.command()
def pack(
    file: Annotated[Path, typer.Argument(help="The text pack, a TOML file, or a FHIR questionnaire with the words.")],
    key: Annotated[str, typer.Option("--for", help="Whose words a FHIR file holds, where it does not say so.")] = "",
    site: Site = "",
    dry_run: DryRun = False,
    as_json: Json = False,
    email: As = "",
) -> None:
    """Bring in the wording of an instrument. What is free to use is active at once; the rest waits for approval."""
    from fourfold.assessment import services
    from fourfold.assessment.queries.holdings import holdings
    from fourfold.assessment.queries.library import card_of

    with at_a_site(site, email, dry_run=dry_run) as (actor, code, at):
        raw = bytes_of(file)
        kept = services.bring_pack(actor=actor, site=code, raw=raw, file=file.name, at=at, key=key)
        form = kept.preview.form
        card = card_of(holdings(code, at=at, key=form.key), form.key, form.version)
        told = {
            "file": str(file),
            "site": code,
            "instrument": form.key,
            "version": form.version,
            "language": form.language,
            "sha256": form.pack_sha256,
            "added": kept.row is not None and not dry_run,
            "state": card.state,
            "why": card.why,
            "differences": [asdict(each) for each in kept.preview.differences],
        }
    if as_json:
        typer.echo(_json(told))
        return
    there = "was there already; nothing added" if kept.row is None else "would be added" if dry_run else "added"
    typer.echo(f"{form.title}, {form.language}: {there}.\n  sum of the words  {form.pack_sha256}")
    typer.echo(f"  state             {card.state}{': ' if card.why else ''}{card.why}")
    for line in _changed(kept.preview.differences):
        typer.echo(line)


def bytes_of(file: Path) -> bytes:
    from fourfold.assessment.queries.previews import read_file

    found = read_file(file)
    if not isinstance(found, bytes):
        stop(f"{file}: {found.reasons[0].message}", CANNOT)
    return found


@app.command()
def licence(  # noqa: PLR0917 -- a licence has so many parts, each an option
    key: Key,
    licensor: Annotated[str, typer.Option(help="Who granted it.")],
    reference: Annotated[str, typer.Option(help="Its number, or where it stands.")],
    granted_on: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The first day on which it holds.")],
    review_on: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="When somebody looks at it again.")],
    evidence: Annotated[Path, typer.Option(help="The document that shows it; its name and sum are kept.")],
    email: Me,
    expires_on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The last day, if any.")] = None,
    site: Site = "",
) -> None:
    """Put a licence on record. The document itself stays where it is."""
    from fourfold.assessment import services
    from fourfold.assessment.rules.approval import Granted

    with at_a_site(site, email) as (actor, code, at):
        granted = Granted(
            licensor, reference, granted_on.date(), expires_on.date() if expires_on else None, review_on.date()
        )
        services.record_licence(
            actor=actor,
            site=code,
            instrument=key,
            granted=granted,
            evidence=evidence.name,
            evidence_sha256=sha256(bytes_of(evidence)).hexdigest(),
            at=at,
        )
    typer.echo(f"The licence of {licensor} for {key} is on record.")


@app.command()
def approve(
    key: Key,
    email: Me,
    site: Site = "",
    words: Annotated[str, typer.Option(help="Why, in your own words.")] = "",
    confirm: Annotated[list[str] | None, typer.Option(help="A proposed score that you answer for.")] = None,
) -> None:
    """Approve what was brought in last, as one of two people who did not bring it in."""
    from fourfold.assessment import services
    from fourfold.assessment.queries import library

    with at_a_site(site, email) as (actor, code, at):
        brought = library.to_approve(code, key, at=at)
        services.approve_instrument(actor=actor, brought=brought, at=at, words=words, confirms=tuple(confirm or ()))
        card = library.card(code, key, at=at)
    typer.echo(f"Approved. {card.title} is {card.state}{': ' if card.why else ''}{card.why or '.'}")


@app.command()
def withdraw(
    key: Key, email: Me, reason: Annotated[str, typer.Option(help="Why it is taken out of use.")], site: Site = ""
) -> None:
    """Take an instrument out of use. Answers that were given on it stay as they are."""
    from fourfold.assessment import services
    from fourfold.assessment.queries import library

    with at_a_site(site, email) as (actor, code, at):
        services.withdraw_instrument(actor=actor, brought=library.to_withdraw(code, key, at=at), reason=reason, at=at)
        card = library.card(code, key, at=at)
    typer.echo(f"Withdrawn. {card.title} is {card.state}{': ' if card.why else ''}{card.why or '.'}")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A FHIR questionnaire in JSON: STU3, R4 or R5.")],
    site: Site = "",
    as_json: Json = False,
    dry_run: DryRun = False,
    by: By = "",
    email: As = "",
) -> None:
    """Bring a whole instrument in. It is inactive until two people approve it.

    Ends as imported, imported with warnings (exit code 0 for both) or refused (1), with its reasons. 2: an option
    cannot be used; 3: you may not; 130: interrupted. Nothing is ever half stored.
    """
    ways = {way.value.replace("_", "-"): way for way in FilledInBy}
    if by and by not in ways:
        stop(f"“{by}” is none of: {', '.join(ways)}.", CANNOT)
    ended, added, seconds = _ended(file, site, email, dry_run=dry_run, by=ways.get(by))
    told = _told(file, ended) | {"seconds": round(seconds, 2), "added": added, "dry_run": dry_run}
    typer.echo(_json(told) if as_json else _in_words(ended, told, said=bool(by)))
    raise typer.Exit(0 if ended.form is not None else REFUSED)


def _ended(
    file: Path, site: str, email: str, *, dry_run: bool, by: FilledInBy | None
) -> tuple[ImportPreview, bool, float]:
    """Return how importing a file ended, whether anything was added, and in how many seconds once the database stood.

    It never raises for what the file is.
    """
    from fourfold.assessment import services
    from fourfold.assessment.queries.previews import read_file, refused

    begun = time.monotonic()
    raw = read_file(file)
    if not isinstance(raw, bytes):
        return raw, False, time.monotonic() - begun
    with at_a_site(site, email, dry_run=dry_run) as (actor, code, at):
        begun = time.monotonic()
        try:
            kept = services.import_definition(actor=actor, site=code, raw=raw, file=file.name, at=at, by=by)
        except (ArithmeticError, LookupError, TypeError, ValueError, MemoryError, RecursionError) as fault:
            problem = f"It was read, but keeping it ended in a failure of ours ({type(fault).__name__})."
            ended = refused(file.name, "failure", problem, "Nothing was stored. Tell the project.")
            return ended, False, time.monotonic() - begun
    return kept.preview, kept.row is not None and not dry_run, time.monotonic() - begun


def _told(file: Path, ended: ImportPreview) -> dict[str, Any]:
    form = ended.form
    return {
        "file": str(file),
        "outcome": ended.outcome,
        "reasons": [asdict(reason) for reason in ended.reasons],
        "instrument": form.key if form else None,
        "version": form.version if form else None,
        "sha256": form.sha256 if form else None,
        "dialect": ended.dialect or None,
        "items": sum(item.takes_answer and not item.is_rule for item in form.items) if form else 0,
        "scores": len(form.scores) if form else 0,
        "by": ended.by.value.replace("_", "-") if ended.by else None,
    }


def _in_words(ended: ImportPreview, told: dict[str, Any], *, said: bool) -> str:
    """Say how an import ended; `said`: somebody said who fills the form in."""
    lines = [f"{told['file']}: {ended.outcome} in {told['seconds']} s"]
    if ended.form is not None:
        lines.append(f"  {ended.form.title}: {ended.form.key} version {ended.form.version}, FHIR {ended.dialect}")
        lines.append(f"  questions: {told['items']}, proposed scores: {told['scores']}")
        if not said and ended.by and not ended.already:
            lines.append(f"  Taken as filled in by {ended.by.words}. Say otherwise with --by.")
    if ended.measure is not None and not ended.already:
        key, title = ended.measure
        lines.append(f"  This is {title}, which the library has: fourfold instruments pack {told['file']} --for {key}")
    if told["added"]:
        lines.append("  It is inactive until two people who did not bring it in approve it.")
    elif told["dry_run"]:
        lines.append("  Nothing was stored (dry run).")
    lines += [f"  {each.severity:<8} {len(each.lines)} × {each.message} ({each.named})" for each in ended.groups]
    lines += _changed(ended.differences)
    return "\n".join(lines)


def _changed(differences: Iterable[Difference]) -> Iterator[str]:
    return (f"  changed  {each.where}: “{each.before}” → “{each.after}”" for each in differences)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
