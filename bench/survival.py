"""Survival at ten million rows, and beside lifelines and R at one million.

Run by `make bench`, or alone by `python -m bench.survival`. The rows: whole days (int16), 0/1 events and covariates
as int8, the form in which an extract is kept; floats holding whole numbers take a little longer.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.clock import best, judged, line
from fourfold import stats

Columns = dict[str, npt.NDArray[Any]]

MANY, SOME = 10_000_000, 1_000_000
COVARIATES = ("sex", "arm", "region", "risk")
CATEGORICAL = ("region", "risk")
IN_R = """
if (!requireNamespace("survival", quietly = TRUE)) quit(status = 3)
library(survival)
read <- function(name) readBin(file.path("FOLDER", name), "integer", ROWS)
d <- sapply(c("day", "event", "sex", "arm", "region", "risk"), read, simplify = FALSE)
curve <- system.time(survfit(Surv(d$day, d$event) ~ 1))[["elapsed"]]
model <- system.time(coxph(Surv(day, event) ~ sex + arm + factor(region) + factor(risk), d))[["elapsed"]]
cat(curve, model)
"""


def measure() -> None:
    """Measure and print one line for each promise about survival."""
    rows = programme(MANY)
    some = {name: column[:SOME] for name, column in rows.items()}
    with tempfile.TemporaryDirectory() as folder:
        _ten_million(rows, Path(folder))
        _beside_others(some, Path(folder))
    _equal_to_single_rows(some)
    _ten_continuous()


def programme(people: int) -> Columns:
    """Invent people with four categorical covariates and three years of follow-up, about half of them with an event."""
    dice = np.random.default_rng(1)
    values = {"sex": 2, "arm": 2, "region": 10, "risk": 6}
    columns: Columns = {name: dice.integers(0, top, people, dtype=np.int8) for name, top in values.items()}
    rate = (
        0.2 * np.float32(1) * columns["sex"] - 0.3 * columns["arm"] + 0.03 * columns["region"] + 0.25 * columns["risk"]
    )
    life = np.ceil(1500 * dice.standard_exponential(people, dtype=np.float32) * np.exp(-rate)).clip(max=1095)
    leave = dice.integers(1, 1096, people, dtype=np.int16)
    event = ((life <= leave) & (life < 1095)).astype(np.int8)
    return columns | {"day": np.minimum(life, leave).astype(np.int16), "event": event}


def _ten_million(rows: Columns, folder: Path) -> None:
    path = _kept(rows, folder)
    covariates = {name: rows[name] for name in COVARIATES}
    seconds, used = best(lambda: stats.kaplan_meier(rows["day"], rows["event"]))
    line("Kaplan-Meier, 10 million rows, in memory", seconds, "s", 0.1, note=used)
    seconds, used = best(lambda: stats.kaplan_meier_from_parquet(path, time="day"))
    line("Kaplan-Meier, 10 million rows, from Parquet", seconds, "s", 0.5, note=used)
    seconds, used = best(lambda: stats.kaplan_meier_curves_from_parquet(path, by=("region", "arm"), time="day"))
    line("Kaplan-Meier of 20 groups, 10 million rows, from Parquet", seconds, "s", 1.0, note=used)
    seconds, used = best(
        lambda: stats.cox_regression_grouped(rows["day"], rows["event"], covariates, categorical=CATEGORICAL)
    )
    line("Cox (Efron), 10 million rows, 4 categorical, in memory", seconds, "s", 3, note=used)
    seconds, used = best(
        lambda: stats.cox_regression_from_parquet(path, time="day", covariates=COVARIATES, categorical=CATEGORICAL)
    )
    line("Cox (Efron), 10 million rows, 4 categorical, from Parquet", seconds, "s", 3, note=used)


def _kept(rows: Columns, folder: Path) -> str:
    """Write the rows to a Parquet file."""
    import duckdb

    path = str(folder / "rows.parquet")
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.register("kept", rows)
        connection.execute(f"COPY (SELECT * FROM kept) TO '{path}' (FORMAT parquet)")
    return path


def _beside_others(rows: Columns, folder: Path) -> None:
    covariates = {name: rows[name] for name in COVARIATES}
    curve, used = best(lambda: stats.kaplan_meier(rows["day"], rows["event"]))
    curve_there, used_there = _lifelines_curve(rows)
    line("Kaplan-Meier, 1 million rows", curve, "s", curve_there, note=used)
    _other("lifelines", curve_there, curve, used_there)
    model, used = best(
        lambda: stats.cox_regression_grouped(rows["day"], rows["event"], covariates, categorical=CATEGORICAL)
    )
    model_there, used_there = _lifelines_cox(_indicators(rows), rows)
    line("Cox, 1 million rows, 4 categorical", model, "s", model_there, note=used)
    _other("lifelines", model_there, model, used_there)
    in_r = _in_r(rows, folder)
    if in_r is None:
        print("  R's survival is not installed here, so it is not beside these", flush=True)
        return
    _other("R survival, Kaplan-Meier", in_r[0], curve)
    _other("R survival, Cox", in_r[1], model)


def _equal_to_single_rows(rows: Columns) -> None:
    covariates = {name: rows[name] for name in COVARIATES}
    grouped = stats.cox_regression_grouped(rows["day"], rows["event"], covariates, categorical=CATEGORICAL)
    single = stats.cox_regression(rows["day"], rows["event"], _indicators(rows))
    apart = max(
        float(np.abs(grouped.coefficients - single.coefficients).max()),
        float(np.abs(grouped.standard_errors - single.standard_errors).max()),
    )
    line("Cox, 1 million rows: grouped less single rows", apart * 1e8, "e-8", 1, note=f"{apart:.1e} at most")


def _ten_continuous() -> None:
    dice = np.random.default_rng(2)
    x = dice.normal(size=(SOME, 10))
    days = np.ceil(dice.exponential(300, SOME) * np.exp(-x @ np.linspace(-0.3, 0.3, 10)))
    rows = {"day": np.minimum(days, 730), "event": (days <= 730).astype(int)}
    ours, used = best(lambda: stats.cox_regression(rows["day"], rows["event"], x), 2)
    theirs, used_there = _lifelines_cox({f"x{j}": x[:, j] for j in range(10)}, rows)
    line("Cox, 1 million rows, 10 continuous", ours, "s", theirs, note=used)
    _other("lifelines", theirs, ours, used_there)


def _indicators(rows: Columns) -> Columns:
    """Write the categorical covariates out as lifelines and single rows need them."""
    columns: Columns = {name: rows[name].astype(float) for name in COVARIATES if name not in CATEGORICAL}
    for name in CATEGORICAL:
        columns |= {f"{name}={value}": (rows[name] == value).astype(float) for value in np.unique(rows[name])[1:]}
    return columns


def _lifelines_curve(rows: Columns) -> tuple[float, str]:
    from lifelines import KaplanMeierFitter

    return best(lambda: KaplanMeierFitter().fit(rows["day"], rows["event"]))


def _lifelines_cox(covariates: Columns, rows: Columns) -> tuple[float, str]:
    import pandas as pd
    from lifelines import CoxPHFitter

    frame = pd.DataFrame(covariates | {"day": rows["day"], "event": rows["event"]})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return best(lambda: CoxPHFitter().fit(frame, "day", "event"), 1)


def _in_r(rows: Columns, folder: Path) -> tuple[float, float] | None:
    """Time R's survival on the same rows, without the reading of them; None where it is not installed."""
    if shutil.which("Rscript") is None:
        return None
    for name in (*COVARIATES, "day", "event"):
        (folder / name).write_bytes(rows[name].astype(np.int32).tobytes())
    script = folder / "survival.R"
    script.write_text(IN_R.replace("FOLDER", str(folder)).replace("ROWS", str(rows["day"].size)))
    done = subprocess.run(["Rscript", "--vanilla", script], capture_output=True, text=True, check=False)
    if done.returncode:
        return None
    curve, model = done.stdout.split()
    return float(curve), float(model)


def _other(name: str, theirs: float, ours: float, used: str = "") -> None:
    print(
        f"  {name:<56} {theirs:>10,.2f} {'s':<7} {f'{theirs / ours:,.1f} times ours':<18} {used}".rstrip(), flush=True
    )


if __name__ == "__main__":
    judged(measure)
