"""Write docs/reference/dependencies.md from pyproject.toml, the lock and dependencies.toml, and refuse what may not run.

    .venv/bin/python -m tools.dependencies             write the page
    .venv/bin/python -m tools.dependencies --check     only check it: no network
    .venv/bin/python -m tools.dependencies --refresh   ask the package index for releases and licences, then write

Refused: a dependency without facts or with those of another version, and a GPL or AGPL licence of anything that is
installed to run, what our dependencies bring included. The LGPL of
the PostgreSQL driver is allowed: it is a library that we import and do not change.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
import urllib.request
from dataclasses import dataclass
from datetime import date
from importlib.metadata import PackageNotFoundError, metadata

from tools.progress import ROOT

FACTS = ROOT / "tools" / "dependencies.toml"
PAGE = ROOT / "docs" / "reference" / "dependencies.md"
LOCKS = {name: f"{name}.txt" for name in ("run", "spark", "dask", "telemetry", "node", "postgres", "dev")}
WHERE = {
    "run": "To run",
    "spark": "For the linkage on a cluster",
    "dask": "For the capacity model on several machines",
    "telemetry": "For traces and numbers by OpenTelemetry",
    "node": "To fetch the front-end files where there is no npm",
    "postgres": "For the tests where the system has no PostgreSQL",
    "dev": "To develop and test",
}
NAME = re.compile(r'^\s*"([A-Za-z0-9-]+)(?:\[[a-z,-]+\])?[^"]*",\s*# (.+)$')
GPL = re.compile(r"\bA?GPL|(?<!Lesser )General Public License", re.IGNORECASE)
OLD = 2 * 365  # days without a release after which a dependency is named


@dataclass(frozen=True, slots=True)
class Dependency:
    """A direct dependency: `why` from pyproject.toml, `version` from the lock, the rest from dependencies.toml."""

    name: str
    group: str
    why: str
    version: str
    licence: str
    released_on: str
    keeper: str
    instead: str

    def silent_for(self, day: date) -> bool:
        return bool(self.released_on) and (day - date.fromisoformat(self.released_on)).days > OLD


def main(words: list[str]) -> int:
    """Do what the words ask; return 0 where nothing is refused and the page is up to date."""
    if "--refresh" in words:
        refresh()
    facts = tomllib.loads(FACTS.read_text(encoding="utf-8"))
    found = dependencies(facts)
    wrong = [*refused(found, facts)]
    text = page(found, date.fromisoformat(facts["looked_up"]["on"]))
    if "--check" not in words:
        PAGE.write_text(text, encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
        wrong.append("docs/reference/dependencies.md is out of date. Type: make docs")
    print("\n".join(wrong) or f"{len(found)} direct dependencies: nothing is refused.")
    return int(bool(wrong))


def declared() -> dict[str, tuple[str, str]]:
    """Return the group and the reason of each direct dependency, from the lines of pyproject.toml."""
    group, found = "run", {}
    for line in (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines():
        if heading := re.match(r"^([a-z]+) = \[$", line):
            group = "run" if heading[1] == "dependencies" else heading[1]
        elif row := NAME.match(line):
            found[row[1].lower()] = (group, row[2])
        elif line.startswith("[project.scripts]"):
            break
    return found


def locked(group: str) -> dict[str, str]:
    """Return the version of every package of a lock."""
    text = (ROOT / "requirements" / LOCKS[group]).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)(?:\[[^\]]*\])?==([^\s\\;]+)", text, re.MULTILINE))


def dependencies(facts: dict[str, dict[str, str]]) -> list[Dependency]:
    locks = {group: locked(group) for group in LOCKS}
    empty = {"licence": "", "released_on": "", "keeper": "", "instead": ""}
    return [
        Dependency(name, group, why, locks[group][name], **{key: facts.get(name, empty)[key] for key in empty})
        for name, (group, why) in declared().items()
    ]


def refused(found: list[Dependency], facts: dict[str, dict[str, str]]) -> list[str]:
    """Return a sentence for each dependency that may not be, or of which too little is known."""
    wrong = []
    for one in found:
        if one.name not in facts or not (one.keeper and one.instead):
            wrong.append(f"{one.name}: say in tools/dependencies.toml who keeps it and what would replace it.")
        elif facts[one.name]["version"] != one.version:
            wrong.append(
                f"{one.name} {one.version}: its facts are of another version. Run tools.dependencies --refresh."
            )
        if not one.licence:
            wrong.append(
                f"{one.name}: its licence is not known. Look at its source and say in tools/dependencies.toml."
            )
    running = {one.name: one.licence for one in found if one.group == "run"}
    for name in locked("run"):
        if GPL.search(licence := running.get(name) or licence_of(name)):
            wrong.append(f"{name}: its licence is {licence}, which may not run with ours.")
    stale = facts.keys() - {one.name for one in found} - {"looked_up"}
    return [*wrong, *(f"{name}: in tools/dependencies.toml, but no dependency of ours." for name in sorted(stale))]


def page(found: list[Dependency], day: date) -> str:
    lines = [
        "<!-- Written by `make docs` from pyproject.toml, the lock and tools/dependencies.toml. Do not edit. -->",
        "# What we depend on, and why\n",
        f"Releases and licences were looked up on {day:%-d %B %Y}. Nothing under the GPL or AGPL may run with Fourfold;",
        "`make check` refuses it. What only tests use is never installed with it.\n",
    ]
    silent = [one.name for one in found if one.silent_for(day)]
    lines.append(f"No release for two years: {', '.join(silent) if silent else 'none'}.\n")
    for group, heading in WHERE.items():
        lines += [
            f"## {heading}\n",
            "| package | why | licence | last release | who keeps it | what would replace it |",
        ]
        lines.append("|---|---|---|---|---|---|")
        lines += [
            f"| {one.name} {one.version} | {one.why} | {one.licence} | {one.released_on} | {one.keeper} | {one.instead} |"
            for one in found
            if one.group == group
        ]
        lines.append("")
    return "\n".join(lines)


# ---- asking the index -------------------------------------------------------------------------------------------


def refresh() -> None:
    """Ask the index that pip is told to use for the last release of each, and the environment for its licence."""
    facts = tomllib.loads(FACTS.read_text(encoding="utf-8"))
    index = index_address()
    versions = {name: locked(group).get(name, "") for name, (group, _) in declared().items()}
    for name, version in versions.items():
        known = facts.setdefault(name, {"keeper": "", "instead": ""})
        known["released_on"] = last_release(index, name) or known.get("released_on", "")
        known["licence"] = licence_of(name) or known.get("licence", "")
        known["version"] = version
        print(f"{name} {version}: {known['released_on']}, {known['licence']}")
    head = FACTS.read_text(encoding="utf-8").partition("\n\n")[0]
    facts["looked_up"] = {"on": date.today().isoformat()}  # noqa: DTZ011 -- the day on this desk
    parts = [
        f"[{name}]\n" + "\n".join(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in rows.items())
        for name, rows in sorted(facts.items())
    ]
    FACTS.write_text("\n\n".join([head, *parts]) + "\n", encoding="utf-8")


def index_address() -> str:
    """Return the address of the package index that pip uses."""
    told = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", "global.index-url"], capture_output=True, text=True, check=False
    )
    if told.returncode == 0:
        return told.stdout.strip()
    code = "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def last_release(index: str, name: str) -> str:
    """Return the day of the newest file of a package, or an empty text where the index does not say."""
    wanted = {"Accept": "application/vnd.pypi.simple.v1+json"}
    request = urllib.request.Request(f"{index.rstrip('/')}/{name}/", headers=wanted)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            files = json.load(answer)["files"]
    except (OSError, ValueError, KeyError) as why:
        print(f"{name}: the index did not say ({why})", file=sys.stderr)
        return ""
    return max((file.get("upload-time") or "" for file in files), default="")[:10]


def licence_of(name: str) -> str:
    """Return the licence that an installed package declares: an expression, else a classifier, else a short text."""
    try:
        facts = metadata(name)
    except PackageNotFoundError:
        return ""
    said = [word.split("::")[-1].strip() for word in facts.get_all("Classifier") or [] if word.startswith("License ::")]
    expression, text = (facts.get_all(key) or [""] for key in ("License-Expression", "License"))
    return expression[0] or " or ".join(said) or (text[0] if len(text[0]) < 40 else "")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
