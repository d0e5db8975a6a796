"""What is refused, in words that say how to mend it."""

from dataclasses import dataclass


class AssessmentError(ValueError):
    """Something about an instrument or an answer was refused; the message says what to change."""


class UnknownInstrument(AssessmentError):
    """No definition with this key and version is shipped."""


class UnknownItem(AssessmentError):
    """The instrument has no such question."""

    def __init__(self, key: str, instrument: str, known: tuple[str, ...]) -> None:
        super().__init__(f"There is no question “{key}” in {instrument}. Use one of: {', '.join(known)}.")
        self.key = key


class AnswerRefused(AssessmentError):
    """An answer does not fit its question; `field` names the place."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field


class CircularScores(AssessmentError):
    """Scores that wait for each other; `field` names one of them."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        super().__init__(f"These scores wait for each other: {', '.join(keys)}. Let one of them stand by itself.")
        self.field = keys[0]
        self.keys = keys


@dataclass(frozen=True)
class Finding:
    """One fault of a definition: where it is, what is wrong, and how to mend it."""

    where: str
    problem: str
    mend: str

    def __str__(self) -> str:
        return f"{self.where}: {self.problem} {self.mend}"


class InvalidDefinition(AssessmentError):
    """A definition file cannot be used; every fault is named at once."""

    def __init__(self, file: str, findings: tuple[Finding, ...]) -> None:
        super().__init__("\n".join(f"{file}: {finding}" for finding in findings))
        self.file = file
        self.findings = findings


class InvalidPack(AssessmentError):
    """A text pack does not fit its structure, or is not the text that was approved; every fault is named at once."""

    def __init__(self, pack: str, findings: tuple[Finding, ...]) -> None:
        super().__init__("\n".join(f"{pack}: {finding}" for finding in findings))
        self.field = "pack"
        self.pack = pack
        self.findings = findings


class CannotRecord(AssessmentError):
    """The assessment cannot be signed as it stands; `field` names what is missing, the message how to mend it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
