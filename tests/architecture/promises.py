"""The promises of the house that an import checker cannot see, as functions that name whoever breaks them."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from django.db import models

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "fourfold"

WRITES = frozenset({"save", "create", "bulk_create", "bulk_update", "get_or_create", "update_or_create"})
WRITES_AS_THEY_ARE = frozenset({"insert_rows", "insert_values"})
WRITES_ON_A_LIST = frozenset({"update", "delete"})
LIST_WORDS = frozenset({"objects", "filter", "exclude", "all", "unscoped", "visible_to", "of"})

#: What is saved but is no row: documents that are made. And a table's own `save` that hands on to the one above.
NOT_ROWS = frozenset({"document", "workbook", "session", "made", "written", "file", "word", "book", "super"})

#: Services that stand below the rule: the audit writes entries, `require` is the guard, and at set-up nobody acts yet.
#: What waits is worked out with somebody's write, or held against all that is there by the machine.
#: So is what is kept of an action for a unit's quarter.
WITHOUT_ACTOR = frozenset(
    {"audit", "duties", "access.require", "access.first_administrator", "programme.installer"}
) | {
    "plan.miskept",
    "governance.check_counts",
    "plan.keep_anew",
}


def floors() -> dict[str, int]:
    """Return the floor of each slice, 0 at the bottom, as the import law has it."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract.get("exhaustive"))
    floor: dict[str, int] = {}
    for height, layer in enumerate(reversed(layers)):
        for name in layer.replace(":", "|").split("|"):
            floor[name.strip().strip("()").split(".")[-1]] = height
    return floor


def keys_that_point_up(tables: list[type[models.Model]], floor: dict[str, int]) -> list[str]:
    """Name the foreign keys that point to a slice above their own; string references are resolved by Django."""
    wrong = []
    for table in tables:
        for field in table._meta.concrete_fields:
            target = field.remote_field.model if field.remote_field else None
            if target is None or not target.__module__.startswith("fourfold."):
                continue
            mine, theirs = (model.__module__.split(".")[1] for model in (table, target))
            if floor[theirs] > floor[mine]:
                wrong.append(f"{table.__name__}.{field.name} points up, from {mine} to {theirs}")
    return wrong


def writes_outside_services(source: Path) -> list[str]:
    """Name the places outside services and migrations that write to a table."""
    wrong = []
    for path in sorted(source.rglob("*.py")):
        inside = path.relative_to(source)
        if "migrations" in inside.parts or "services" in (*inside.parts, inside.stem):
            continue
        wrong += [f"{inside}:{line} calls {name}" for line, name in _writes(path)]
    return wrong


def _writes(path: Path) -> Iterator[tuple[int, str]]:
    text = path.read_text()
    if not any(name in text for name in WRITES | WRITES_AS_THEY_ARE | WRITES_ON_A_LIST):
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in WRITES_AS_THEY_ARE:
            yield node.lineno, node.func.id
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        name, chain = node.func.attr, _chain(node.func.value)
        on_a_table = bool(LIST_WORDS & chain) or (name == "save" and not chain & NOT_ROWS)
        if (name in WRITES and on_a_table) or (name in WRITES_ON_A_LIST and "objects" in chain):
            yield node.lineno, name


def _chain(node: ast.AST) -> set[str]:
    """Return every name in a chain such as Case.objects.filter(...), read from its end."""
    words: set[str] = set()
    while True:
        if isinstance(node, ast.Attribute):
            words.add(node.attr)
            node = node.value
        elif isinstance(node, ast.Call):
            node = node.func
        elif isinstance(node, ast.Name):
            return words | {node.id}
        else:
            return words


def services_without_actor_time_or_words(source: Path) -> list[str]:
    """Name the public services that do not ask for `actor` and `at` by keyword, or do not say what they do."""
    wrong = []
    for path in sorted({*source.rglob("services.py"), *source.rglob("services/*.py")}):
        slice_name = path.relative_to(source).parts[0]
        inside = _private_to_package(path)
        for function in ast.parse(path.read_text()).body:
            if not isinstance(function, ast.FunctionDef) or function.name.startswith("_") or function.name in inside:
                continue
            name = f"{slice_name}.{function.name}"
            if slice_name in WITHOUT_ACTOR or name in WITHOUT_ACTOR:
                continue
            asked = {argument.arg for argument in function.args.kwonlyargs}
            if missing := {"actor", "at"} - asked:
                wrong.append(f"{name} does not ask for {' and '.join(sorted(missing))} by keyword")
            if not ast.get_docstring(function):
                wrong.append(f"{name} does not say what it does")
    return wrong


def _private_to_package(path: Path) -> set[str]:
    """Return the functions of a module that its services package does not offer to others."""
    front = path.parent / "__init__.py"
    if path.parent.name != "services" or path == front or not front.exists():
        return set()
    offered = {
        alias.asname or alias.name
        for node in ast.walk(ast.parse(front.read_text()))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    written = (node for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef))
    return {function.name for function in written} - offered


def fields_without_one_compartment(tables: list[type[models.Model]]) -> list[str]:
    """Name the tables whose fields are not each in exactly one compartment."""
    wrong = []
    for table in tables:
        if not hasattr(table, "COMPARTMENT"):
            wrong.append(f"{table.__name__} has no compartment")
            continue
        names = {field.name for field in table._meta.concrete_fields}
        wrong += [
            f"{table.__name__} puts {name}, which it does not have, into a compartment"
            for name in getattr(table, "FIELDS", {})
            if name not in names
        ]
    return wrong


#: What names a member of staff where it stands alone or behind a dot.
_NAMES_STAFF = re.compile(r"(^|_)(staff|by)(_id)?$")


def comparisons_of_staff(source: Path) -> list[str]:
    """Name the places in services and rules that compare who did one thing with who does another by themselves.

    Who may be the second of two people, `access.signing` alone says: it knows that one person may be on record twice,
    and for whom the agency has vouched.
    """
    found = []
    for path in sorted(source.rglob("*.py")):
        inside = path.relative_to(source)
        if not {"services", "rules"} & {*inside.parts, inside.stem} or "stats" in inside.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Compare) and all(_names_staff(side) for side in (node.left, *node.comparators)):
                found.append(f"{inside} compares {ast.unparse(node)}")
    return found


def _names_staff(node: ast.AST) -> bool:
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return any(_names_staff(each) for each in node.elts)
    if isinstance(node, ast.Call):  # str(actor.staff)
        return bool(node.args) and all(_names_staff(each) for each in node.args) and not node.keywords
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return bool(_NAMES_STAFF.search(name))


#: What keeps a person out of a file, however it is named in a query.
_KEEPS_OUT = frozenset({"Wall", "KEPT_OUT", "TELLER", "PARTY"})
_ASKS = frozenset({"filter", "exclude", "get", "Q"})


def walls_around_one_record(source: Path) -> list[str]:
    """Name the functions that ask whom a wall, a party's or a teller's part keeps out by one record of staff.

    Who has two records is kept out on both: `access.scoping` and `access.signatories` say which those are. A part that
    a list leaves out (`exclude(kind=...)`) keeps nobody out.
    """
    found = []
    for path in sorted(source.rglob("*.py")):
        text = path.read_text()
        if not any(word in text for word in _KEEPS_OUT):
            continue
        for function in ast.walk(ast.parse(text)):
            if isinstance(function, ast.FunctionDef) and _names_what_keeps_out(function):
                found += [
                    f"{path.relative_to(source)} asks {ast.unparse(asked.value)} in {function.name}"
                    for call in ast.walk(function)
                    if isinstance(call, ast.Call) and _called(call) in _ASKS
                    for asked in call.keywords
                    if asked.arg in ("staff", "staff_id")
                ]
    return found


def _names_what_keeps_out(node: ast.AST) -> bool:
    if isinstance(node, ast.Call) and _called(node) == "exclude":
        return isinstance(node.func, ast.Attribute) and _names_what_keeps_out(node.func.value)
    if getattr(node, "id", getattr(node, "attr", "")) in _KEEPS_OUT:
        return True
    return any(_names_what_keeps_out(each) for each in ast.iter_child_nodes(node))


def _called(call: ast.Call) -> str:
    return str(getattr(call.func, "attr", getattr(call.func, "id", "")))
