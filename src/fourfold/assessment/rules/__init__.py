"""The decisions of assessment as pure functions: no framework, no clock, no table.

Three promises hold for every function here, and are tested for all inputs: an open answer (unknown, refused,
omitted, blank) is never a zero and never a no; one more yes never lowers anything; the order of the answers
does not matter.
"""

from fourfold.assessment.rules.advising import advice, judged_level, next_instrument, ringing
from fourfold.assessment.rules.answer_checks import lacks_unit
from fourfold.assessment.rules.clocks import longest_hours, needs_reassessment
from fourfold.assessment.rules.levels import agreement_rate, why_not_level
from fourfold.assessment.rules.scoring import score
from fourfold.assessment.rules.sheets import gaps, left_open, passed_over, read_answers, why_not_answer
