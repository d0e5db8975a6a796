"""Writing about people: who is on record, and the one way out to a victim."""

from fourfold.people.services.call_backs import ask_call_back, confirm_call_back, end_call_back
from fourfold.people.services.contact import agree_safe_contact, dispatch_messages, read_message, send_message
from fourfold.people.services.deliveries import ask_providers, told_of_delivery
from fourfold.people.services.endpoints import confirm_reach, set_reach_aside
from fourfold.people.services.records import (
    add_mark,
    add_reach,
    contact_third_party,
    end_reach,
    move_record,
    refer_to,
    register_subject,
    register_third_party,
    register_victim,
    take_over,
)
from fourfold.people.services.safe_address import (
    answer_for_safe_address,
    ask_for_safe_address,
    keep_safe_address,
    reveal_safe_address,
)
from fourfold.people.services.same_person import ask_to_join, join_records, part_records, sign_join
from fourfold.people.services.search_keys import rebuild_keys
from fourfold.people.services.withdrawals import (
    undo_mark_withdrawn,
    undo_reach_withdrawn,
    withdraw_mark,
    withdraw_reach,
)
