"""Reading a force's crime feed: the mapping that describes its layout, and one row through it."""

from fourfold.intake.rules.feeds.cells import RowFault
from fourfold.intake.rules.feeds.joining import joined
from fourfold.intake.rules.feeds.layout import Mapping
from fourfold.intake.rules.feeds.mapping import mapping_of
from fourfold.intake.rules.feeds.packing import Form, Packed, PackedRow, Press
from fourfold.intake.rules.feeds.reading import Reader, ReadRow, header_among
