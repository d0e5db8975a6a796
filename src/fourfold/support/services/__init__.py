"""Supporting the victim one to one: safe contact, notes, measures, care, the diary, and what they are told."""

from fourfold.support.services.care import (
    add_at_risk,
    answer_entitlement,
    plan_step,
    record_consent,
    record_satisfaction,
    review_step,
    step_for_at_risk,
)
from fourfold.support.services.contacts import (
    ask_before_contact,
    attempt_contact,
    record_telling,
    require_told,
    write_note,
)
from fourfold.support.services.diary import ask_contact, mark_read, pass_on, write_entry
from fourfold.support.services.diary_access import (
    bind_device,
    close_codes_of_who_left,
    close_diary_link,
    forget_device,
    give_diary_link,
    leave_diary,
    open_diary,
)
from fourfold.support.services.handing_out import hand_out_measure
from fourfold.support.services.identifiers import add_known_by, undo_known_by_withdrawn, withdraw_known_by
from fourfold.support.services.log_import import bring_log
from fourfold.support.services.measures import check_in, choose_norm, measure_missed, take_measure
from fourfold.support.services.safe_contact import (
    agree_contact,
    ask_for_address,
    confirm_endpoint,
    dispatch_messages,
    keep_address,
    read_message,
    send_message,
    set_endpoint_aside,
)
from fourfold.support.services.taking_over import take_over
from fourfold.support.services.updates import (
    drop_updates,
    owe_update,
    owe_updates_again,
    take_telling_back,
    tell_update,
    tell_with_breach,
)
