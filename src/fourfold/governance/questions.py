"""The inspector's questions, read from data."""

import tomllib
from functools import cache
from importlib.resources import files

from fourfold.governance.rules.quality import Question
from fourfold.words import words


@cache
def questions() -> dict[str, Question]:
    document = tomllib.loads((files(__package__) / "quality.toml").read_text(encoding="utf-8"))
    return {code: Question(code=code, **words(said)) for code, said in document.items()}
