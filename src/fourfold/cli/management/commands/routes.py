"""The test contract's `routes`: every address with its methods, action and compartments."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from fourfold.access.routes import routes


class Command(BaseCommand):
    """Prints the route table; exit 1 where an address declares nothing."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Take --json."""
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the table, a line or an object for each address."""
        rows = [
            {
                "address": f"/{route.address}",
                "name": route.name,
                "methods": list(route.declared.methods) if route.declared else [],
                "action": str(route.declared.permission or "open") if route.declared else None,
                "open_because": route.declared.open_because if route.declared else "",
                "compartments": sorted(route.declared.compartments) if route.declared else [],
            }
            for route in routes()
        ]
        if options["json"]:
            self.stdout.write(json.dumps(rows, indent=1))
        else:
            self.stdout.write("\n".join(f"{row['address']}  {row['action']}" for row in rows))
        raise SystemExit(1 if any(row["action"] is None for row in rows) else 0)
