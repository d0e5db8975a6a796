"""What happens with assessments, as the history of a case says it; no rating that is sealed."""

from fourfold.assessment.models import Assessment, Round, SecondSignature, SignatureAsked
from fourfold.cases.queries.happened import Happened, whether
from fourfold.cases.terms import Level
from fourfold.words import Word, named, sentence


def _signed(profession: str, level: str) -> Word:
    if not level:
        return sentence("Assessment signed: {1}", named(profession))
    return sentence("Assessment signed: {1}, level {2}", named(profession), Level(level).words)


def _asked(level: str) -> Word:
    return sentence("Second signature asked for: level {1}", Level(level).words)


def _answered(level: str, given: str) -> Word:
    if given == "yes":
        return sentence("Second signature given: level {1}", Level(level).words)
    return sentence("Second signature refused: level {1}", Level(level).words)


KINDS = (
    Happened(Assessment, "signed_at", _signed, ("profession", "professional_level")),
    Happened(Round, "recorded_at", lambda: Word("Assessment by several people begun"), why="why"),
    Happened(SignatureAsked, "recorded_at", _asked, ("level",), why="reason"),
    Happened(SecondSignature, "recorded_at", _answered, ("asked__level", whether("given")), why="words"),
)
