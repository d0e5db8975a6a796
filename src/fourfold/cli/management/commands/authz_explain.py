"""The test contract's `authz_explain`: what one person may do with one file, compartment by compartment, and why.

The pages never say why a door is closed; this does, so it stands on the command line alone and each use is logged.
"""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ObjectDoesNotExist
from django.core.management.base import BaseCommand, CommandError, CommandParser

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.rules import Facts
from fourfold.access.terms import Access, Purpose
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases import queries as cases


class Command(BaseCommand):
    """Explains the decision about each compartment: open or closed, the rule that says so, and the facts it rests on."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Take whom, what and which file; the session is a properly strong one for casework unless said otherwise."""
        parser.add_argument("--user", required=True, help="the e-mail address that the person signs in with")
        parser.add_argument("--action", required=True, choices=[str(access) for access in Access])
        parser.add_argument("--object", required=True, help="a file's identifier, or a case's reference")
        parser.add_argument("--purpose", default=str(Purpose.CASEWORK), choices=["", *map(str, Purpose)])
        parser.add_argument("--strength", default="password+totp", help="how strongly the session was begun")
        parser.add_argument("--second", action="store_true", help="a second person has approved")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Explain, remember that it was asked, and print a line or an object for each compartment."""
        at = _now()
        actor = _actor(options["user"], options["strength"], options["purpose"], at)
        file = _file(options["object"])
        told = access_queries.explained(actor, file, Access(options["action"]), at=at, second=options["second"])
        audit.consulted(access.first_administrator(at=at), "access.explained", at=at, file=file, count=len(told))
        decisions = [_decision(facts, rule) for facts, rule in told]
        if options["json"]:
            about = {"user": options["user"], "action": options["action"], "file": str(file), **_whole(decisions)}
            self.stdout.write(json.dumps({**about, "decisions": decisions}, indent=1))
        else:
            self.stdout.write("\n".join(_line(one) for one in decisions))


def _now() -> datetime:
    fixed: str = settings.FOURFOLD.app_clock
    return datetime.fromisoformat(fixed).astimezone(UTC) if fixed else datetime.now(UTC)


def _actor(email: str, strength: str, purpose: str, at: datetime) -> Actor:
    try:
        account = get_user_model().objects.get_by_natural_key(email)
    except ObjectDoesNotExist as nobody:
        raise CommandError(f"Nobody signs in as {email}. Check --user.") from nobody
    return access_queries.actor_of(account.staff, at=at, account=account, strength=strength, purpose=purpose)


def _file(said: str) -> UUID:
    try:
        return UUID(said)
    except ValueError:
        file = cases.file_of(said)
    if file is None:
        raise CommandError(f"No case has the reference {said}. Check --object.")
    return file


def _decision(facts: Facts, rule: str | None) -> dict[str, Any]:
    """Return one decision as it is printed; the rule that opens is named by what it permits."""
    told = {name: sorted(value) if isinstance(value, frozenset) else value for name, value in asdict(facts).items()}
    compartment, side = told.pop("compartment"), told.pop("side")
    return {
        "compartment": compartment,
        "side": side,
        "decision": "closed" if rule else "open",
        "rule": rule or f"permit for {compartment}",
        "facts": told,
    }


def _whole(decisions: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the answer for the file as such: open where any compartment is, and by or for which rules."""
    opened = [one for one in decisions if one["decision"] == "open"]
    decided = opened or decisions
    return {"decision": "open" if opened else "closed", "policies": sorted({one["rule"] for one in decided})}


def _line(one: dict[str, Any]) -> str:
    side = f" ({one['side']})" if one["side"] != "none" else ""
    return f"{one['decision']:<7}{one['compartment']}{side}: {one['rule']}"
