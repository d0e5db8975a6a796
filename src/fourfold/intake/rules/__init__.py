"""What is pressing, what is mentioned, what the desk looks at, and what cannot be kept."""

from fourfold.intake.rules.keeping import why_not_keep
from fourfold.intake.rules.knowing import known_by_typed, why_not_known_by
from fourfold.intake.rules.mentioning import behaviours_in, mentioned, proposed_in, signs_in
from fourfold.intake.rules.pressing import is_for_desk, judged, urgency, urgency_of
from fourfold.intake.rules.retelling import changes_between, why_another_crime, why_look_again
