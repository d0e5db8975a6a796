"""Whether a site's description can be used, and if not, which key to mend and how. No framework, no clock."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, fields
from datetime import date, datetime
from typing import Any

from fourfold.access.terms import PROFESSIONS, PartnerKind
from fourfold.programme.advising import why_not_advice, why_not_measures
from fourfold.programme.terms import (
    LEVELS,
    TRIAGE_OUTCOMES,
    Area,
    InvalidModel,
    ModelOfWorking,
    PartnerPart,
    SiteSpec,
    UnitModel,
)
from fourfold.words import sentence

PROFESSION_NAMES = tuple(PROFESSIONS.values())
LONGEST_REVIEW_HOURS = 24 * 366

Check = Callable[[Any], str | None]


def _one_of(names: tuple[str, ...]) -> Check:
    said = ", ".join(names)
    return lambda value: None if value in names else f"is {_shown(value)}; write one of: {said}"


def _each_of(names: tuple[str, ...], *, some: bool = True) -> Check:
    def check(value: Any) -> str | None:
        if not isinstance(value, list | tuple) or (some and not value):
            return sentence("must be a list with at least one of: {1}", ", ".join(names))
        wrong = [item for item in value if item not in names]
        if wrong:
            return sentence("names {1}; use only: {2}", _shown(wrong[0]), ", ".join(names))
        return "names something twice; write each once" if len(set(value)) < len(value) else None

    return check


def _number(least: int, most: int) -> Check:
    def check(value: Any) -> str | None:
        fits = isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
        return None if fits else sentence("is {1}; write a whole number from {2} to {3}", _shown(value), least, most)

    return check


def _yes_or_no(value: Any) -> str | None:
    return None if isinstance(value, bool) else sentence("is {1}; write true or false, without quotes", _shown(value))


def _review_hours(value: Any) -> str | None:
    if not isinstance(value, dict):
        return sentence("must be a table with hours for: {1}", ", ".join(LEVELS))
    if missing := [level for level in LEVELS if level not in value]:
        return sentence(
            "says nothing for {1}; give the hours to the next review for each of: {2}", missing[0], ", ".join(LEVELS)
        )
    if extra := [level for level in value if level not in LEVELS]:
        return sentence("names the level {1}; the levels are: {2}", _shown(extra[0]), ", ".join(LEVELS))
    for level in LEVELS:
        if why := _number(1, LONGEST_REVIEW_HOURS)(value[level]):
            return f"for {level} {why} (hours)"
    hours = [value[level] for level in LEVELS]
    return None if hours == sorted(hours) else "must not grow shorter as the level falls: a higher level is seen sooner"


def _texts(value: Any) -> str | None:
    fits = isinstance(value, list | tuple) and value and all(isinstance(item, str) and item for item in value)
    if not fits:
        return "must be a list of names in quotes"
    return "names something twice; write each once" if len(set(value)) < len(value) else None


CHECKS: dict[str, Check] = {
    "model": _one_of(tuple(UnitModel)),
    "quorum": _each_of(PROFESSION_NAMES),
    "review_hours": _review_hours,
    "early_days": _number(0, 366),
    "early_review_percent": _number(5, 100),
    "panel_every_days": _number(1, 92),
    "measure_every_days": _number(7, 182),
    "minimum_age": _number(10, 18),
    "therapy_while_investigated": _yes_or_no,
    "screens_every_crime": _yes_or_no,
    "instruments": _texts,
    "triage_outcomes": _each_of(TRIAGE_OUTCOMES),
    "consultation_hours": _number(1, LONGEST_REVIEW_HOURS),
    "residents_only": _yes_or_no,
    "referring_service_keeps_case": _yes_or_no,
    "advice": why_not_advice,
    "measures": why_not_measures,
}
REQUIRED = ("model", "quorum", "review_hours")


def model_of_working(settings: dict[str, Any]) -> ModelOfWorking:
    """Return a site's model of working, or raise InvalidModel naming every key that is wrong and how to mend it."""
    problems = _problems_of_working(settings)
    if problems:
        raise InvalidModel("\n".join(problems))
    lists = {name: tuple(value) for name, value in settings.items() if isinstance(value, list | tuple)}
    model = UnitModel(settings["model"])
    return ModelOfWorking(**{**settings, **lists, "model": model, "review_hours": dict(settings["review_hours"])})


def settings_of(working: ModelOfWorking) -> dict[str, Any]:
    """Return a model of working as plain data, so that reading it back gives the same model."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(working).items()} | {
        "model": str(working.model)
    }


def _problems_of_working(settings: Any) -> list[str]:
    if not isinstance(settings, dict):
        return [f"working is {_shown(settings)}; write a [working] table"]
    known = [item.name for item in fields(ModelOfWorking)]
    problems = [f"working.{name} is missing; add it" for name in REQUIRED if name not in settings]
    problems += [
        f"working.{_plain(name)} is not a setting; the settings are: {', '.join(known)}"
        for name in settings
        if name not in known
    ]
    for name, value in settings.items():
        if name in CHECKS and (why := CHECKS[name](value)):
            problems.append(f"working.{name} {why}")
    return problems


SITE_CODE = re.compile(r"[a-z][a-z0-9-]{1,39}")
AREA_CODE = re.compile(r"[A-Z]\d{8}")
LONGEST_NAME, LONGEST_AREA = 120, 80
_SITE_KEYS = ("code", "name", "force_code", "live_on", "partners", "catchments", "working")


def site_spec(document: dict[str, Any]) -> SiteSpec:
    """Return what founds a site, or raise InvalidModel with a line for every key to mend."""
    if problems := _problems_of_site(document):
        raise InvalidModel("\n".join(problems))
    return SiteSpec(
        code=document["code"],
        name=document["name"],
        force_code=document["force_code"],
        live_on=document["live_on"],
        partners=tuple(PartnerPart(**partner) for partner in document["partners"]),
        catchments=areas_of(document["catchments"], live_on=document["live_on"]),
        working=model_of_working(document["working"]),
    )


def areas_of(rows: Any, *, live_on: date) -> tuple[Area, ...]:
    """Return the areas that some rows describe, from `live_on` where they name no day, or raise InvalidModel."""
    if problems := _problems_of_areas(rows, live_on):
        raise InvalidModel("\n".join(problems))
    return tuple(Area(**{"live_on": live_on, **row}) for row in rows)


def _problems_of_site(document: dict[str, Any]) -> list[str]:
    problems = [f"{key} is missing; add it" for key in _SITE_KEYS if key not in document]
    problems += [
        f"{_plain(key)} is not a key of a site; the keys are: {', '.join(_SITE_KEYS)}"
        for key in document
        if key not in _SITE_KEYS
    ]
    if problems:
        return problems
    problems += _wrong_text(
        "code", document["code"], SITE_CODE, "small letters, digits and hyphens, such as north-moor"
    )
    problems += _wrong_text("force_code", document["force_code"], AREA_CODE, "the ONS code, such as E23000006")
    problems += _wrong_name("name", document["name"], LONGEST_NAME)
    problems += _wrong_day("live_on", document["live_on"])
    problems += _problems_of_partners(document["partners"])
    problems += _problems_of_areas(document["catchments"], document["live_on"])
    return problems + _problems_of_working(document["working"])


def _problems_of_partners(partners: Any) -> list[str]:
    if not isinstance(partners, list) or not partners:
        return ["partners is empty; add one [[partners]] table for each partner of the unit"]
    problems: list[str] = []
    tables = [partner for partner in partners if isinstance(partner, dict)]
    if len(tables) < len(partners):
        return ["partners holds something that is no table; add one [[partners]] table for each partner of the unit"]
    for number, partner in enumerate(tables, start=1):
        where = f"partners {number}"
        problems += _strange_keys(where, partner, ("code", "name", "kind", "hosts"), ("code", "name", "kind"))
        problems += _wrong_text(f"{where}.code", partner.get("code"), SITE_CODE, "small letters, digits and hyphens")
        if partner.get("name"):
            problems += _wrong_name(f"{where}.name", partner["name"], LONGEST_NAME)
        if why := _one_of(tuple(PartnerKind))(partner.get("kind")):
            problems.append(f"{where}.kind {why}")
    if (hosts := sum(partner.get("hosts") is True for partner in tables)) != 1:
        problems.append(f"partners: {hosts} of them say hosts = true; exactly one hosts the unit")
    codes = [partner.get("code") for partner in tables]
    problems += [f"partners: {_shown(code)} stands twice; name each once" for code in _repeated(codes)]
    return problems


def _problems_of_areas(areas: Any, site_live_on: Any) -> list[str]:
    if not isinstance(areas, list) or not areas:
        return ["catchments is empty; add one [[catchments]] table for each local authority that the site serves"]
    problems: list[str] = []
    tables = [area for area in areas if isinstance(area, dict)]
    if len(tables) < len(areas):
        return ["catchments holds something that is no table; add one [[catchments]] table for each local authority"]
    for number, area in enumerate(tables, start=1):
        where = f"catchments {number}"
        problems += _strange_keys(where, area, ("code", "name", "live_on", "population"), ("code", "name"))
        problems += _wrong_text(f"{where}.code", area.get("code"), AREA_CODE, "the ONS code, such as E06000007")
        if area.get("name"):
            problems += _wrong_name(f"{where}.name", area["name"], LONGEST_AREA)
        if "live_on" in area:
            problems += _wrong_day(f"{where}.live_on", area["live_on"]) or _before(where, area["live_on"], site_live_on)
        if "population" in area and (why := _number(1, 20_000_000)(area["population"])):
            problems.append(f"{where}.population {why}; leave it out where it is not known")
    repeated = _repeated([area.get("code") for area in tables])
    return problems + [f"catchments: {_shown(code)} stands twice; name each once" for code in repeated]


def _strange_keys(where: str, table: dict[str, Any], known: tuple[str, ...], needed: tuple[str, ...]) -> list[str]:
    missing = [f"{where}.{key} is missing; add it" for key in needed if not table.get(key)]
    return missing + [
        f"{where}.{_plain(key)} is not a key here; the keys are: {', '.join(known)}"
        for key in table
        if key not in known
    ]


def _wrong_text(where: str, value: Any, pattern: re.Pattern[str], mend: str) -> list[str]:
    if isinstance(value, str) and pattern.fullmatch(value):
        return []
    return [f"{where} is {_shown(value)}; write {mend}"]


def _wrong_day(where: str, value: Any) -> list[str]:
    if isinstance(value, date) and not isinstance(value, datetime):
        return []
    return [f"{where} is {_shown(value)}; write a day as 2018-04-01, without quotes"]


def _wrong_name(where: str, value: Any, longest: int) -> list[str]:
    if not isinstance(value, str) or not value.strip():
        return [f"{where} is empty; write how it is called"]
    if len(value) > longest or not value.isprintable():
        return [f"{where} is {_shown(value)}; write one line of at most {longest} characters"]
    return []


def _before(where: str, live_on: date, site_live_on: Any) -> list[str]:
    if _wrong_day("live_on", site_live_on) or live_on >= site_live_on:
        return []
    return [
        f"{where}.live_on is {live_on:%-d %B %Y}, before the site itself goes live on {site_live_on:%-d %B %Y}; "
        "write a later day, or let the site go live earlier"
    ]


def why_not_serve(areas: Iterable[Area], served: Mapping[str, str], *, site_live_on: date) -> list[str]:
    """Return a line for each area that a site cannot take on: another serves it (`served`: area to site), or it would
    be live before the site is."""
    problems = []
    for number, area in enumerate(areas, start=1):
        if other := served.get(area.code):
            problems.append(
                f"catchments {number}.code is “{area.code}” ({area.name}), which {other} serves already; "
                "an area has one unit: leave it out here, or agree which of the two serves it"
            )
        problems += _before(f"catchments {number}", area.live_on, site_live_on)
    return problems


def why_not_from(from_on: date, today: date) -> str | None:
    """Return why a change cannot hold from a day, or None: what was decided before stays as it was decided."""
    if from_on >= today:
        return None
    return sentence(
        "from_on is {1}, which has passed; choose a later day, so that what was decided until now stays as it was",
        f"{from_on:%-d %B %Y}",
    )


def _repeated(values: list[Any]) -> list[str]:
    texts = [value for value in values if isinstance(value, str)]
    return sorted({value for value in texts if texts.count(value) > 1})


def _plain(key: object) -> str:
    """Return a key as it can stand in a line of a message."""
    return "".join(each if each.isprintable() and not each.isspace() else "?" for each in str(key))[:40] or "“”"


def _shown(value: Any) -> str:
    return "missing" if value is None else f"“{' '.join(str(value).split())[:40]}”"


def why_not_agree(partner: str, partners: Mapping[str, bool]) -> str | None:
    """Return why an agreement cannot be asked with a partner, or None; `partners`: of the unit, whether each hosts it."""
    if partner not in partners:
        return "Choose a partner of this unit"
    return "This agency holds the unit’s cases itself: it needs no agreement" if partners[partner] else None


def signer_of(partner: str, *, asks_for: str, host: str) -> str:
    """Return whose lead signs an agreement: the partner's, which it binds; its own people never ask and sign alone."""
    return host if asks_for == partner else partner
