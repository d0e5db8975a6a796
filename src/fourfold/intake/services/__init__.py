"""Receiving allegations, one by one and by the feed."""

from fourfold.intake.services.receiving import receive_allegation, take_over

__all__ = ["receive_allegation", "take_over"]
