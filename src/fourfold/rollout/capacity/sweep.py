"""Every area with every way of working, over many demands: one file a cell, resumed where it stopped, the same on any number of workers.

A folder holds `run.json` (what went in: seed, draws, hashes of the facts, the release) and one file for each area and way of
working. Whoever runs it again from the same facts and release gets the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from fourfold.gateways.dask import Spread
from fourfold.rollout.capacity.play import ENGINE, SEED, Run, Yearly, played
from fourfold.rollout.capacity.questions import suggested
from fourfold.rollout.capacity.terms import Demand
from fourfold.rollout.capacity.unit import STAGES, Unit
from fourfold.words import sentence


@dataclass(frozen=True)
class Cell:
    """One area with one way of working; `place` is where its chance begins, the same whatever else is played."""

    area: str
    model: str
    place: tuple[int, int]
    unit: Unit
    demand: Demand

    @property
    def file(self) -> str:
        return f"{self.area}-{self.model}.json"


class OtherRun(ValueError):
    """The folder holds a run of other inputs; the message says what to do."""


def cells(demands: Mapping[str, Demand], units: Mapping[str, Unit]) -> list[Cell]:
    """Return the cells in an order that does not depend on who plays them."""
    return [
        Cell(area, model, (a, m), unit, demand)
        for a, (area, demand) in enumerate(demands.items())
        for m, (model, unit) in enumerate(units.items())
    ]


def sweep(
    wanted: Iterable[Cell],
    folder: Path,
    *,
    workers: int,
    said: Mapping[str, object],
    seed: int = SEED,
    spread: Spread | None = None,
    told: Callable[[str, int, int], None] = lambda *_: None,
) -> int:
    """Play what the folder lacks and return the events played; `told` hears of each cell. Raises OtherRun.

    `spread` plays the cells on other machines; without it so many processes of this one do.
    """
    todo = list(wanted)
    _begin(folder, {**said, "seed": seed, "engine": ENGINE, "cells": [cell.file for cell in todo]})
    missing = [cell for cell in todo if not (folder / cell.file).exists()]
    events = 0
    answers = spread(play, missing, seed) if spread else _each(missing, seed, workers)
    for done, (cell, (text, played_events)) in enumerate(zip(missing, answers, strict=True), 1):
        part = folder / f"{cell.file}.part"
        part.write_text(text, encoding="utf-8")
        part.replace(folder / cell.file)
        events += played_events
        told(f"{cell.area}, {cell.model}", done, len(missing))
    return events


def _each(missing: list[Cell], seed: int, workers: int) -> Iterator[tuple[str, int]]:
    """Yield each cell's answer in its order, from this process or from so many others."""
    if workers == 1:
        yield from (play(cell, seed) for cell in missing)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("forkserver")) as pool:
        yield from pool.map(play, missing, [seed] * len(missing))


def play(cell: Cell, seed: int) -> tuple[str, int]:
    """Return a cell's file and how many events it took."""
    team = suggested(cell.unit, cell.demand)
    run = Run(cell.unit, team, place=cell.place)
    found = played(run, np.array(cell.demand.referrals), np.array(cell.demand.crimes), seed=seed)
    told = {
        "area": cell.area, "model": cell.model, "policy": cell.unit.policy, "draws": len(cell.demand.referrals),
        "team": asdict(team), "referrals": _three(np.array(cell.demand.referrals)),
        "within 10 working days": _three(found.within(10)), "waiting at the end": _three(found.backlog[:, -1].sum(axis=1)),
        "waits": _waits(found), "events": found.events, "not played to the end": int(found.full.sum()),
    }  # fmt: skip
    return json.dumps(told, indent=1, sort_keys=True) + "\n", found.events


def _three(values: np.ndarray) -> list[float]:
    return [round(float(each), 6) for each in np.nanquantile(values, (0.05, 0.5, 0.95))]


def _waits(found: Yearly) -> dict[str, int]:
    """Return for each stage how many waits were counted, and their hash: enough to see that two runs are one."""
    return {
        stage.value: int(counts.sum()) for stage, counts in zip(STAGES, found.waits, strict=False) if counts.any()
    } | {"sha256 begins": int(hashlib.sha256(found.waits.tobytes()).hexdigest()[:12], 16)}


def _begin(folder: Path, inputs: Mapping[str, object]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    text, file = json.dumps(inputs, indent=1, sort_keys=True) + "\n", folder / "run.json"
    if file.exists() and file.read_text(encoding="utf-8") != text:
        raise OtherRun(
            sentence("{1} holds a run of other inputs. Name an empty folder, or the one it was begun in.", folder)
        )
    file.write_text(text, encoding="utf-8")
