"""The sites that ship with the programme, one TOML file each."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path

from fourfold.programme.rules import site_spec
from fourfold.programme.terms import InvalidModel, NoSuchSite, SiteSpec


def shipped() -> tuple[str, ...]:
    """Return the codes of the sites that ship, in the order of the alphabet."""
    names = (file.name for file in files(__package__).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def shipped_site(code: str) -> SiteSpec:
    """Return one of the shipped sites, or raise NoSuchSite naming those that there are."""
    if code not in shipped():
        raise NoSuchSite(f"No site is called “{code}”. The sites that ship are: {', '.join(shipped())}.")
    return _spec((files(__package__) / f"{code}.toml").read_text(encoding="utf-8"), f"{code}.toml")


def read_site(path: Path) -> SiteSpec:
    """Read a site's file, or raise InvalidModel naming each line or key to mend."""
    return _spec(path.read_text(encoding="utf-8"), path.name)


def _spec(text: str, name: str) -> SiteSpec:
    try:
        return site_spec(tomllib.loads(text))
    except tomllib.TOMLDecodeError as fault:
        raise InvalidModel(f"{name} is not TOML: {fault}") from fault
    except InvalidModel as fault:
        raise InvalidModel(f"{name} cannot be used:\n{fault}") from fault
