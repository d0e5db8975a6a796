"""Writes of the linkage slice: whom an allegation concerns, and which records may be one person."""

from fourfold.linkage.services.matching import (
    cannot_say,
    confirm_match,
    matching_failed,
    propose_matches,
    reject_match,
    take_over,
    think_match,
    train_weights,
    undo_match,
    wall_what_came,
)
from fourfold.linkage.services.same import keep_apart, look_for_same, undo_apart
from fourfold.linkage.services.third import name_third_party
