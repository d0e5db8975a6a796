"""Receiving allegations, one by one and by the feed."""

from fourfold.intake.services.importing import import_file
from fourfold.intake.services.quarantine import settle_held_row
from fourfold.intake.services.receiving import receive_allegation, take_over

__all__ = ["import_file", "receive_allegation", "settle_held_row", "take_over"]
