"""The mappings that ship as examples, one TOML file each, and the reading of any."""

import hashlib
import tomllib
from importlib.resources import files
from pathlib import Path

from fourfold.intake.rules.feeds import Mapping, mapping_of
from fourfold.intake.terms import InvalidMapping


def shipped() -> tuple[str, ...]:
    """Return the names of the mappings that ship, in the order of the alphabet."""
    names = (file.name for file in files(__package__).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def read_mapping(where: Path) -> Mapping:
    """Read a mapping from a file, or one that ships by its name; raise InvalidMapping naming each key to mend."""
    name = where.name.removesuffix(".toml")
    if not where.exists() and where.parent == Path() and name in shipped():
        return _mapping((files(__package__) / f"{name}.toml").read_bytes(), f"{name}.toml")
    try:
        return _mapping(where.read_bytes(), where.name)
    except OSError as fault:
        raise InvalidMapping(
            f"There is no mapping file {where}. Name a TOML file, or one that ships: {', '.join(shipped())}."
        ) from fault


def mapping_of_text(text: str, *, sha256: str) -> Mapping:
    return mapping_of(tomllib.loads(text), sha256=sha256, text=text)


def _mapping(content: bytes, name: str) -> Mapping:
    try:
        text = content.decode("utf-8-sig")
        return mapping_of(tomllib.loads(text), sha256=hashlib.sha256(content).hexdigest(), text=text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise InvalidMapping(f"{name} is not TOML: {fault}") from fault
    except InvalidMapping as fault:
        raise InvalidMapping(f"{name} cannot be used:\n{fault}") from fault
