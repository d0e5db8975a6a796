"""The test contract's `audit_verify`: exit 0 only when the log is clean."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from fourfold.audit.terms import NoWitness
from fourfold.cli.patience import busy
from fourfold.governance.verification import whole_log


class Command(BaseCommand):
    """Reads the whole log and names each thing that is wrong with it, by kind and index."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Take --json, and a folder of checkpoint files that others keep."""
        parser.add_argument("--json", action="store_true")
        parser.add_argument("--witness-dir", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        """Verify, print, and exit 1 where anything was found."""
        witnesses = Path(options["witness_dir"]) if options["witness_dir"] else None
        try:
            with busy("Reading the log"):
                verdict = whole_log(witnesses=witnesses)
        except NoWitness as why:
            raise CommandError(str(why), returncode=2) from why
        findings = [{"kind": one.kind, "index": one.seq, "meaning": one.meaning} for one in verdict.findings]
        if options["json"]:
            self.stdout.write(json.dumps({"entries": verdict.entries, "clean": verdict.clean, "findings": findings}))
        else:
            self.stdout.write("\n".join(one.meaning for one in verdict.findings) or f"clean: {verdict.entries} entries")
        raise SystemExit(0 if verdict.clean else 1)
