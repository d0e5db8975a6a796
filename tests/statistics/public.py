"""The public functions of the statistics: what `import fourfold.stats` gives that was written there."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from fourfold import stats

FUNCTIONS: dict[str, Callable[..., Any]] = {
    name: function
    for name, function in sorted(vars(stats).items())
    if inspect.isfunction(function) and function.__module__.startswith("fourfold.stats.")
}
