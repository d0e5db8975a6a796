"""Who is the same person, and how a victim may be contacted: pure answers about people."""

from fourfold.people.rules.birth_dates import parse_birth
from fourfold.people.rules.identifiers import address_key, email_key, handle_of, key_of, phone_key
from fourfold.people.rules.names import name_key, name_words, sound_key, sound_keys, split_name
