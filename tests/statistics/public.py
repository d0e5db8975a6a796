"""The public functions of the statistics: what `import fourfold.stats` gives that was written there."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from fourfold import stats

FUNCTIONS: dict[str, Callable[..., Any]] = {
    name: function for name in sorted(stats.__all__) if inspect.isfunction(function := getattr(stats, name))
}
