"""The sites that ship with the programme, one TOML file each."""

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

from fourfold.programme.rules import site_spec
from fourfold.programme.terms import InvalidModel, NoSuchSite, SiteSpec

LARGEST = 200_000
"""Bytes of a site's file; the largest that ships has 4,000."""


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
    return _spec(_text(path.read_bytes(), path.name), path.name)


def document_of(raw: bytes, name: str) -> dict[str, Any]:
    """Return what a site's file says, unchecked, or raise InvalidModel naming the line to mend."""
    return _document(_text(raw, name), name)


def _spec(text: str, name: str) -> SiteSpec:
    document = _document(text, name)
    try:
        return site_spec(document)
    except InvalidModel as fault:
        raise InvalidModel(f"{name} cannot be used:\n{fault}") from fault


def _document(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise InvalidModel(f"{name} is not TOML: {fault}") from fault
    except (RecursionError, ValueError) as fault:
        raise InvalidModel(f"{name} is not a site's file: {fault}") from fault


def _text(raw: bytes, name: str) -> str:
    if len(raw) > LARGEST:
        raise InvalidModel(f"{name} has {len(raw):,} bytes; a site's file has at most {LARGEST:,}")
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as fault:
        raise InvalidModel(f"{name} is not text in UTF-8; save it as UTF-8 and try again") from fault
