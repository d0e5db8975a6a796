"""Is this the same person? How fields compare, and how much each way of comparing says."""

from fourfold.linkage.rules.levels import birth_level, handles, is_of_a_year, postcodes, unplaced
from fourfold.linkage.rules.names import (
    ALIKE,
    CUT_SHORT,
    NEAR,
    SHORTEST_SLIPPED,
    SYLLABLES_FROM,
    Spoken,
    is_name,
    letters_of_the_cut,
    may_be_slips,
    name_level,
    sound,
    spoken,
    spoken_level,
)
from fourfold.linkage.rules.told import REACHES, are_apart_from_all, marks_told, numbers_of, readable_birth, traits_told
from fourfold.linkage.rules.weighing import (
    ABOUT_THAT_DAY,
    CONTRADICTIONS,
    LIKELY,
    STRONGLY_ONES_OWN,
    TELLS_APART,
    VOUCHED,
    WHOLE_NAME,
    WORDS,
    Likely,
    apart,
    at_least_possible,
    compare,
    keys,
    keys_at_once,
    may_stand_provisionally,
    plates_in,
    probability_of,
    weight_of,
)
