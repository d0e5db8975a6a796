"""What is pressing, what is mentioned, what the desk looks at, and what cannot be kept."""

from fourfold.intake.rules.known_by import known_by_typed, why_not_known_by
from fourfold.intake.rules.later_versions import changes_between, is_emptied, why_another_crime, why_look_again
from fourfold.intake.rules.mentions import behaviours_in, mentioned, proposed_in, words_beside_answer
from fourfold.intake.rules.relationships import relationship_meant
from fourfold.intake.rules.roles_held import Pair, why_contradicts
from fourfold.intake.rules.told_before import is_same_event, told_before
from fourfold.intake.rules.urgency import judged
from fourfold.intake.rules.validation import why_not_keep
