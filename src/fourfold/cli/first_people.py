"""fourfold first-people: the first administrator and the first lead of each agency, on the host, both named."""

import re
from datetime import date
from typing import Annotated

import typer

from fourfold.cli.console import CANNOT, in_words, migrate, now, stop

_NAMED = re.compile(r"(?P<name>[^<>=]+)<(?P<email>[^<>]+)>\s*(?P<trained>\d{4}-\d{2}-\d{2})")
Named = Annotated[
    str,
    typer.Option(
        help="The first administrator and the last day of their training: 'Ada Lock <ada.lock@x.example> 2027-06-30'."
    ),
]
Leads = Annotated[
    list[str],
    typer.Option("--lead", help="An agency's first lead: 'cheshire-police=Bo Reed <bo@police.example> 2027-06-30'."),
]


def first_people(
    address: Annotated[str, typer.Option(help="Where the site is reached, such as https://fourfold.example.")],
    lead: Leads,
    administrator: Named = "",
) -> None:
    """Make the accounts that nobody is there to confirm: the first administrator, and the first leads of each agency.

    Each is named with the last day on which their training holds: unknown is not trained. Each gets a link at their own
    work address, which this command does not show, and has 72 hours to choose a password and pair a second factor; after
    that they are named again. So is whose training is over, or on no record, with a later day. An agency that has a
    lead, and an installation that has an administrator, take no other this way. Whoever watches the log is told of each
    new one for four weeks. Exit code 0: done; 2: something cannot be used; 3: you may not.
    """
    from django.conf import settings

    from fourfold.access import services as access
    from fourfold.access.terms import Role
    from fourfold.access.terms.accounts import CannotTakeOn, FirstPerson
    from fourfold.gateways.mailroom import Mailroom

    at = now()
    asked = [FirstPerson("programme", Role.SYSTEM_ADMINISTRATOR, *_named(administrator))] if administrator else []
    for one in lead:
        partner, _, who = one.partition("=")
        asked.append(FirstPerson(partner.strip(), Role.AGENCY_LEAD, *_named(who)))
    if not asked:
        stop("Name the first administrator, or an agency's first lead.", CANNOT)
    with in_words(CannotTakeOn):
        migrate()
        done = access.first_people(
            actor=access.first_administrator(at=at),
            people=asked,
            kind_of=_kind_of,
            mailroom=Mailroom(settings.FOURFOLD.digest_dir),
            link=lambda secret: f"{address.rstrip('/')}/invitation/{secret}/",
            at=at,
        )
    for person, (_, posted) in zip(asked, done, strict=True):
        link = f"a link waits in the mail room for {person.email}"
        typer.echo(
            f"{person.name}, {person.role.label}: {link if posted else 'the training is recorded; no link was posted'}."
        )


def _named(said: str) -> tuple[str, str, date]:
    found = _NAMED.fullmatch(said.strip())
    if found is None or (trained := _day(found["trained"])) is None:
        stop(
            "Write a name, an address and the last day of the training, such as "
            f"'Bo Reed <bo@police.example> 2027-06-30', not “{said}”.",
            CANNOT,
        )
    return found["name"].strip(), found["email"].strip(), trained


def _day(said: str) -> date | None:
    try:
        return date.fromisoformat(said)
    except ValueError:
        return None


def _kind_of(partner: str) -> str | None:
    from fourfold.programme.queries import kind_of

    return "programme" if partner == "programme" else kind_of(partner)
