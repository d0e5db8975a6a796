"""Reading what links allegations to people: who may be meant, what was decided, and which records may be one."""

from fourfold.linkage.queries.as_compared import (
    details_of,
    numbers_kept,
    told_at,
    told_of,
    told_of_further,
)
from fourfold.linkage.queries.confirming import to_confirm
from fourfold.linkage.queries.decided import (
    allegation,
    allegations_of_pair,
    earlier_allegations,
    hold,
    match,
    matches,
    matches_of_many,
    names_two,
    not_them,
    not_them_among,
    of_third_parties,
    open_allegation,
    opened_allegation,
    people_of,
    people_of_many,
    reports_of,
    reports_of_third,
    require_told,
    third_of,
    third_parties_of,
    third_party_of,
    third_undone_at,
    told_of_pair,
    with_whom,
)
from fourfold.linkage.queries.known import folder_of_weights, learned_from, not_to_learn, weights_of
from fourfold.linkage.queries.meant import Meant, Seen, Told, decided_ahead, keys_told, meant_by, sure_of, told_of_many
from fourfold.linkage.queries.records import (
    joins_to_sign,
    looked_over,
    may_be_one,
    not_all_compared,
    on_record,
    site_of_both,
    two_records,
)
from fourfold.linkage.queries.said_names import names_told
from fourfold.linkage.queries.walled import WALLED_WHEN, likely_walled
from fourfold.linkage.queries.weighing import candidate, candidates, likely, weighed, without_reach
from fourfold.linkage.rules import numbers_of
from fourfold.linkage.shared_keys import hanging_on, sharing_many
