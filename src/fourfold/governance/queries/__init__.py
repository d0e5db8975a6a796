"""What oversight and the people of a case may read of walls, disclosures, packs, holds and quality."""

from fourfold.governance.queries.case import (
    ConfidenceShown,
    GovernancePage,
    asked_row,
    challenge_answered,
    challenge_row,
    corrections_of,
    governance_page,
    hold_row,
    more_asked_of,
    pack_row,
    retention_facts,
)
from fourfold.governance.queries.dangers import (
    DangerShown,
    DangersPage,
    danger_page,
    dangers_page,
    is_long,
    pack_of_reader,
    undecided_now,
)
from fourfold.governance.queries.disposing import (
    DisposalPage,
    disposal_page,
    disposed_of,
    is_disposed_of,
    to_dispose_of,
)
from fourfold.governance.queries.ledger import LedgerPage, holds_and_reviews, ledger, told_to_third_parties
from fourfold.governance.queries.names import names_nobody
from fourfold.governance.queries.oversight import (
    WHY,
    ends_in_vain,
    ends_to_answer,
    log_page,
    oversight_waits,
    standing_wall,
    standing_walls,
    verdict,
    wall_form,
    wall_shown,
    walls_page,
    walls_waiting,
)
from fourfold.governance.queries.packing import leaves_out
from fourfold.governance.queries.probing import asked_against_hidden, doubted_confirmations, probing
from fourfold.governance.queries.quality import Board, board, cases_behind
from fourfold.governance.queries.released import released_applications, unreleased_files
from fourfold.governance.queries.retaining import retention_due
from fourfold.governance.queries.waiting import SinceMade, since_made
