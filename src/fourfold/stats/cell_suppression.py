"""The fewest further cells that hide the small ones, and the attack that proves it.

A table with totals is a network: every row and column, the totals as the last of each, sums to zero when
the totals count negatively. Hiding cells leaves the tables that agree with what is shown; an attacker's
interval for a cell is its smallest and largest value among those tables.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy

from fourfold.stats.inputs import FloatArray
from fourfold.stats.terms import NotConverged

Mask = npt.NDArray[np.bool_]
NODES = 500


@dataclass(frozen=True)
class AttackInterval:
    """The closest an attacker comes to the hidden cell (row, column)."""

    row: int
    column: int
    low: float
    high: float

    @property
    def width(self) -> float:
        """Give how far the attacker is from knowing; infinite where nothing bounds the cell."""
        return self.high - self.low


def complementary_cells(table: FloatArray, primary: Mask, *, width: float) -> Mask:
    """Choose the fewest further cells to hide, so that no primary cell can be placed within `width`.

    `table` has its totals as last row and column. Equally few cells: those with the smallest counts; totals
    only where the cells inside do not suffice. Primary cells are handled together in one integer programme: half
    a second for 12 x 5 cells, up to a minute for 43 x 12. The same table always hides the same cells.
    Raises NotConverged where no choice was found.
    """
    exposed = _exposed(table, primary, primary, width)
    if not exposed.any():
        return np.zeros_like(primary)
    chosen = _solve(table, primary, exposed, width)
    if _exposed(table, primary | chosen, primary, width).any():
        chosen = ~primary
    if _exposed(table, primary | chosen, primary, width).any():
        raise NotConverged("counts", "cannot be protected", "Merge rows or columns, or leave out the totals")
    return chosen


def attack(table: FloatArray, hidden: Mask, targets: Mask) -> tuple[AttackInterval, ...]:
    """Find, for each target, its smallest and largest value in any table that agrees with the cells shown."""
    free = np.flatnonzero(hidden.ravel())
    equations = balance_equations(table.shape)
    known = equations[:, np.flatnonzero(~hidden.ravel())] @ table[~hidden]
    place = {cell: k for k, cell in enumerate(free.tolist())}
    found = []
    for row, column in np.argwhere(targets & hidden).tolist():
        goal = np.zeros(free.size)
        goal[place[row * table.shape[1] + column]] = 1.0
        low, high = (_extreme(sign * goal, equations[:, free], -known) for sign in (1.0, -1.0))
        found.append(AttackInterval(row, column, low, -high))
    return tuple(found)


def balance_equations(shape: tuple[int, ...]) -> scipy.sparse.csr_array:
    """Give the equations (rows + columns, cells) that say each line sums to its total."""
    rows, columns = shape
    down, across = (np.append(np.ones(size - 1), -1.0)[None, :] for size in (rows, columns))
    return scipy.sparse.csr_array(
        scipy.sparse.vstack(
            [
                scipy.sparse.kron(scipy.sparse.eye_array(rows), across),
                scipy.sparse.kron(down, scipy.sparse.eye_array(columns)),
            ]
        )
    )


def _extreme(goal: FloatArray, equations: scipy.sparse.csr_array, right: FloatArray) -> float:
    answer = scipy.optimize.linprog(goal, A_eq=equations, b_eq=right, bounds=(0, None), method="highs")
    return float(answer.fun) if answer.status == 0 else -np.inf


def _exposed(table: FloatArray, hidden: Mask, primary: Mask, width: float) -> Mask:
    """Mark the primary cells that an attacker can place within `width`; hiding more never exposes another."""
    found = np.zeros_like(primary)
    for interval in attack(table, hidden, primary):
        found[interval.row, interval.column] = interval.width < width - 1e-6
    return found


def _solve(table: FloatArray, primary: Mask, exposed: Mask, width: float) -> Mask:
    """Solve the cell suppression problem: for each exposed cell two agreeing tables at least `width` apart.

    Unknowns: for each cell whether it is hidden; for each exposed cell and cell, how far up and how far down
    it moves. In a network moves of more than `width` are never needed, which keeps the bounds tight.
    """
    cells, targets = table.size, np.flatnonzero(exposed.ravel())
    equations = balance_equations(table.shape)
    blocks = 2 * targets.size
    moves = blocks * cells
    lower = np.concatenate([primary.ravel(), np.full(moves, -width)])
    upper = np.concatenate([np.ones(cells), np.full(moves, width)])
    reach = np.minimum(table.ravel(), width)
    identity = scipy.sparse.eye_array(moves)
    spread = scipy.sparse.kron(np.ones((blocks, 1)), scipy.sparse.eye_array(cells))
    balanced = scipy.sparse.hstack(
        [
            scipy.sparse.csr_array((blocks * equations.shape[0], cells)),
            scipy.sparse.kron(scipy.sparse.eye_array(blocks), equations),
        ]
    )
    constraints = [
        scipy.optimize.LinearConstraint(balanced, 0, 0),
        scipy.optimize.LinearConstraint(scipy.sparse.hstack([-width * spread, identity]), -np.inf, 0),
        scipy.optimize.LinearConstraint(scipy.sparse.hstack([spread * reach[None, :], identity]), 0, np.inf),
        scipy.optimize.LinearConstraint(_distance(targets, cells), width, np.inf),
    ]
    cost = np.concatenate([_cost(table), np.zeros(moves)])
    integrality = np.concatenate([np.ones(cells), np.zeros(moves)])
    # No limit of time: a slower machine would hide other cells, and two releases together would tell more.
    limits = {"node_limit": NODES, "mip_rel_gap": 0.0}
    answer = scipy.optimize.milp(
        cost, constraints=constraints, bounds=scipy.optimize.Bounds(lower, upper), integrality=integrality,
        options=limits,
    )  # fmt: skip
    if answer.x is None:
        return ~primary
    return (answer.x[:cells] > 0.5).reshape(table.shape) & ~primary


def _distance(targets: npt.NDArray[np.intp], cells: int) -> scipy.sparse.csr_array:
    """Return, for each target, how far its value in the upper table lies above that in the lower one."""
    k = np.arange(targets.size)
    rows = np.concatenate([k, k])
    columns = np.concatenate([cells + 2 * k * cells + targets, cells + (2 * k + 1) * cells + targets])
    signs = np.concatenate([np.ones(k.size), -np.ones(k.size)])
    return scipy.sparse.csr_array((signs, (rows, columns)), shape=(k.size, cells * (1 + 2 * k.size)))


def _cost(table: FloatArray) -> FloatArray:
    """Price a cell one, a little more for a larger count, and a total more than all the cells inside."""
    totals = np.zeros(table.shape, dtype=bool)
    totals[-1, :] = totals[:, -1] = True
    small = table / (np.max(table) + 1) / (table.size + 1)
    return np.asarray((1 + small + table.size * totals).ravel())
