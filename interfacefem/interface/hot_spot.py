# SPDX-License-Identifier: BSD-3-Clause
"""The strongest current density, where there is one, and its mean over a stated length.

Without resistance at the interface the current has no limit at the edge of a spot: what a grid
shows there is its step. With a resistance ``R = dg/di`` at the hot spot it has, and a grid finds it
within 5 % where its step is below ``0.07 k R``. A mean over a length of eight steps or more exists
in either case, within 2 %.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import uniform_filter1d

from interfacefem.interface.grid import SurfaceGrid
from interfacefem.interface.spot_current import SpotCurrent

Array = npt.NDArray[np.floating]

STEP_OVER_KR = 0.07
FEWEST_CELLS = 8
_DEFAULT_SHARE = 1 / 32  # of the longer side, where no length is asked for
_MODES = {"periodic": "wrap", "nodes": "mirror", "cells": "reflect"}


@dataclass(frozen=True)
class HotSpot:
    """Where the current is strongest.

    Attributes:
        factor: ``i_max/i_app``; None where it does not exist or is not resolved.
        mean_factor: Largest mean over a square (on a line: a stretch) of side ``length``, over
            i_app; zeros off the contact count.
        length: That side in m.
        needed_step: Step of the grid in m that would resolve it; None without limit.
    """

    factor: float | None
    mean_factor: float
    length: float
    needed_step: float | None

    @property
    def note(self) -> str | None:
        """Why there is no factor."""
        if self.factor is not None:
            return None
        if self.needed_step is None:
            return (
                "hot_spot_factor does not exist: without kinetics or film the current has no limit "
                "at the edge of a spot; hot_spot_mean_factor stands in its place"
            )
        return (
            f"hot_spot_factor is not resolved: it needs samples every {1e9 * self.needed_step:.3g} "
            "nm at the hot spot; hot_spot_mean_factor stands in its place"
        )


def find_hot_spot(solution: SpotCurrent, length: float | None = None) -> HotSpot:
    """The hot spot of a solution.

    Args:
        solution: The current.
        length: Side of the mean in m; at least 8 steps are taken; default: 1/32 of the longer side.
    """
    problem = solution.problem
    grid, applied = problem.grid, problem.applied_current_density
    cells = window_cells(grid, length)
    mean = float(box_mean(grid, solution.current, cells).max()) / applied
    side = max(n * step for n, step in zip(cells, grid.spacing, strict=True))
    if problem.primary:
        return HotSpot(None, mean, side, None)
    needed = needed_step(solution)
    # nothing crowds where everything touches
    factor = None
    if largest_step(grid) <= needed or bool(problem.contact.all()):
        factor = float(solution.current.max()) / applied
    return HotSpot(factor, mean, side, needed)


def needed_step(solution: SpotCurrent) -> float:
    """Step in m at which the hot spot of this solution is resolved, ``0.07 k dg/di`` there."""
    place = int(np.argmax(solution.current[solution.problem.contact]))
    resistance = float(solution.local_resistance[place])
    return STEP_OVER_KR * solution.problem.conductivity * resistance


def largest_step(grid: SurfaceGrid) -> float:
    """Of the grid, in m."""
    return max(step for step, n in zip(grid.spacing, grid.shape, strict=True) if n > 1)


def window_cells(grid: SurfaceGrid, length: float | None) -> tuple[int, ...]:
    """Samples along each axis of the square that a mean is taken over."""
    if length is None:
        length = max(grid.extent) * _DEFAULT_SHARE
    length = max(length, FEWEST_CELLS * max(grid.spacing))
    return tuple(
        min(n, math.ceil(length / step * (1 - 1e-9)))
        for n, step in zip(grid.shape, grid.spacing, strict=True)
    )


def box_mean(grid: SurfaceGrid, values: Array, cells: tuple[int, ...]) -> Array:
    """Mean over a box around each sample."""
    for axis, (size, side) in enumerate(zip(cells, grid.sides, strict=True)):
        values = uniform_filter1d(values, size, axis=axis, mode=_MODES[side])
    return values
