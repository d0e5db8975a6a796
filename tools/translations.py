"""The words of the pages in every language: gathered, compared, and compiled, with nothing but Python.

`python -m tools.translations` writes the list of every text of every page (`locale/pages.pot`, for a translator) and
compiles each `.po` beside its `.mo`; `--check` names what is missing, empty, left over or out of date instead, and
fails. A test asks the same. The victim's own pages must be whole in each language; staff pages are said in it as far as
somebody has translated them. Welsh stands as a draft until a translator has looked at it.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

from jinja2 import nodes

ROOT = Path(__file__).resolve().parents[1]
LOCALE = ROOT / "src/fourfold/locale"
PAGES = ROOT / "src/fourfold/web"
LANGUAGES = ("cy",)
#: Whatever stands here is shown to a victim on the victim's own pages.
TEMPLATES = ("templates/diary", "templates/layout.html")
VIEWS = (PAGES / "pages/diary.py", ROOT / "src/fourfold/support/rules/diary.py", ROOT / "src/fourfold/support/services")
REFUSAL = "CannotKeepDiary"
LIST = LOCALE / "pages.pot"
LIST_HEAD = """# Every text of every page: of the templates, and of what Python hands to them. Written by `python -m tools.translations`; do not edit.
# A translator copies an entry to LANGUAGE/LC_MESSAGES/django.po. {1}, {2} are values: they may change places.
"""


def templates() -> list[Path]:
    """Return the templates of the victim's own pages."""
    found = [PAGES / each for each in TEMPLATES]
    return sorted(path for each in found for path in (each.rglob("*.html") if each.is_dir() else [each]))


def asked_for() -> set[str]:
    """Return every message that those pages ask a translation for: of templates, views, rules and refusals."""
    return {said for path in templates() for said in of_template(path)} | {
        said for path in _modules() for said in of_module(path)
    }


def every_text() -> dict[str, list[str]]:
    """Return every text of every template of ours, and of what Python hands to them, with the files in which it stands."""
    from fourfold.web.jinja import environment
    from fourfold.web.template_translation import said
    from tools import texts as of_python

    found: dict[str, list[str]] = {}
    for text, place in (*of_python.words(), *of_python.sentences(), *of_python.registers(), *of_python.forms()):
        _note(found, text, place)
    reader = environment()
    for path in sorted([*(PAGES / "templates").rglob("*.html"), *(PAGES / "components").rglob("*.html")]):
        tree = reader.parse(path.read_text(encoding="utf-8"))
        texts: list[str] = list(_counted(tree))
        said(tree, lambda words, texts=texts: texts.append(words) or words)  # type: ignore[misc]
        for words in texts:
            _note(found, words, path.relative_to(PAGES).as_posix())
    for path in sorted((PAGES / "account_templates").rglob("*.html")):
        for words in re.findall(r'{% translate "([^"]+)" %}', path.read_text(encoding="utf-8")):
            _note(found, words, path.relative_to(PAGES).as_posix())
    return found


def _counted(tree: nodes.Template) -> Iterator[str]:
    """Yield what is counted in a template: `{{ acts|plural("act") }}` is one of "{1} act" and "{1} acts"."""
    for node in tree.find_all(nodes.Filter):
        said = [each.value for each in node.args if isinstance(each, nodes.Const)]
        if node.name == "plural" and said:
            yield from (f"{{1}} {said[0]}", f"{{1}} {said[1] if len(said) > 1 else said[0] + 's'}")


def _note(found: dict[str, list[str]], text: str, place: str) -> None:
    places = found.setdefault(text, [])
    if place not in places:
        places.append(place)


def listed() -> str:
    """Return the list of every text, as a translator's tools read it: in the order of the files."""
    entries = (
        "".join(f"#: {place}\n" for place in places) + f'msgid {json.dumps(words, ensure_ascii=False)}\nmsgstr ""\n'
        for words, places in sorted(every_text().items())
    )
    return "\n".join([LIST_HEAD, *entries])


def _modules() -> list[Path]:
    return sorted(path for each in VIEWS for path in (each.glob("diary*.py") if each.is_dir() else [each]))


def of_template(path: Path) -> Iterator[str]:
    """Yield the messages of a template, without the plural of one with a number."""
    from fourfold.web.jinja import environment

    for _, _, said in environment().extract_translations(path.read_text(encoding="utf-8")):  # type: ignore[attr-defined]
        yield from [said] if isinstance(said, str) else [each for each in said if isinstance(each, str)]


def of_module(path: Path) -> Iterator[str]:
    """Yield what a module says: in `_()`, as the words of a refusal, or as the second of a field and its reason."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        said: ast.expr | None = None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id == "_" and node.args:
                said = node.args[0]
            elif node.func.id == REFUSAL and len(node.args) == 2:
                said = node.args[1]
        elif isinstance(node, ast.Tuple) and len(node.elts) == 2:
            first, second = node.elts
            said = second if isinstance(first, ast.Constant) and isinstance(first.value, str) else None
        if (words := _constant(said)) is not None and " " in words:
            yield words


def _constant(node: ast.expr | None) -> str | None:
    """Return the words of a constant; of one with a number in it, the words with the number as the code has it."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None


def catalogue(language: str) -> dict[str, str]:
    """Return what a language's file holds: message to translation; a plural is kept under singular NUL plural."""
    text = (LOCALE / language / "LC_MESSAGES/django.po").read_text(encoding="utf-8")
    found: dict[str, str] = {}
    for block in re.split(r"\n\s*\n", text):
        said = {name: _joined(block, name) for name in ("msgid", "msgid_plural", "msgstr")}
        plurals = [_joined(block, f"msgstr[{n}]") for n in range(6)]
        if said["msgid"] is None:
            continue
        key = said["msgid"] + (f"\x00{said['msgid_plural']}" if said["msgid_plural"] else "")
        forms = [each for each in plurals if each is not None]
        found[key] = "\x00".join(forms) if forms else (said["msgstr"] or "")
    return found


def _joined(block: str, name: str) -> str | None:
    found = re.search(rf'^{re.escape(name)} ((?:"(?:[^"\\]|\\.)*"\s*)+)', block, re.MULTILINE)
    return (
        None
        if found is None
        else "".join(ast.literal_eval(each) for each in re.findall(r'"(?:[^"\\]|\\.)*"', found[1]))
    )


def compiled(entries: dict[str, str]) -> bytes:
    """Return a catalogue as GNU gettext reads it: a table of lengths and places, then the words."""
    pairs = sorted((key.encode(), value.encode()) for key, value in entries.items() if value)
    keys = b"".join(key + b"\x00" for key, _ in pairs)
    start = 28 + 16 * len(pairs)
    tables, place = [[], []], [start, start + len(keys)]  # type: ignore[var-annotated]
    for pair in pairs:
        for which, words in enumerate(pair):
            tables[which] += [len(words), place[which]]
            place[which] += len(words) + 1
    head = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, start)
    numbers = struct.pack(f"<{4 * len(pairs)}I", *tables[0], *tables[1])
    return head + numbers + keys + b"".join(value + b"\x00" for _, value in pairs)


def wrong_with(language: str) -> list[str]:
    """Name what is missing, empty, left over or not compiled in a language."""
    held = catalogue(language)
    known = {part for key in held for part in key.split("\x00")}
    asked = asked_for()
    wrong = [f"{language}: not translated: {said!r}" for said in sorted(asked - known)]
    wrong += [
        f"{language}: left empty: {key!r}" for key, value in held.items() if not value.replace("\x00", "").strip()
    ]
    places = {
        key: (_places(key.partition("\x00")[0]), _places(value.partition("\x00")[0]))
        for key, value in held.items()
        if key
    }
    wrong += [
        f"{language}: other placeholders than the English: {key!r}"
        for key, (one, other) in places.items()
        if one != other
    ]
    mo = LOCALE / language / "LC_MESSAGES/django.mo"
    if not mo.exists() or mo.read_bytes() != compiled(held):
        wrong.append(f"{language}: not compiled; run python -m tools.translations")
    return wrong


def _places(said: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)s", said)) - {"%(num)s"}


def _with_django() -> None:
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fourfold.config.settings")
    django.setup()


def main() -> int:
    """Compile every language, or with --check say what is wrong with any."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    _with_django()
    if parser.parse_args().check:
        wrong = [fault for language in LANGUAGES for fault in wrong_with(language)]
        if not LIST.exists() or LIST.read_text(encoding="utf-8") != listed():
            wrong.append("the list of every text is out of date; run python -m tools.translations")
        print("\n".join(wrong) or "every text is listed, every message of the victim's pages translated and compiled")
        return 1 if wrong else 0
    LIST.write_text(listed(), encoding="utf-8")
    for language in LANGUAGES:
        (LOCALE / language / "LC_MESSAGES/django.mo").write_bytes(compiled(catalogue(language)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
