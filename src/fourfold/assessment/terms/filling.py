"""How a form was filled in: from what, in which way, in how long, and of which time it speaks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from fourfold.words import Word, words


class SourceSeen(StrEnum):
    """What an assessment rests on. Each is something that somebody saw, heard or read."""

    VICTIM_IN_PERSON = "victim_in_person"
    VICTIM_BY_PHONE = "victim_by_phone"
    VICTIM_DIARY = "victim_diary"
    SUBJECT_IN_PERSON = "subject_in_person"
    THIRD_PARTY = "third_party"
    POLICE_FILE = "police_file"
    BODY_WORN = "body_worn"
    DEVICES = "devices"
    HEALTH_RECORD = "health_record"
    OTHER_AGENCY = "other_agency"
    OTHER = "other"

    @property
    def label(self) -> str:
        return SOURCE_WORDS[self]


SOURCE_WORDS = words(
    {
        SourceSeen.VICTIM_IN_PERSON: "The victim, in person",
        SourceSeen.VICTIM_BY_PHONE: "The victim, by telephone or video",
        SourceSeen.VICTIM_DIARY: "The victim’s own notes or records",
        SourceSeen.SUBJECT_IN_PERSON: "The subject, in person",
        SourceSeen.THIRD_PARTY: "A third party: family, neighbour, colleague, new partner",
        SourceSeen.POLICE_FILE: "Police records and statements",
        SourceSeen.BODY_WORN: "Body-worn or other video",
        SourceSeen.DEVICES: "Messages, calls and devices",
        SourceSeen.HEALTH_RECORD: "Health records",
        SourceSeen.OTHER_AGENCY: "Another agency's records",
        SourceSeen.OTHER: "Something else",
    }
)


class Mode(StrEnum):
    """In which way the form was filled in; it bears on what may be compared with what."""

    IN_PERSON = "in_person"
    TELEPHONE = "telephone"
    VIDEO = "video"
    FILE_ONLY = "file_only"
    SEVERAL = "several"

    @property
    def label(self) -> str:
        return Word(
            {"file_only": "From the file only", "several": "In several ways"}.get(
                self.value, self.value.replace("_", " ").capitalize()
            )
        )


class Interpreter(StrEnum):
    """Whether an interpreter was there. Somebody who knows one of the two is not a safe one."""

    NOT_NEEDED = "not_needed"
    PRESENT = "present"
    KNOWN_TO_THEM = "known_to_them"
    MISSING = "missing"

    @property
    def label(self) -> str:
        return Word(
            {
                "not_needed": "Not needed",
                "present": "An independent interpreter was there",
                "known_to_them": "Somebody who knows the victim or the subject interpreted",
                "missing": "Needed, but there was none",
            }[self.value]
        )


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
