"""What is written last is signed outside the database as well, so that no tail can be cut."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from fourfold.audit import queries, services
from fourfold.audit.models import Head
from fourfold.base import new_id
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db


def test_the_end_of_the_log_is_signed_within_a_second_though_nothing_comes_after_it(
    cast: Cast, django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[object]]
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(3):
            services.consulted(cast.officer, "case.read", at=NOW, file=new_id())
    size, until = Head.objects.get().size, time.monotonic() + 10
    assert size not in queries.signed_checkpoints().hashes
    while size not in queries.signed_checkpoints().hashes and time.monotonic() < until:
        time.sleep(0.05)
    assert size in queries.signed_checkpoints().hashes
    assert not queries.signed_checkpoints().findings
