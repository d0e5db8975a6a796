"""fourfold first-people: the first administrator and the first lead of each agency, on the host, both named."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from fourfold.cli.console import CANNOT, in_words, migrate, now, stop

_NAMED = re.compile(r"(?P<name>[^<>=]+)<(?P<email>[^<>]+)>")
Named = Annotated[str, typer.Option(help="The first administrator, such as 'Ada Lock <ada.lock@programme.example>'.")]
Leads = Annotated[
    list[str],
    typer.Option("--lead", help="An agency's first lead, such as 'cheshire-police=Bo Reed <bo@police.example>'."),
]


def first_people(
    address: Annotated[str, typer.Option(help="Where the site is reached, such as https://fourfold.example.")],
    lead: Leads,
    administrator: Named = "",
) -> None:
    """Make the accounts that nobody is there to confirm: the first administrator, and the first lead of each agency.

    Each gets a link at their own work address; this command shows none. An agency that has a lead, and an installation
    that has an administrator, take no other this way. Exit code 0: done; 2: something cannot be used; 3: you may not.
    """
    from django.conf import settings

    from fourfold.access import services as access
    from fourfold.access.terms import Role
    from fourfold.access.terms.accounts import CannotTakeOn
    from fourfold.gateways.mailroom import Mailroom

    at = now()
    asked = [("programme", Role.SYSTEM_ADMINISTRATOR, *_named(administrator))] if administrator else []
    for one in lead:
        partner, _, who = one.partition("=")
        asked.append((partner.strip(), Role.AGENCY_LEAD, *_named(who)))
    if not asked:
        stop("Name the first administrator, or an agency's first lead.", CANNOT)
    with in_words(CannotTakeOn):
        migrate()
        access.first_people(
            actor=access.first_administrator(at=at),
            people=asked,
            kind_of=_kind_of,
            mailroom=Mailroom(settings.FOURFOLD.digest_dir),
            link=lambda secret: f"{address.rstrip('/')}/invitation/{secret}/",
            at=at,
        )
    for _, role, name, email in asked:
        typer.echo(f"{name}, {role.label}: a link waits in the mail room for {email}.")


def _named(said: str) -> tuple[str, str]:
    found = _NAMED.fullmatch(said.strip())
    if found is None:
        stop(f"Write a name and an address, such as 'Bo Reed <bo@police.example>', not “{said}”.", CANNOT)
    return found["name"].strip(), found["email"].strip()


def _kind_of(partner: str) -> str | None:
    from fourfold.programme.queries import kind_of

    return "programme" if partner == "programme" else kind_of(partner)
