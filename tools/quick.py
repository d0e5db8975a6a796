"""Check what a change can break, nearest first, in a minute: format, lint, types, import law and tests.

    .venv/bin/python -m tools.quick            what differs from `main`, committed or not
    .venv/bin/python -m tools.quick --fast     format and lint alone, as the pre-commit hook runs them

The tests are those that import a changed module, by the import graph, the fewest steps away first, until the time is up.
What was left out is printed: `make test` runs it all.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from tools.checks import COMPILED
from tools.progress import ROOT

SECONDS = 35  # until no further test is begun
GRACE = 10  # for the last test and the end of the process
MOST_FILES = 40  # of tests: to load more takes longer than they may run
CHOSEN = "not browser and not postgres and not spark and not dask and not slow"
STEPS = 3  # of imports between a test and a change: nearly every test reaches nearly every module in more
BIN = ROOT / ".venv" / "bin"
SOURCE, TESTS = ROOT / "src", ROOT / "tests"


def main(words: list[str]) -> int:
    """Run the checks and tests; return 0 only if every one passed."""
    began = time.monotonic()
    changed = changed_files()
    python = [path for path in changed if path.suffix == ".py" and (ROOT / path).exists()]
    if not changed:
        print("Nothing differs from main.")
        return 0
    print(f"{len(changed)} files differ from main, {len(python)} of them Python.", flush=True)
    codes = [run("ruff", "format", "--check", *python), run("ruff", "check", *python)] if python else []
    if "--fast" not in words:
        codes.append(beside_types(changed, began))
    failed = any(codes)
    print(f"{'FAILED' if failed else 'Passed'} in {time.monotonic() - began:.0f} s", flush=True)
    return int(failed)


def changed_files() -> list[Path]:
    """Return what differs from where this branch left main, or on main itself from the last commit."""
    here, there = git("rev-parse", "HEAD"), git("rev-parse", "--verify", "--quiet", "main") or "HEAD"
    base = git("merge-base", here[0], there[0])[0]
    names = {*git("diff", "--name-only", base), *git("ls-files", "--others", "--exclude-standard")}
    return sorted(Path(name) for name in names)


def git(*words: str) -> list[str]:
    return subprocess.run(["git", *words], capture_output=True, text=True, check=False, cwd=ROOT).stdout.split("\n")[
        :-1
    ]


def run(program: str, *words: str | Path) -> int:
    return subprocess.run([BIN / program, *words], check=False, cwd=ROOT).returncode


def beside_types(changed: list[Path], began: float) -> int:
    """Run types and import law beside the tests, one on each core; return a code that is 0 if all passed."""
    with tempfile.TemporaryFile("w+") as talk:
        source = any(path.is_relative_to("src/fourfold") or path.parts[0] == "tools" for path in changed)
        law = f"'{BIN}/mypy' && '{BIN}/lint-imports' --no-logo" if source else "true"
        types = subprocess.Popen(["sh", "-c", law], stdout=talk, stderr=talk, cwd=ROOT)
        code = run_tests(changed, began)
        if types.wait():
            talk.seek(0)
            print(talk.read())
        return code or types.returncode


# ---- which tests ------------------------------------------------------------------------------------------------


def run_tests(changed: list[Path], began: float) -> int:
    """Run the nearest tests until the time is up, and say what was left out."""
    distances = steps_to_tests(changed)
    near = [path for path, steps in sorted(distances.items(), key=lambda row: (row[1], row[0])) if steps <= STEPS]
    chosen, left = near[:MOST_FILES], near[MOST_FILES:]
    further = len(distances) - len(near)
    if left or further:
        print(f"Left out: {len(left) + further} test files that reach the change in more steps of imports:", end=" ")
        print(f"{', '.join(str(path) for path in left[:5])} …" if left else f"more than {STEPS} each")
    print("Left out: what tests reach by the address of a page alone, slow tests, browser journeys, PostgreSQL, Spark.")
    if not chosen:
        return 0
    print(f"{len(chosen)} test files, nearest first:", *chosen[:8], "…" if len(chosen) > 8 else "", flush=True)
    environment = COMPILED | {
        "DATABASE_URL": "",
        "FOURFOLD_TESTS_UNTIL": str(time.time() + SECONDS - (time.monotonic() - began)),
    }
    words = ["-m", "pytest", "-q", "-n", "0", "-p", "tools.until", "-m", CHOSEN]
    command: list[str | Path] = [BIN / "python", *words, *chosen]
    code = subprocess.run(command, check=False, cwd=ROOT, env={**os.environ, **environment}).returncode
    return 0 if code == 5 else code  # 5: the markers chose none


def steps_to_tests(changed: Iterable[Path]) -> dict[Path, int]:
    """Return every test file that reaches a changed one, with the number of imports between them."""
    imports = import_graph()
    importers: dict[str, set[str]] = defaultdict(set)
    for module, targets in imports.items():
        for target in targets:
            importers[target].add(module)
    steps = {module: 0 for path in changed for module in modules_of(path)}
    edge = list(steps)
    for module in edge:
        for importer in importers[module]:
            if importer not in steps:
                steps[importer] = steps[module] + 1
                edge.append(importer)
    tests = ((ROOT / Path(*module.split("."))).with_suffix(".py") for module in steps if ".test_" in module)
    named = {path.relative_to(ROOT): steps[name_of(path)] for path in tests if path.exists()}
    return named | dict.fromkeys(tests_of_the_same_name(changed), 0)


@cache
def import_graph() -> Mapping[str, set[str]]:
    """Return which modules each module of the product and of the tests imports."""
    import grimp

    sys.path.insert(0, str(SOURCE))
    graph = grimp.build_graph("fourfold", cache_dir=str(ROOT / ".import_linter_cache"))
    imports = {module: set(graph.find_modules_directly_imported_by(module)) for module in graph.modules}
    for path in TESTS.rglob("*.py"):
        named = set(imported(ast.parse(path.read_text(encoding="utf-8"))))
        imports[name_of(path)] = named
    return imports


def imported(tree: ast.Module) -> Iterable[str]:
    """Yield every name that could be a module which a file imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def modules_of(path: Path) -> list[str]:
    """Return the module of a Python file; of a template or another file, the modules that name it or what includes it."""
    if path.suffix == ".py":
        return [name_of(ROOT / path)]
    if not path.is_relative_to("src"):
        return []
    texts = {file: file.read_text(encoding="utf-8") for file in SOURCE.rglob("*.*") if file.suffix in {".py", ".html"}}
    named, found = [ROOT / path], set()
    for file in named:
        for other in naming(file, texts):
            if other.suffix == ".py":
                found.add(name_of(other))
            elif other not in named:
                named.append(other)
    group = path.parent.name  # a name that is put together: whatever speaks of the folder
    return sorted(found or {name_of(file) for file in texts if file.suffix == ".py" and f'"{group}/' in texts[file]})


def naming(file: Path, texts: Mapping[Path, str]) -> list[Path]:
    """Return the files that name a file, by its folder and name or by its name alone."""
    names = (f"{file.parent.name}/{file.name}", f'"{file.name}"')
    return [other for other, text in texts.items() if other != file and any(name in text for name in names)]


def name_of(path: Path) -> str:
    inside = path.relative_to(SOURCE if path.is_relative_to(SOURCE) else ROOT).with_suffix("")
    return ".".join(inside.parts).removesuffix(".__init__")


def tests_of_the_same_name(changed: Iterable[Path]) -> Iterable[Path]:
    """Yield the tests that bear the name of a changed page or module: they reach it by its address."""
    for path in changed:
        if path.is_relative_to("src/fourfold"):
            slice_, stem = path.parts[2], path.stem
            for found in (TESTS / slice_).glob(f"test_{stem}*.py"):
                yield found.relative_to(ROOT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
