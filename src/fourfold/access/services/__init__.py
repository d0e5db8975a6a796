"""Granting, relating and walling; and the one question that opens every write."""

from fourfold.access.services.accounts import (
    accept_invitation,
    answer_account,
    ask_account,
    ask_account_step,
    sign_out,
    vouch,
)
from fourfold.access.services.agreeing import answer_agreement, ask_agreement, take_back_agreement
from fourfold.access.services.ends import (
    answer_end,
    ask_end_of_agreement,
    ask_end_of_part,
    ask_end_of_relation,
    take_back_end,
)
from fourfold.access.services.first import first_people
from fourfold.access.services.grants import end_relation, grant_file, hand_over_file, open_to_host, relate
from fourfold.access.services.identities import account_or_code, ask_identity
from fourfold.access.services.members import (
    first_administrator,
    give_account,
    give_role,
    give_second_factor,
    register_staff,
    say_invented,
    sign_agreement,
)
from fourfold.access.services.persons import say_of_records
from fourfold.access.services.reminders import (
    ask_digest,
    end_calendar_address,
    end_digest,
    make_calendar_address,
    send_digests,
)
from fourfold.access.services.requiring import require
from fourfold.access.services.rosters import compare_roster, suspend_leavers
from fourfold.access.services.systems import answer_system, ask_system, end_system, make_secret
from fourfold.access.services.walls import (
    copy_walls,
    copy_walls_of_any,
    declare_conflict,
    lift_wall,
    say_of_wall,
    set_wall,
    set_walls_again,
    share_walls,
    take_back_walls,
)
from fourfold.access.services.ways_in import (
    CLOSED,
    count_passkey,
    factor_added,
    note_failed,
    note_way_in,
    take_back_vouching,
)
from fourfold.access.services.webhooks import (
    answer_webhook,
    ask_webhook,
    end_old_secrets,
    end_webhook,
    forget_notices,
    let_go,
    make_webhook_secret,
    note_changes,
    note_told,
    send_again,
)
