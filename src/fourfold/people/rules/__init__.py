"""Who is the same person, and how she may be reached: pure answers about people."""

from fourfold.people.rules.contact import why_not_contact
from fourfold.people.rules.identity import (
    account_key,
    address_key,
    email_key,
    handle_of,
    key_of,
    name_key,
    name_words,
    parse_birth,
    phone_key,
    postcode_of,
    sound_key,
    sound_keys,
    split_name,
    vehicle_key,
)
