"""Which modules of the product nobody in the product calls."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import grimp

SOURCE = Path(__file__).resolve().parents[2] / "src"
#: Started by name, from outside: the framework and the command line find these for themselves.
STARTED = re.compile(r"\.(apps|migrations|management|pages)\b|^fourfold\.(cli\.main|config\.(settings|urls|wsgi))$")


def without_a_caller() -> set[str]:
    """Return the modules that are imported by nobody, or only by their façade for names that nobody says."""
    graph = grimp.build_graph("fourfold", cache_dir=None)
    packages = {module.rpartition(".")[0] for module in graph.modules}
    return {
        module
        for module in graph.modules - packages
        if not STARTED.search(module)
        and not is_named(module)
        and all(
            importer == module.rpartition(".")[0] and not is_said(names_through(importer, module), importer, module)
            for importer in graph.find_modules_that_directly_import(module)
        )
    }


@cache
def texts() -> dict[str, str]:
    """Return the text of every file of the product by the name of its module."""
    return {name_of(path): path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py")}


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")


def is_named(module: str) -> bool:
    """Return whether a setting, or a process that is started, names the module or its file as a text."""
    file = f'"{module.rpartition(".")[2]}.py"'
    return any(f'"{module}' in text or file in text for text in texts().values())


def names_through(facade: str, module: str) -> set[str]:
    """Return the names by which a package brings in one of its modules, or parts of it."""
    package, _, leaf = module.rpartition(".")
    found: set[str] = set()
    for node in ast.walk(ast.parse(texts()[facade])):
        if isinstance(node, ast.ImportFrom) and node.module == module:
            found |= {name.asname or name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == package:
            found |= {name.asname or name.name for name in node.names if name.name == leaf}
    return found


def is_said(names: set[str], facade: str, module: str) -> bool:
    """Return whether the package itself uses one of the names, or any other module says one."""
    own = {node.id for node in ast.walk(ast.parse(texts()[facade])) if isinstance(node, ast.Name)}
    return bool(names & own) or any(names & words(other) for other in texts() if other not in (facade, module))


@cache
def words(module: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", texts()[module]))
