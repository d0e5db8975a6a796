"""Which modules of the product, and which names in them, nobody in the product calls."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import grimp

SOURCE = Path(__file__).resolve().parents[2] / "src"
HOW_TO = SOURCE.parent / "docs" / "how-to"
#: Started by name, from outside: the framework and the command line find these for themselves.
STARTED = re.compile(r"\.(apps|migrations|management|pages)\b|^fourfold\.(cli\.main|config\.(settings|urls|wsgi))$")


@cache
def without_a_caller() -> frozenset[str]:
    """Return the modules that are imported by nobody, or only by their façade for names that nobody says."""
    graph = grimp.build_graph("fourfold", cache_dir=None)
    packages = {module.rpartition(".")[0] for module in graph.modules}
    return frozenset(
        module
        for module in graph.modules - packages
        if not STARTED.search(module)
        and all(
            importer == module.rpartition(".")[0] and not is_said(names_through(importer, module), importer, module)
            for importer in graph.find_modules_that_directly_import(module)
        )
        and not is_named(module)
    )


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
    for node in ast.walk(trees()[facade]):
        if isinstance(node, ast.ImportFrom) and node.module == module:
            found |= {name.asname or name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == package:
            found |= {name.asname or name.name for name in node.names if name.name == leaf}
    return found


def is_said(names: set[str], facade: str, module: str) -> bool:
    """Return whether the package itself uses one of the names, or any other module says one."""
    own = {node.id for node in ast.walk(trees()[facade]) if isinstance(node, ast.Name)}
    return bool(names & own) or any(names & words(other) for other in texts() if other not in (facade, module))


@cache
def words(module: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", texts()[module]))


# ---- names -------------------------------------------------------------------------------------------------------

#: A library for itself, and what is started by name: the framework finds these.
LIBRARY = re.compile(r"^fourfold\.(stats|config)\b|\.(apps|migrations|management)\b")
#: Decorators that register nothing: what they stand on is called by its name, or not at all.
PLAIN = {"cache", "contextmanager", "dataclass", "draft", "lru_cache", "overload"}

Name = tuple[str, str]


def names_without_a_caller() -> set[str]:
    """Return the public functions, classes and constants that the product defines and never uses.

    Names are followed through imports and façades; what a text of a template, a table or a how-to names counts too.
    """
    unused = {
        f"{module}.{name}"
        for module, name in defined() - used()
        if not LIBRARY.search(module) and not name.startswith("_") and name != "urlpatterns"
    }
    return unused - _said_elsewhere()


@cache
def trees() -> dict[str, ast.Module]:
    return {module: ast.parse(text) for module, text in texts().items()}


@cache
def defined() -> frozenset[Name]:
    return frozenset(
        (module, name) for module, tree in trees().items() for node in tree.body for name in _names_of(node)
    )


def _names_of(node: ast.stmt) -> set[str]:
    """Return the names that a statement defines; none where a decorator registers it."""
    match node:
        case ast.FunctionDef() | ast.ClassDef():
            plain = all(
                _path(one.func if isinstance(one, ast.Call) else one)[-1:][0] in PLAIN for one in node.decorator_list
            )
            return {node.name} if plain else set()
        case ast.Assign():
            return {each.id for target in node.targets for each in ast.walk(target) if isinstance(each, ast.Name)}
        case ast.AnnAssign(target=ast.Name(id=name)):
            return {name}
    return set()


def _path(node: ast.expr) -> list[str]:
    """Return the names of a dotted expression, [""] for any other."""
    if isinstance(node, ast.Attribute):
        return [*_path(node.value), node.attr]
    return [node.id] if isinstance(node, ast.Name) else [""]


@cache
def _imported(module: str) -> dict[str, set[Name]]:
    """Return what each name that a module imports means: a module and a name in it, "" for the module itself."""
    found: dict[str, set[Name]] = {}
    for node in ast.walk(trees()[module]):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("fourfold"):
            for one in node.names:
                own = f"{node.module}.{one.name}"
                meant = {(node.module, one.name), *([(own, "")] if own in trees() else [])}
                found.setdefault(one.asname or one.name, set()).update(meant)
        elif isinstance(node, ast.Import):
            for one in node.names:
                if one.asname and one.name in trees():
                    found.setdefault(one.asname, set()).add((one.name, ""))
    return found


@cache
def _meant(module: str, name: str) -> frozenset[Name]:
    """Return where a name of a module is defined, through every façade."""
    if not name or (module, name) in defined():
        return frozenset({(module, name)})
    found = {(f"{module}.{name}", "")} if f"{module}.{name}" in trees() else set()
    for other in _imported(module).get(name, set()) if module in trees() else ():
        found |= _meant(*other) if other != (module, name) else set()
    return frozenset(found)


@cache
def used() -> frozenset[Name]:
    """Return every definition that something else than itself uses."""
    found: set[Name] = set()
    for module, tree in trees().items():
        for node in tree.body:
            own = {(module, name) for name in _names_of(node)}
            for each in ast.walk(node):
                if isinstance(each, ast.Name | ast.Attribute) and isinstance(each.ctx, ast.Load):
                    first, *more = _path(each)
                    at = set(_meant(module, first)) if first else set()
                    for step in more:
                        at = {end for where, name in at if not name for end in _meant(where, step)}
                    found |= at - own
    return frozenset(found)


@cache
def _said_elsewhere() -> frozenset[str]:
    """Return the full names that a text says: of what is started by its module's name, in a migration, in a how-to."""
    said: set[str] = set()
    for text in (*texts().values(), *(path.read_text(encoding="utf-8") for path in HOW_TO.glob("*.md"))):
        said |= set(re.findall(r"\bfourfold(?:\.\w+)+", text))
        for module in set(re.findall(r'"(fourfold[\w.]+)"', text)) & trees().keys():
            said |= {f"{module}.{name}" for name in re.findall(r"\.(\w+)", text)}
    return frozenset(said)
