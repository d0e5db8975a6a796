"""What makes two spellings the same: names, sounds, numbers, addresses, cars, and days of birth.

Keys are for comparing, never for showing. A key of "" means that nothing can be compared: it matches nothing.
"""

from fourfold.people.rules.births import parse_birth
from fourfold.people.rules.names import name_key, name_words, plain, sound_key, sound_keys, split_name
from fourfold.people.rules.reaches import (
    account_key,
    address_key,
    email_key,
    handle_of,
    key_of,
    phone_key,
    postcode_of,
    vehicle_key,
)
from fourfold.people.rules.sounds import sound_of

__all__ = [
    "account_key",
    "address_key",
    "email_key",
    "handle_of",
    "key_of",
    "name_key",
    "name_words",
    "parse_birth",
    "phone_key",
    "plain",
    "postcode_of",
    "sound_key",
    "sound_keys",
    "sound_of",
    "split_name",
    "vehicle_key",
]
