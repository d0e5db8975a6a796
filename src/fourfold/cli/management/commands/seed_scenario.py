"""The test contract's `seed_scenario`: a small repeatable world with logins and a canary in every sensitive field."""

import json
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from fourfold.cli.patience import busy
from fourfold.demo.scenario import NAME, CannotSeed, World, seed_two_sites


class Command(BaseCommand):
    """Builds the world in the present database, its tables first, where no site of its name is yet; never in production."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the world's name and the seed of its identifiers."""
        parser.add_argument("--name", default=NAME, choices=[NAME])
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Build, and print the logins, the identifiers and the canary map."""
        environment = settings.FOURFOLD
        if environment.production or not (environment.demo or environment.test_mode):
            raise CommandError("Invented worlds are built in demo or test mode only: FOURFOLD_DEMO=1, no PRODUCTION.")
        try:
            with busy("Building the world"):
                call_command("migrate", verbosity=0, interactive=False)
                world = seed_two_sites(seed=options["seed"], at=_now())
        except CannotSeed as why:
            raise CommandError(str(why)) from why
        self.stdout.write(json.dumps(world.as_json(), indent=1) if options["json"] else "\n".join(_lines(world)))


def _now() -> datetime:
    fixed: str = settings.FOURFOLD.app_clock
    return datetime.fromisoformat(fixed).astimezone(UTC) if fixed else datetime.now(UTC)


def _lines(world: World) -> list[str]:
    told = world.as_json()
    people = [f"{one['persona']:<4}{one['email']:<26}{one['password']:<24}{one['what']}" for one in told["personas"]]
    cases = [f"case {one['case']}  {one['reference']}  {one['site']}" for one in told["cases"]]
    return [*people, *cases, f"{len(told['canaries'])} canaries; --json prints where each sits, and the TOTP secrets"]
