"""What a process keeps of the addresses that it was asked for: anybody may ask for as many as they like."""

import pytest
from django.urls import get_resolver

from fourfold.config.wsgi import keep_addresses


def test_what_was_tried_before_an_address_was_found_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    every = get_resolver()
    monkeypatch.setattr(every, "resolve", every.resolve)
    keep_addresses()
    for address in ("/transfers/", "/desk/"):
        assert every.resolve(address).func
        assert not every.resolve(address).tried
