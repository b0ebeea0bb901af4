# SPDX-License-Identifier: BSD-3-Clause
"""A hot spot refined where it is: contact and current in a window, until the grid resolves it.

The load on the window and the potential above it stay what they are on the whole grid;
displacement and potential that come from outside are those of the whole grid less what the window
itself makes there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from interfacefem.errors import ConvergenceError
from interfacefem.interface.grid import Side, SurfaceGrid
from interfacefem.interface.hot_spot import HotSpot, largest_step, needed_step
from interfacefem.interface.pressed import PressedSurface, Pressing
from interfacefem.interface.spot_current import (
    SpotCurrent,
    SpotProblem,
    solve_spots,
    solve_tangent,
)

Array = npt.NDArray[np.floating]

_MOST_SAMPLES = {1: 4096, 2: 128}  # along a side of the window
_WIDEST = {1: 128, 2: 32}  # steps of the whole grid
_NARROWEST = 8
_MOST_FACTOR = {1: 64, 2: 16}
_TOLERANCE = 1e-4
_LEVELLINGS = 4
_FARTHEST = 1.25


@dataclass(frozen=True, eq=False)
class Zoom:
    """The current in a window.

    Attributes:
        solution: There.
        factor: By which the step was divided.
        gained: Its mean current over that of the whole grid there.
    """

    solution: SpotCurrent
    factor: int
    gained: float

    @property
    def step(self) -> float:
        """Of the window's grid in m."""
        return largest_step(self.solution.problem.grid)


def refined_hot_spot(
    pressing: Pressing, pressed: PressedSurface, solution: SpotCurrent, spot: HotSpot
) -> HotSpot:
    """The hot spot with its factor where a window resolves it, with what is needed else.

    Args:
        pressing: Solves the contact in the window.
        pressed: The contact on the whole grid.
        solution: The current on it.
        spot: As the whole grid shows it.
    """
    if spot.factor is not None or spot.needed_step is None or np.ndim(_film(solution)):
        return spot
    dimensions = len(pressed.grid.shape)
    needed = spot.needed_step
    factor = _power_of_two(largest_step(pressed.grid) / needed)
    while factor <= _MOST_FACTOR[dimensions]:
        try:
            zoom = zoomed(pressing, pressed, solution, factor)
        except ConvergenceError:
            break
        if not 1 / _FARTHEST <= zoom.gained <= _FARTHEST:
            break  # the whole grid does not know how much of the current goes here
        needed = needed_step(zoom.solution)
        if zoom.step <= needed:
            largest = float(zoom.solution.current.max())
            applied = solution.problem.applied_current_density
            return HotSpot(largest / applied, spot.mean_factor, spot.length, needed)
        factor = max(2 * factor, _power_of_two(largest_step(pressed.grid) / needed))
    return HotSpot(None, spot.mean_factor, spot.length, needed)


def zoomed(pressing: Pressing, pressed: PressedSurface, solution: SpotCurrent, factor: int) -> Zoom:
    """Contact and current about the largest current density, with the step divided.

    Raises:
        ConvergenceError: One of them did not converge.
    """
    whole, problem = pressed.grid, solution.problem
    dimensions = len(whole.shape)
    width = min(_WIDEST[dimensions], _MOST_SAMPLES[dimensions] // factor, *whole.shape)
    width = max(width, _NARROWEST)
    middle = np.unravel_index(int(np.argmax(solution.current)), whole.shape)
    places = tuple(
        int(place) - width // 2 - 0.5 + (np.arange(width * factor) + 0.5) / factor
        for place in middle
    )
    side: Side = "cells"
    grid = SurfaceGrid(
        (width * factor,) * dimensions,
        tuple(step / factor for step in whole.spacing),
        (side,) * dimensions,
    )
    contact = pressing.zoomed(pressed, grid, places)
    symbol = grid.constriction_symbol(problem.conductivity, problem.height)
    inside = whole.interpolated(solution.current, places)
    elsewhere = whole.interpolated(solution.potential, places) - grid.apply(symbol, inside)
    window = SpotProblem(
        grid,
        contact.contact,
        problem.conductivity,
        problem.height,
        grid.mean(inside),
        problem.law,
        elsewhere,
    )
    found = solve_spots(window, tolerance=_TOLERANCE)
    for _ in range(_LEVELLINGS):
        missing = solution.level - found.level
        if abs(missing) <= _TOLERANCE * solution.level:
            break
        slope = solve_tangent(found, tolerance=_TOLERANCE).parts.total
        before = found.problem.applied_current_density
        # a current of the wrong sign is no step toward the level
        applied = max(before + missing / slope, before / 2)
        again = replace(found.problem, applied_current_density=applied)
        found = solve_spots(again, start=found.current, tolerance=_TOLERANCE)
    return Zoom(found, factor, found.problem.applied_current_density / grid.mean(inside))


def _film(solution: SpotCurrent) -> float | Array:
    return solution.problem.law.film_resistance


def _power_of_two(ratio: float) -> int:
    return 2 ** max(1, math.ceil(math.log2(ratio)))
