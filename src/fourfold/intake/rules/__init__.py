"""What is pressing, what is mentioned, what the desk looks at, and what cannot be kept."""

from fourfold.intake.rules.keeping import why_not_keep
from fourfold.intake.rules.mentioning import behaviours_in, mentioned, signs_in
from fourfold.intake.rules.pressing import is_for_desk, urgency, urgency_of

__all__ = ["behaviours_in", "is_for_desk", "mentioned", "signs_in", "urgency", "urgency_of", "why_not_keep"]
