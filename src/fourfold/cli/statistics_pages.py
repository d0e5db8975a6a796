"""The reference of the statistics: a page for each question, from the docstrings, with examples that a test runs."""

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from fourfold import stats
from fourfold.stats import agreement

EXAMPLES = Path(inspect.getfile(stats)).with_name("examples.md")
TITLE_WIDTH = 24  # of the table of questions at the head of the package
SENTENCES = re.compile(r"(?<=[\w)`\]])\.\s+(?=[A-Z`])")
YEAR = re.compile(r"\b(?:1[89]|20)\d\d\b|Source: ")


def functions() -> dict[str, Callable[..., Any]]:
    """Return every public function by the name under which it is called."""
    return {name: found for name, found in exported().items() if inspect.isfunction(found)}


def exported() -> dict[str, Any]:
    """Return whatever the package gives, by the name under which it is called."""
    own = {name: getattr(stats, name) for name in stats.__all__ if name != "agreement"}
    return own | {f"agreement.{name}": getattr(agreement, name) for name in agreement.__all__}


def examples() -> dict[str, str]:
    """Return the example of each function by its name; what all of them begin with is under the empty name."""
    parts = re.split(r"^## (\S+)\n", EXAMPLES.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {"": parts[0].strip()} | {name: text.strip() for name, text in zip(parts[1::2], parts[2::2], strict=True)}


def groups() -> dict[str, list[str]]:
    """Return the functions that answer each question, from the table at the head of the package."""
    table = (stats.__doc__ or "").split("\n\n")[2]
    said: dict[str, str] = {}
    for line in table.splitlines():
        title = line[:TITLE_WIDTH].strip() or list(said)[-1]
        said[title] = said.get(title, "") + line[TITLE_WIDTH:] + " "
    known, placed = functions(), set()
    found: dict[str, list[str]] = {}
    for title, line in said.items():
        named = [name for name in re.findall(r"`(\w+)`", line) if name in known and name not in placed]
        if "`agreement`" in line:
            named += sorted(name for name in known if name.startswith("agreement."))
        placed |= set(named)
        found[title] = named
    return found


def pages() -> dict[str, str]:
    """Return the text of each page by its file name."""
    told = examples()
    made = {f"{_slug(title)}.md": "\n".join(_page(title, names, told)) + "\n" for title, names in groups().items()}
    return {"README.md": "\n".join(_contents()) + "\n", "what-comes-back.md": "\n".join(_results()) + "\n"} | made


def _contents() -> Iterator[str]:
    yield "# Statistics\n"
    yield (stats.__doc__ or "").split("\n\n")[1].replace("\n", " ") + "\n"
    yield "Who knows R begins with [Coming from R](../../how-to/coming-from-r.md).\n"
    yield "| question | functions |\n|---|---|"
    for title, names in groups().items():
        page = f"{_slug(title)}.md"
        yield f"| [{title}]({page}) | " + ", ".join(f"[`{name}`]({page}#{_anchor(name)})" for name in names) + " |"
    yield "\nWhat these return, take and raise: [what comes back](what-comes-back.md)."
    yield "\n## What the arguments mean everywhere\n\n| argument | what it is |\n|---|---|"
    yield from (f"| {', '.join(f'`{word}`' for word in words)} | {_cell(said)} |" for words, said in _common())


def _results() -> Iterator[str]:
    yield "# What comes back\n"
    yield "[All questions](README.md). What functions return and take, what they raise, and the words that they know.\n"
    yield "| name | what it is | what it holds |\n|---|---|---|"
    for name, one in sorted(exported().items()):
        if inspect.isclass(one):
            said = SENTENCES.split(" ".join((inspect.getdoc(one) or "").split()))[0].rstrip(".") + "."
            held = [each.name for each in fields(one)] if is_dataclass(one) else [str(each) for each in _members(one)]
            yield f"| `{name}` | {_cell(said)} | {', '.join(f'`{each}`' for each in held)} |"
        elif not inspect.isfunction(one):
            yield f"| `{name}` | {_cell('; '.join(map(str, one)) if isinstance(one, tuple | dict) else str(one))} | |"


def _members(kind: type[Any]) -> list[Any]:
    return list(kind) if issubclass(kind, Enum) else []


def _page(title: str, names: list[str], told: dict[str, str]) -> Iterator[str]:
    yield f"# {title}\n"
    yield f"[All questions](README.md). Every example begins with:\n\n{told['']}\n"
    for name in names:
        yield from _function(name, functions()[name], told.get(name, ""))


def _function(name: str, function: Callable[..., Any], example: str) -> Iterator[str]:
    signature = inspect.signature(function)
    sentences = [one.rstrip(".") + "." for one in SENTENCES.split(" ".join((inspect.getdoc(function) or "").split()))]
    refuses = [one for one in sentences if "Raises" in one]
    sources = [one for one in sentences if YEAR.search(one) and one not in refuses]
    yield f"## `{name}`\n\n```python\n{_called(name, signature)}\n```\n"
    yield _cell(" ".join(one for one in sentences if one not in refuses)) + "\n"
    yield "| argument | if left out | what it is |\n|---|---|---|"
    for argument, parameter in signature.parameters.items():
        left_out = "must be given" if parameter.default is parameter.empty else f"`{_value(parameter.default)}`"
        yield f"| `{argument}` | {left_out} | {_cell(_said_of(argument, sentences))} |"
    yield f"\n**Refuses.** {_cell(' '.join(refuses))}\n"
    yield f"**Source.** {_cell(' '.join(sources) or 'Own.')}\n"
    yield f"{example}\n"


def _said_of(argument: str, sentences: list[str]) -> str:
    """Return what the function itself says of an argument, else what the package says of it everywhere."""
    own = [one for one in sentences if f"`{argument}`" in one and "Raises" not in one]
    everywhere = [said for words, said in _common() if argument in words]
    return " ".join(own or everywhere) or "see above"


def _common() -> list[tuple[tuple[str, ...], str]]:
    """Return the arguments that mean the same everywhere, with what is said of them."""
    lines = re.split(r"\n(?=`)", (stats.__doc__ or "").split("mean the same in all of them:", 1)[1].strip())
    split = [re.match(r"((?:`\w+`(?:, )?)+)\s*(.*)", " ".join(line.split())) for line in lines]
    return [(tuple(re.findall(r"\w+", one[1])), one[2]) for one in split if one]


def _called(name: str, signature: inspect.Signature) -> str:
    """Write a signature, an argument a line where it is long."""
    arguments, result = list(_arguments(signature)), str(signature.return_annotation).strip("'")
    written = f"{name}({', '.join(arguments)}) -> {result}"
    return written if len(written) <= 110 else f"{name}(\n    " + ",\n    ".join(arguments) + f",\n) -> {result}"


def _arguments(signature: inspect.Signature) -> Iterator[str]:
    starred = False
    for name, parameter in signature.parameters.items():
        if parameter.kind is parameter.KEYWORD_ONLY and not starred:
            starred = True
            yield "*"
        kind = str(parameter.annotation).replace("npt.", "")
        default = "" if parameter.default is parameter.empty else f" = {_value(parameter.default)}"
        yield f"{name}: {kind}{default}"


def _value(default: Any) -> str:
    return "COUNTED" if isinstance(default, tuple) and len(default) > 9 else repr(default)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


def _slug(title: str) -> str:
    return re.sub(r"[^a-z]+", "-", title.lower()).strip("-")


def _anchor(name: str) -> str:
    return re.sub(r"[^\w\- ]", "", name.lower())
