"""Wording that a unit brings in, apart from the structure it belongs to."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class TextPack:
    """The wording of one version of one instrument in one language.

    `items` maps item keys to texts, `scales` maps scale keys to labels by option code, both in the order of the
    structure. `sha256` names exactly these words; `instruments.sealed` works it out.
    """

    instrument: str
    version: int
    language: str
    items: Mapping[str, str]
    scales: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    title: str = ""
    source: str = ""
    sha256: str = ""
