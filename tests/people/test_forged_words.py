"""A second person's word that was written into the database, used and taken away again stays seen."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fourfold.access import queries as access_queries
from fourfold.audit.queries import verify
from fourfold.people import services as people
from fourfold.people.models import AddressAnswered, Message, MessageRead
from fourfold.support import services as support
from tests.cast import NOW, Cast, vouched
from tests.people.builders import file_of
from tests.people.test_contact_services import NOON, agree, send
from tests.rehearsal import Rehearsal

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def meanings() -> list[str]:
    return [finding.meaning for finding in verify(every_row=True).findings if finding.kind == "unmade"]


def test_an_answer_that_nobody_gave_to_who_asks_for_the_sealed_address(cast: Cast) -> None:
    hers = file_of(vouched(cast))
    people.keep_safe_address(
        actor=cast.advocate, case_file=hers.file, victim=hers.victim, address="14 Elder Bank Lane", at=NOW
    )
    asked = people.ask_for_safe_address(
        actor=cast.advocate, case_file=hers.file, victim=hers.victim, reason="The hearing is at ten.", at=NOW
    )
    held = access_queries.held_by(cast.second_advocate, "entered", at=NOW + MINUTE)
    (forged,) = AddressAnswered._base_manager.bulk_create([AddressAnswered(asked=asked, given=True, words="", **held)])
    people.reveal_safe_address(actor=cast.advocate, asked=asked, at=NOW + 2 * MINUTE)
    AddressAnswered._base_manager.filter(pk=forged.pk)._raw_delete("default")
    assert any(f"people.addressanswered {forged.pk}" in meaning for meaning in meanings())


def test_a_reading_that_nobody_did_of_a_message_in_words_of_its_own(cast: Cast) -> None:
    hers = file_of(vouched(cast))
    agree(cast, hers)
    message = send(cast.advocate, hers, text="Come to the old mill by the river at ten, alone.", at=NOON)
    held = access_queries.held_by(cast.second_advocate, "entered", at=NOON)
    (forged,) = MessageRead._base_manager.bulk_create([MessageRead(message=message, given=True, words="", **held)])
    Message._base_manager.filter(pk=message.pk).update(state="waiting")
    support.dispatch_messages(actor=cast.advocate, at=NOON, transport=Rehearsal())
    MessageRead._base_manager.filter(pk=forged.pk)._raw_delete("default")
    assert any(f"people.messageread {forged.pk}" in meaning for meaning in meanings())
