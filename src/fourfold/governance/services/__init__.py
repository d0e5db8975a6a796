"""What governance writes: walls, disclosures, answers to requests, packs, holds, retention reviews and challenges."""

from fourfold.governance.services.advising import make_advice
from fourfold.governance.services.confidences import (
    ask_for_confidence,
    decide_on_confidence,
    record_victim_answer,
    sign_release,
)
from fourfold.governance.services.disclosing import record_disclosure
from fourfold.governance.services.disposing import (
    ask_for_disposal,
    dispose_again,
    refuse_disposal,
    sign_disposal,
)
from fourfold.governance.services.exporting import export_board, export_months
from fourfold.governance.services.pack_orders import require_order
from fourfold.governance.services.packing import (
    STEPS,
    decide_on_danger,
    make_pack,
    make_pack_again,
    release_pack,
    require_release,
)
from fourfold.governance.services.records import (
    answer_challenge,
    ask_for_more,
    lift_hold,
    note_more_came,
    place_hold,
    record_challenge,
    review_retention,
)
from fourfold.governance.services.tallying import check_counts
from fourfold.governance.services.walls import keep_wall, lift_standing_wall, lift_wall, wall_off
