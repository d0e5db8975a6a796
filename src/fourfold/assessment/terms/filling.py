"""How a form was filled in: from what, in which way, in how long, and of which time it speaks."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from fourfold.words import WordedEnum


class SourceSeen(WordedEnum):
    """What an assessment rests on. Each is something that somebody saw, heard or read."""

    VICTIM_IN_PERSON = "victim_in_person", "the victim, in person"
    VICTIM_BY_PHONE = "victim_by_phone", "the victim, by telephone or video"
    VICTIM_DIARY = "victim_diary", "the victim’s own notes or records"
    SUBJECT_IN_PERSON = "subject_in_person", "the subject, in person"
    THIRD_PARTY = "third_party", "a third party: family, neighbour, colleague, new partner"
    POLICE_FILE = "police_file", "police records and statements"
    BODY_WORN = "body_worn", "body-worn or other video"
    DEVICES = "devices", "messages, calls and devices"
    HEALTH_RECORD = "health_record", "health records"
    OTHER_AGENCY = "other_agency", "another agency's records"
    OTHER = "other", "something else"


class Mode(WordedEnum):
    """In which way the form was filled in; it bears on what may be compared with what."""

    IN_PERSON = "in_person"
    TELEPHONE = "telephone"
    VIDEO = "video"
    FILE_ONLY = "file_only", "from the file only"
    SEVERAL = "several", "in several ways"


class Interpreter(WordedEnum):
    """Whether an interpreter was there. Somebody who knows one of the two is not a safe one."""

    NOT_NEEDED = "not_needed"
    PRESENT = "present", "an independent interpreter was there"
    KNOWN_TO_THEM = "known_to_them", "somebody who knows the victim or the subject interpreted"
    MISSING = "missing", "needed, but there was none"


@dataclass(frozen=True)
class Circumstances:
    """How a form was filled in. What nobody said is empty, never a guess.

    `sources` are what was seen, `other_source` names what is not in the list; `procedure` says how it was gone about
    and `limits` what was closed or is in doubt. `as_at` is the moment of which it speaks, `window_days` how many days
    before it count as now.
    """

    sources: tuple[SourceSeen, ...] = ()
    other_source: str = ""
    procedure: str = ""
    limits: str = ""
    mode: Mode | None = None
    interpreter: Interpreter | None = None
    as_at: datetime | None = None
    window_days: int | None = None

    @property
    def since(self) -> datetime | None:
        """The beginning of what counts as now; None where no window was stated."""
        if self.as_at is None or self.window_days is None:
            return None
        return self.as_at - timedelta(days=self.window_days)


NOT_SAID = Circumstances()
"""Nothing was said about how the form was filled in."""
