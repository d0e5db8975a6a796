"""Whatever somebody writes into the database, reading the log says what is wrong and does not break."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fourfold.access.models import Agreement, Staff
from fourfold.audit import commitments, queries, rules, services
from fourfold.audit.models import Entry, Head
from fourfold.governance.verification import whole_log
from tests.audit.test_services import unlock, write
from tests.cast import NOW, Cast, agreement

pytestmark = pytest.mark.django_db

ATTACKED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)

#: Any text that both engines take, with what a reader of JSON trips over among it.
NASTY = st.sampled_from(
    [
        "",
        "null",
        "[]",
        "7",
        '"rows":',
        '{"rows":[]}',
        '{"rows":{"x":7}}',
        '{"rows":{":":""}}',
        '{"rows":{"access.staff:' + "9" * 60 + '":"0"}}',
        '{"rows":{"mfa.authenticator:99999999999999999999999":"0"}}',
        '{"rows":{"a.b.c:1":"0"}, "edition":"x", "batch":[], "signed":{}}',
        '{"batch":-1,"root":7}',
        '{"batch":1e400}',
        "[" * 100_000,
        '{"a":' * 50_000,
        '"\\ud800"',
        '{"rows":{"access.staff:\\ud800":"\\udfff"}}',
        '{"about_kind":"intake.importrun","root":"0","more":[]}',
    ]
)
TEXTS = st.one_of(NASTY, st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(TEXTS, inside, max_size=3),
    max_leaves=8,
)
SAID = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("rows", "batch", "root", "edition", "signed", "seq", "at", "more", "actor"), VALUES),
)


def forged(body: str, *, with_key: bool = False) -> None:
    """Put an entry with this text at the end of the log, chained as it should be."""
    head = Head.objects.get()
    digest = rules.link(head.hash, body)
    Entry.objects.bulk_create(
        [
            Entry(
                seq=head.size + 1,
                at=NOW,
                action="feed.imported",
                operation="alteration",
                actor=Staff.objects.values_list("pk", flat=True)[0],
                about_kind="intake.importrun",
                body=body,
                previous=head.hash,
                hash=digest,
                mac=commitments.mac_of(head.size + 1, digest) if with_key else "",
            )
        ]
    )
    Head.objects.update(size=head.size + 1, hash=digest)


@ATTACKED
@given(body=TEXTS | SAID.map(json.dumps), with_key=st.booleans())
def test_no_text_of_an_entry_breaks_the_reading_of_the_log(cast: Cast, body: str, with_key: bool) -> None:
    with transaction.atomic():
        forged(body, with_key=with_key)
        assert any(found.seq == Head.objects.get().size for found in whole_log().findings)
        transaction.set_rollback(True)  # else every text is read again after each that follows


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("table", "column"),
    [
        *(("audit_entry", name) for name in ("body", "previous", "hash", "mac", "at", "actor", "file", "about_kind")),
        *(("access_staff", name) for name in ("name", "active", "trained_until")),
        *(("audit_head", name) for name in ("hash", "size")),
    ],
)
@pytest.mark.parametrize("bytes_", [b"\xff\xfe\x00", b"", b"nonsense", b"\xed\xa0\x80"], ids=repr)
@pytest.mark.parametrize("as_text", [True, False])
def test_no_bytes_in_a_column_break_it(cast: Cast, table: str, column: str, bytes_: bytes, as_text: bool) -> None:
    """SQLite keeps any bytes in any column; PostgreSQL holds to the types of its columns, and refuses them by itself."""
    for number in range(3):
        write(cast, f"Person {number}")
    unlock()
    value = f"CAST(x'{bytes_.hex()}' AS TEXT)" if as_text else f"x'{bytes_.hex()}'"
    which = "seq = 2" if table == "audit_entry" else "name = 'Person 1'" if table == "access_staff" else "id = 1"
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {column} = {value} WHERE {which}")
    found = whole_log().findings
    if column != "trained_until":  # there it reads as no day at all, which is what was sealed
        assert {one.kind for one in found} - {"unmade"}, "it is found"


SAME_TO_THE_EYE = [
    ("\u00e9", "e\u0301"),
    (1, 1.0),
    (1, "1"),
    (1.0, "1.0"),
    (True, 1),
    (True, "true"),
    (None, "null"),
    ([], {}),
    ([[1], 2], [1, [2]]),
    ({"\u00e9": 1, "e\u0301": 2}, {"\u00e9": 1}),
    ({"1": 1}, {"1": "1"}),
    (0.1, "0.1"),
    (10**16, 10**16 + 1),
]


@pytest.mark.parametrize(("one", "other"), SAME_TO_THE_EYE, ids=repr)
def test_values_that_look_the_same_share_no_digest(cast: Cast, one: Any, other: Any) -> None:
    row = agreement("northmoor-nhs")
    digests = []
    for value in (one, other):
        row.purposes = [value]
        before = commitments.row_commitment(row)
        row.save()
        digests.append(before)
        assert commitments.row_commitment(Agreement.objects.get(pk=row.pk)) == before, "as saved, so read back"
    assert digests[0] != digests[1]


@ATTACKED
@given(value=VALUES)
def test_whatever_a_column_holds_is_the_same_read_back(cast: Cast, value: Any) -> None:
    if "\\u0000" in json.dumps(value) or "\\ud" in json.dumps(value).lower():
        return  # PostgreSQL keeps neither
    with transaction.atomic():
        row = agreement("northmoor-nhs")
        row.purposes = [value]
        with services.recorded(cast.administrator, "agreement.signed", at=NOW) as entry:
            row.save()
            entry.about(row)
        assert queries.verify().clean
        transaction.set_rollback(True)


def test_two_spellings_of_one_letter_are_two(cast: Cast) -> None:
    staff = write(cast, "Zo\u00eb")
    Staff.objects.filter(pk=staff.pk).update(name="Zoe\u0308")
    assert [finding.kind for finding in queries.verify().findings] == ["row"]
