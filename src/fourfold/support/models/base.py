"""What every row of a victim's file shares."""

from fourfold.access.scoping import ScopedManager
from fourfold.access.terms import Compartment
from fourfold.base import Held


class OfCase(Held):
    """A row of one case that only the victim's advocate reads, unless its model names another way or compartment."""

    FILE_PATH = "case_id"
    COMPARTMENT = Compartment.ADVOCATE_CONFIDENTIAL

    objects = ScopedManager()

    class Meta:
        abstract = True
