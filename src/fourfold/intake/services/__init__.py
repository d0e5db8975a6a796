"""Receiving allegations, one by one and by the feed."""

from fourfold.intake.services.importing import import_file
from fourfold.intake.services.mending import Mended, mend_rows
from fourfold.intake.services.quarantine import settle_held_row
from fourfold.intake.services.receiving import open_to_desk, receive_allegation, take_over
from fourfold.intake.services.stopping import look_at_row, look_at_stopped_file, settle_stopped_file
