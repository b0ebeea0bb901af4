# SPDX-License-Identifier: BSD-3-Clause
"""The nearest admissible pressure: between its bounds, with the load and moment that is given."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog

Array = npt.NDArray[np.floating]
Mask = npt.NDArray[np.bool_]

_MAX_STEPS = 100
_BALANCED = 1e-13  # of the load


@dataclass(frozen=True, eq=False)
class BlockMotions:
    """What the rigid block can do: approach, and rotate where it is free to.

    Attributes:
        shapes: Displacement of each node for each motion, of order one, shape ``(m, nodes)``; the
            first is the approach, all ones.
        weights: Share of the area of each node, shape ``(nodes,)``.
    """

    shapes: Array
    weights: Array

    def fitted(self, values: Array, where: Mask) -> Array:
        """Least-squares amplitudes, shape ``(m,)``, of the motions in ``values``."""
        weights = self.weights[where]
        if len(self.shapes) == 1:
            return np.array([weights @ values[where] / weights.sum()])
        shapes = self.shapes[:, where]
        return _solved((shapes * weights) @ shapes.T, shapes @ (weights * values[where]))

    def determined(self, where: Mask) -> bool:
        """Whether the displacement of these nodes tells the motion of the block."""
        if len(self.shapes) == 1:
            return bool(where.any())
        count = int(where.sum())
        few = self.shapes[:, where]
        return count >= len(few) and np.linalg.matrix_rank(few @ few.T, tol=1e-9) == len(few)

    def combined(self, amplitudes: Array) -> Array:
        """Displacement of the nodes, shape ``(nodes,)``."""
        if len(self.shapes) == 1:
            return np.broadcast_to(amplitudes[0], self.weights.shape)
        return amplitudes @ self.shapes


def project(
    pressure: Array, free: Mask, load: float, largest: float, motions: BlockMotions
) -> Array | None:
    """The nearest pressure between 0 and ``largest`` with the mean ``load`` and no moment.

    Nodes outside ``free`` keep their values. The nearest pressure is ``clip(pressure + s)`` with s
    a motion of the block; the equations for it are piecewise linear, and Newton's method ends.

    Args:
        pressure: Nodal values in Pa, shape ``(nodes,)``.
        free: Nodes whose pressure may change.
        load: Mean pressure in Pa.
        largest: Upper bound in Pa, may be infinite.
        motions: Of the block.

    Returns:
        The pressure, or None where the free nodes cannot bear the load.
    """
    result = np.clip(pressure, 0.0, largest)
    start = pressure[free]
    weights = motions.weights[free]
    shapes = motions.shapes[:, free]
    wanted = -(motions.shapes[:, ~free] @ (motions.weights[~free] * result[~free]))
    wanted[0] += load
    if not (0 <= wanted[0] <= weights.sum() * largest):
        return None
    dual = _Dual(start, shapes, weights, largest, wanted)
    moved = dual.at(np.zeros(len(shapes)))
    for _ in range(_MAX_STEPS):
        missing = wanted - shapes @ (weights * moved.clipped)
        if np.abs(missing).max() <= _BALANCED * load:
            result[free] = moved.clipped
            return result
        moved = dual.risen(moved, missing)
    return None


def least_violation(
    distance: Array, pressure: Array, largest: float, motions: BlockMotions
) -> Array:
    """The motion of the block that violates the conditions on the gap least, shape ``(m,)``.

    For contacts that leave the block's motion open: nearly all nodes free or yielding. A linear
    program: the gap may be no less than ``-t`` but at yielding nodes, no more than ``t`` in
    contact, with the least t.

    Args:
        distance: Undeformed gap and displacement in m, shape ``(nodes,)``.
        pressure: In Pa, shape ``(nodes,)``.
        largest: The hardness in Pa.
        motions: Of the block.
    """
    scale = float(np.ptp(distance)) or 1.0
    height = distance / scale
    in_contact, bearing = pressure > 0, pressure < largest
    if len(motions.shapes) == 1:
        # only free and yielding nodes: any approach between them will do
        low = height[in_contact].max() if in_contact.any() else height.min()
        high = height[bearing].min() if bearing.any() else low
        return np.array([(low + high) / 2 * scale])
    below, above = motions.shapes[:, bearing].T, motions.shapes[:, in_contact].T
    matrix = np.vstack([below, -above])
    matrix = np.column_stack([matrix, np.full(len(matrix), -1.0)])
    limits = np.concatenate([height[bearing], -height[in_contact]])
    goal = np.append(np.zeros(len(motions.shapes)), 1.0)
    found = linprog(goal, matrix, limits, bounds=(None, None), method="highs")
    return np.asarray(found.x[:-1] * scale if found.success else np.zeros(len(goal) - 1))


@dataclass(frozen=True, eq=False)
class _Moved:
    """Pressures with a motion of the block added.

    Attributes:
        shift: Amplitudes of the motion, shape ``(m,)``.
        pressure: At the free nodes.
        clipped: The same between its bounds.
        value: Of the dual, whose gradient is the missing load and moment.
    """

    shift: Array
    pressure: Array
    clipped: Array
    value: float


@dataclass(frozen=True, eq=False)
class _Dual:
    """The concave dual of the nearest admissible pressure."""

    start: Array
    shapes: Array
    weights: Array
    largest: float
    wanted: Array

    def at(self, shift: Array) -> _Moved:
        moved = self.start + (shift[0] if len(shift) == 1 else shift @ self.shapes)
        clipped = np.minimum(np.maximum(moved, 0.0), self.largest)
        borne = self.weights @ (clipped * (moved - clipped / 2))
        return _Moved(shift, moved, clipped, float(self.wanted @ shift - borne))

    def risen(self, here: _Moved, missing: Array) -> _Moved:
        """After Newton's step, shortened until the dual rises."""
        step = self._step(here.pressure, missing)
        slope = float(missing @ step)
        for _ in range(30):
            there = self.at(here.shift + step)
            if there.value >= here.value + 1e-4 * slope - 1e-13 * abs(here.value):
                return there
            step, slope = step / 2, slope / 2
        return self.at(here.shift + step)

    def _step(self, pressure: Array, missing: Array) -> Array:
        inside = (pressure > 0) & (pressure < self.largest)
        if inside.any():
            if len(self.shapes) == 1:  # the approach alone, ones
                return missing / float(self.weights @ inside)
            local = self.shapes[:, inside]
            return _solved((local * self.weights[inside]) @ local.T, missing)
        # all nodes at a bound: go to where the first of them leaves it
        below, above = pressure <= 0, pressure >= self.largest
        if missing[0] > 0:
            distance = -pressure[below].max() if below.any() else 0.0
        else:
            distance = self.largest - pressure[above].min() if above.any() else 0.0
        step = np.zeros(len(self.shapes))
        step[0] = distance * (1 + 1e-9)
        return step


def _solved(matrix: Array, right: Array) -> Array:
    # nodes on one line leave a rotation open: the smallest one is taken
    return np.asarray(np.linalg.lstsq(matrix, right, rcond=1e-12)[0])
