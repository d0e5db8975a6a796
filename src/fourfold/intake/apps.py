from collections.abc import Callable, Collection, Sequence
from typing import ClassVar
from uuid import UUID

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "fourfold.intake"
    label = "intake"
    #: Which reports of a site may tell what these numbers stand for: said by whoever keeps the index, a later stage.
    may_tell: ClassVar[Callable[[str, Collection[int]], Sequence[UUID]]]
