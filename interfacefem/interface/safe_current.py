# SPDX-License-Identifier: BSD-3-Clause
"""Largest applied current density at which no place exceeds a critical one."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from interfacefem.errors import ConvergenceError
from interfacefem.interface.hot_spot import STEP_OVER_KR, largest_step
from interfacefem.interface.law import SpotLaw
from interfacefem.interface.spot_current import SpotCurrent, SpotProblem, solve_spots

_TOLERANCE = 1e-3
_SOLVER_TOLERANCE = 2e-4
_MOST_SOLVES = 12


def safe_current_density(solution: SpotCurrent, critical_current_density: float) -> float | None:
    """The applied current density in A/m^2 at which the hot spot reaches the critical one.

    Begun with the law linear about the critical current density, then a secant method between
    logarithms.

    Args:
        solution: Any solution of the contact.
        critical_current_density: Local limit in A/m^2.

    Returns:
        None where the step of the grid does not resolve a hot spot of that current density.

    Raises:
        ConvergenceError: It was not found.
    """
    problem = solution.problem
    if problem.primary:
        return None
    resistance = _resistance_at(problem, critical_current_density)
    needed = STEP_OVER_KR * problem.conductivity * float(np.min(resistance))
    if needed < largest_step(problem.grid) and not problem.contact.all():
        return None
    linear = replace(problem, law=SpotLaw(None, resistance, problem.law.smallest_current))
    # the linear law's pattern, at whatever current the problem has
    start = solve_spots(linear, start=solution.current, tolerance=_SOLVER_TOLERANCE).current
    target = math.log(critical_current_density)
    applied = math.log(problem.applied_current_density)
    step = target - math.log(float(start.max()))
    growth, before = 1.0, math.inf
    for _ in range(_MOST_SOLVES):
        trial = replace(
            problem,
            applied_current_density=math.exp(applied + step),
            law=replace(
                problem.law, smallest_current=problem.law.smallest_current * math.exp(step)
            ),
        )
        start = solve_spots(
            trial, start=start * math.exp(step), tolerance=_SOLVER_TOLERANCE
        ).current
        applied += step
        peak = math.log(float(start.max()))
        if math.isfinite(before):
            growth = min(max((peak - before) / step, 0.2), 5.0)
        step, before, problem = (target - peak) / growth, peak, trial
        if abs(target - peak) <= _TOLERANCE:
            return math.exp(applied + step)
    raise ConvergenceError("the safe current density was not found; check the kinetics")


def _resistance_at(problem: SpotProblem, current_density: float) -> np.ndarray:
    """``dg/di`` in ohm m^2 where this current density flows at each sample of the grid."""
    current = np.full(problem.grid.shape, current_density)
    _, slope = problem.law.overpotential(current)
    return np.asarray(slope + problem.law.film_resistance)
