"""A site's description as a form: what stands in its fields, what they say, and which field a problem belongs to.

It reads and shows; whether a description can be used is asked of the programme's rules.
"""

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from fourfold.fields import Unfit
from fourfold.programme.rules import settings_of
from fourfold.programme.terms import LEVELS, InvalidModel, ModelOfWorking
from fourfold.programme.wording import LABELS
from fourfold.web.forms import Form
from fourfold.words import sentence, words

PARTNER_ROWS = 8
NUMBERS = words((
    "early_days", "early_review_percent", "panel_every_days", "measure_every_days", "minimum_age", "consultation_hours",
))  # fmt: skip
FLAGS = words((
    "therapy_while_investigated", "screens_every_crime", "residents_only", "referring_service_keeps_case",
))  # fmt: skip
LISTS = ("quorum", "triage_outcomes", "instruments")
_MEASURE = re.compile(r"\s*([^,:]+),\s*([^:]+):\s*(.+?)\s*")
_FIRST = " (victim first)"


# ---- from the fields to a description ---------------------------------------------------------------------------


def document(form: Form) -> dict[str, Any]:
    """Return the description that the fields say, unchecked; what cannot be read at all is noted on the form."""
    live_on = form.day("live_on", missing="Enter the first day of the unit")
    return {
        "code": form.text("code").lower(),
        "name": form.text("name"),
        "force_code": form.text("force_code").upper(),
        "live_on": live_on,
        "partners": list(_partners(form)),
        "catchments": areas(form),
        "working": working(form),
    }


def _partners(form: Form) -> Iterator[dict[str, Any]]:
    for n in range(1, PARTNER_ROWS + 1):
        row = {name: form.text(f"partner-{n}-{name}") for name in ("code", "name", "kind")}
        if row["code"] or row["name"]:
            yield row | ({"hosts": True} if str(form.value("hosts")) == str(n) else {})


def areas(form: Form) -> list[dict[str, Any]]:
    """Return the areas of the field `areas`, one to a line: code, name, and perhaps the first day and the residents."""
    return [_area(line) for line in form.text("areas").splitlines() if line.strip()]


def _area(line: str) -> dict[str, Any]:
    code, *parts = [part.strip() for part in line.split(",")]
    found: dict[str, Any] = {"code": code.upper()}
    while len(parts) > 1 and (read := _day_or_number(parts[-1])):
        found |= read
        parts.pop()
    return found | {"name": ", ".join(parts)}


def _day_or_number(said: str) -> dict[str, Any]:
    if said.isascii() and said.isdigit() and len(said) < 12:
        return {"population": int(said)}
    try:
        return {"live_on": date.fromisoformat(said)} if re.fullmatch(r"\d{4}-\d\d-\d\d", said) else {}
    except ValueError:
        return {"live_on": said}


def working(form: Form) -> dict[str, Any]:
    """Return the model of working that the fields say, unchecked."""
    numbers = {
        name: form.number(name, most=10**6, missing=sentence("{1}: write a whole number", LABELS[name]))
        for name in NUMBERS
    }
    hours = {
        level: form.number(
            f"review_hours-{level}",
            most=10**6,
            missing=sentence("Enter the hours until the review of a {1} case", level.replace("_", " ")),
        )
        for level in LEVELS
    }
    return {
        "model": form.text("model"),
        "review_hours": {level: value for level, value in hours.items() if value is not None},
        **{name: form.values(name) for name in LISTS},
        **{name: value for name, value in numbers.items() if value is not None},
        **{name: form.flag(name) for name in FLAGS},
        "advice": _carried_list(form, "advice"),
        "measures": _measures(form),
    }


def _measures(form: Form) -> dict[str, list[dict[str, Any]]]:
    found = {}
    for level in LEVELS:
        lines = [line for line in form.text(f"measures-{level}").splitlines() if line.strip()]
        rows = [_measure(form, level, line) for line in lines]
        if rows:
            found[level] = [row for row in rows if row]
    return found


def _measure(form: Form, level: str, line: str) -> dict[str, Any]:
    first = line.rstrip().endswith(_FIRST)
    parts = _MEASURE.fullmatch(line.rstrip().removesuffix(_FIRST))
    if parts is None:
        form.wrong(
            f"measures-{level}", sentence("“{1}” has no strand and class. Write it like the example", line.strip()[:40])
        )
        return {}
    strand, part, suggests = (parts[n] for n in (1, 2, 3))
    named = {"strand": strand.strip().replace(" ", "_").lower(), "class": part.strip().replace(" ", "_").lower()}
    return {"suggests": suggests} | named | ({"tell_victim_first": True} if first else {})


# ---- from a description to the fields -----------------------------------------------------------------------------


def fields(document: dict[str, Any]) -> dict[str, object]:
    """Return what stands in the fields for a description."""
    found: dict[str, object] = {name: document.get(name, "") for name in ("code", "name", "force_code")}
    found |= _day_fields("live_on", document.get("live_on"))
    for n, row in enumerate(document.get("partners", ())[:PARTNER_ROWS], start=1):
        found |= {f"partner-{n}-{name}": row.get(name, "") for name in ("code", "name", "kind")}
        if row.get("hosts"):
            found["hosts"] = str(n)
    found["areas"] = "\n".join(_area_line(area) for area in document.get("catchments", ()))
    return found | working_fields(document.get("working", {}))


def _day_fields(name: str, value: Any) -> dict[str, object]:
    known = isinstance(value, date)
    return {f"{name}-{part}": getattr(value, part) if known else "" for part in ("day", "month", "year")}


def _area_line(area: dict[str, Any]) -> str:
    parts = (area.get("code"), area.get("name"), area.get("live_on"), area.get("population"))
    return ", ".join(str(part) for part in parts if part is not None)


def working_fields(settings: dict[str, Any]) -> dict[str, object]:
    """Return what stands in the fields for a model of working."""
    found: dict[str, object] = {name: settings.get(name, "") for name in ("model", *NUMBERS)}
    found |= {name: "yes" if settings.get(name) else "" for name in FLAGS}
    found |= {name: list(settings.get(name, ())) for name in LISTS}
    found |= {f"review_hours-{level}": settings.get("review_hours", {}).get(level, "") for level in LEVELS}
    found |= {
        f"measures-{level}": "\n".join(_measure_line(row) for row in settings.get("measures", {}).get(level, ()))
        for level in LEVELS
    }
    return found | {"advice": json.dumps(settings.get("advice", []))}


def _measure_line(row: dict[str, Any]) -> str:
    where = f"{row.get('strand', '')}, {row.get('class', '')}".replace("_", " ")
    return f"{where}: {row.get('suggests', '')}{_FIRST if row.get('tell_victim_first') else ''}"


def model_fields(working: ModelOfWorking) -> dict[str, object]:
    """Return what stands in the fields for how a site works."""
    return working_fields(settings_of(working))


# ---- carried from one page to the next ------------------------------------------------------------------------------


def packed(document: dict[str, Any]) -> str:
    """Return a description as a page carries it to the next."""
    return json.dumps(document, default=str, ensure_ascii=False)


def unpacked(form: Form, name: str = "kept") -> dict[str, Any]:
    """Return the description that a page carried, or raise InvalidModel where it did not arrive whole."""
    try:
        found = json.loads(str(form.value(name)))
        days = [found, *found.get("catchments", ())]
        for each in days:
            if "live_on" in each:
                each["live_on"] = date.fromisoformat(each["live_on"])
    except (ValueError, TypeError, AttributeError, RecursionError) as fault:
        raise InvalidModel("code did not arrive whole; write the description again") from fault
    return dict(found)


def _carried_list(form: Form, name: str) -> list[Any]:
    try:
        found = json.loads(str(form.value(name) or "[]"))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list):
        form.wrong("model", "The rules of advice did not arrive whole; open the page again")
        return []
    return found


# ---- problems ---------------------------------------------------------------------------------------------------


@contextmanager
def telling() -> Iterator[None]:
    """Turn what is wrong with a description into problems of a form, each at the field that it belongs to."""
    try:
        yield
    except InvalidModel as fault:
        first, *more = ((_field(each.key, each.why), f"{_label(each.key)} {each.why}") for each in fault.problems)
        raise Unfit(*first, *more) from fault


def lines(fault: InvalidModel) -> Iterable[tuple[str, str]]:
    """Return each problem of a file as a line of the error summary."""
    return [("file", line) for line in str(fault).splitlines() if line.strip()]


def _field(key: str, why: str) -> str:
    if row := re.fullmatch(r"partners (\d+)\.(code|name|kind)", key):
        return f"partner-{row[1]}-{row[2]}"
    name = key.removeprefix("working.")
    if name in ("review_hours", "measures"):
        level = next((each for each in LEVELS if why.startswith(f"for {each}")), LEVELS[0])
        return f"{name}-{level}"
    if key.startswith("catchments"):
        return "areas"
    return "partner-1-code" if key.startswith("partners") else name


def _label(key: str) -> str:
    name = key.removeprefix("working.")
    if name in LABELS:
        return LABELS[name]
    where, _, column = key.partition(".")
    words = where.replace("catchments", "Area").replace("partners", "Partner").replace("_", " ")
    return f"{words}, {column.replace('_', ' ')}," if column else words.capitalize()
