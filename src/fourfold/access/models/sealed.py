"""What opens or closes something to somebody is a row of this kind."""

from fourfold.base import NotedManager, Row


class Sealed(Row):
    """A row that opens or closes something to somebody: the log seals each, and names one that no entry made."""

    objects = NotedManager()

    class Meta:
        abstract = True
