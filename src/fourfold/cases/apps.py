from collections.abc import Collection, Sequence
from uuid import UUID

from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "fourfold.cases"
    label = "cases"

    def ready(self) -> None:
        """Have rows of a feed held against what is on record by the keys that are kept of each report."""
        from fourfold.intake.apps import IntakeConfig

        IntakeConfig.may_tell = staticmethod(_may_tell)


def _may_tell(
    site: str, numbers: Collection[int]
) -> Sequence[UUID]:  # not as the program starts: it loads half the house
    from fourfold.cases.services import summaries

    return summaries.may_tell(site, numbers)
