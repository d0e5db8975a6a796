"""Name a release: its commit goes into CHANGELOG.md, and what must never change again into tools/releases.toml.

    .venv/bin/python -m tools.release 0.2.0      the present commit is the release

Frozen are the migrations (docs/adr/0017) and, for each table, the columns to which a digest of each edition commits
(docs/adr/0011): a database that was made with a release is upgraded and verified for ever.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.progress import ROOT

if TYPE_CHECKING:
    from django.db.models import Field

REGISTER = ROOT / "tools" / "releases.toml"
CHANGELOG = ROOT / "CHANGELOG.md"
HEADING = re.compile(r"^## (?P<version>\d+\.\d+\.\d+)(?P<rest>.*)$", re.MULTILINE)
COMMIT = re.compile(r"commit `([0-9a-f]{40})`")
#: What one row alone could refer to, and several can now: to a digest both are the identifier that stands there.
REFERRED_ONCE = {"orders.breach": {"allegation_id"}}
#: The first release whose databases are carried over.
FIRST = (0, 2, 0)


@dataclass(frozen=True)
class Release:
    """A version that was given out: its commit, and the SHA-256 of each migration and of the columns of each edition."""

    version: str
    commit: str
    migrations: dict[str, str]
    editions: dict[str, str]


def released(register: Path = REGISTER) -> list[Release]:
    """Return the releases that are named."""
    if not register.exists():
        return []
    found = tomllib.loads(register.read_text())
    return [Release(version, one["commit"], one["migrations"], one["editions"]) for version, one in found.items()]


def named_in_changelog(text: str) -> dict[str, str | None]:
    """Return the versions from 0.2.0 on that the changelog calls released, each with its commit, None where it has none."""
    found: dict[str, str | None] = {}
    for heading in HEADING.finditer(text):
        if tuple(map(int, heading["version"].split("."))) >= FIRST and "not yet released" not in heading["rest"]:
            commit = COMMIT.search(heading["rest"])
            found[heading["version"]] = commit[1] if commit else None
    return found


def called(root: Path = ROOT) -> str:
    """Return the version that this release says it is: in backups, exports and plans."""
    project: dict[str, str] = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    return project["version"]


def migrations(root: Path = ROOT) -> dict[str, str]:
    """Return the SHA-256 of each migration of ours, by app and name."""
    return {
        f"{path.parents[1].name}/{path.stem}": hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((root / "src" / "fourfold").glob("*/migrations/[0-9]*.py"))
    }


def editions() -> dict[str, str]:
    """Return the SHA-256 of the columns of each table in each edition that there is today, as `table@edition`."""
    from django.apps import apps

    from fourfold.audit.commitments import committed, todays_edition

    return {
        f"{model._meta.label_lower}@{edition}": hashlib.sha256(
            " ".join(f"{column.attname}:{kind_of(column)}" for column in committed(model, edition)).encode()
        ).hexdigest()
        for model in apps.get_models()
        if model.__module__.startswith("fourfold.")
        for edition in range(1, todays_edition() + 1)
    }


def kind_of(column: Field[Any, Any]) -> str:
    """Return what a column was when it was released first."""
    once = column.attname in REFERRED_ONCE.get(column.model._meta.label_lower, ())
    return "OneToOneField" if once else column.get_internal_type()


def changed(release: Release, root: Path = ROOT) -> Iterator[str]:
    """Yield what a release froze and is not so any more."""
    for name, digest in release.migrations.items():
        now = migrations(root).get(name)
        if now != digest:
            yield f"{name}.py was released with {release.version} and is {'gone' if now is None else 'changed'}"
    now_columns = editions()
    for name, digest in release.editions.items():
        if now_columns.get(name) != digest:
            table, _, edition = name.partition("@")
            yield f"the columns of {table} in edition {edition} were released with {release.version} and are others"


def frozen_apps() -> frozenset[str]:
    """Return the apps whose initial migration was released."""
    return frozenset(name.partition("/")[0] for release in released() for name in release.migrations)


def main(words: list[str]) -> int:
    """Name the present commit as a release; return 2 and say why where it cannot be."""
    if len(words) != 1 or not HEADING.match(f"## {words[0]}"):
        return _stop("Say which version: python -m tools.release 0.2.0")
    (version,) = words
    if _git("status", "--porcelain"):
        return _stop("There are changes that are not committed: a release is a commit.")
    text = CHANGELOG.read_text()
    unreleased = f"## {version}, not yet released"
    if unreleased not in text:
        return _stop(f"CHANGELOG.md has no heading “{unreleased}”.")
    if version != called():
        return _stop(f"pyproject.toml calls this {called()}: a release says of itself which one it is.")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fourfold.config.settings")
    import django

    django.setup()
    commit = _git("rev-parse", "HEAD")
    heading = f"## {version}, {datetime.now(UTC):%-d %B %Y}, commit `{commit}`"
    CHANGELOG.write_text(text.replace(unreleased, heading, 1))
    with REGISTER.open("a") as register:
        register.write(_as_toml(Release(version, commit, migrations(), editions())))
    print(f"{version} is {commit}. Commit CHANGELOG.md and {REGISTER.relative_to(ROOT)}.")
    return 0


def _as_toml(release: Release) -> str:
    tables = (("migrations", release.migrations), ("editions", release.editions))
    parts = [f'["{release.version}"]\ncommit = "{release.commit}"\n']
    for table, rows in tables:
        lines = "".join(f'"{name}" = "{digest}"\n' for name, digest in rows.items())
        parts.append(f'["{release.version}".{table}]\n{lines}')
    return "\n".join(parts) + "\n"


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def _stop(why: str) -> int:
    print(why, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
