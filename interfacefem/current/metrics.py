# SPDX-License-Identifier: BSD-3-Clause
"""Numbers that describe how strongly an interface focuses current."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from interfacefem.current.constants import FARADAY, GAS_CONSTANT
from interfacefem.current.kinetics import InSeriesWithFilm, Kinetics
from interfacefem.current.own_kinetics import OwnKinetics
from interfacefem.current.problem import CurrentProblem
from interfacefem.current.solution import CurrentSolution, InterfaceSolution
from interfacefem.current.solver import CurrentSolver
from interfacefem.current.windows import (
    WindowPlaces,
    WindowReadings,
    read_windows,
    weighted_quantile,
    window_safe_current,
)
from interfacefem.errors import ConvergenceError
from interfacefem.units import MA_PER_CM2

Array = npt.NDArray[np.floating]

_SAFE_CURRENT_TOLERANCE = 1e-6
_MAX_SAFE_CURRENT_SOLVES = 30
_FINEST_RATIO = 1e-12


@dataclass(frozen=True)
class CurrentMetrics:
    """Metrics of a current distribution, weighted with length (3D: area) where they are averages.

    A number that cannot be formed is None, and ``notes`` says why.

    Attributes:
        i_max: Largest current density in A/m^2.
        i_min: Smallest current density in A/m^2.
        i_ratio: i_max / i_min, the interface-stability descriptor of Tran 2025, Fig. 4g.
        hot_spot_factor: i_max over the applied current density.
        i_p99_p1: 99 % quantile over 1 % quantile of the current density.
        roughness_factor: True over projected length of the interface.
        area_above_ccd: Share of the interface above the critical current density.
        safe_current_density: Largest applied current density in A/m^2 at which no point of the
            interface exceeds the critical current density.
        wagner_number: ``k RT/(F i0 l)``, l the root mean square height of the interface; of a
            user's own law ``k/(l di/deta)`` at zero overpotential, which is the same where the
            charge-transfer coefficients add up to one.
        mean_overpotential: Arc-length mean of the charge-transfer overpotential in V, without the
            drop over a film.
        area_specific_resistance: Mean potential of the top face over the applied current density,
            in ohm m^2: ohmic, film and charge transfer together.
        charge_balance_error: Current through the interface against the applied one.
        contact_fraction: Share of the interface that the metal touches; averages, quantiles and
            extremes are over this part.
        windows: What windows of the reference length say; None where none were placed.
        notes: Why a number is missing.
    """

    i_max: float
    i_min: float
    i_ratio: float | None
    hot_spot_factor: float
    i_p99_p1: float | None
    roughness_factor: float
    area_above_ccd: float | None
    safe_current_density: float | None
    wagner_number: float | None
    mean_overpotential: float
    area_specific_resistance: float
    charge_balance_error: float
    contact_fraction: float
    windows: WindowReadings | None = None
    notes: tuple[str, ...] = ()


def current_metrics(
    solution: InterfaceSolution,
    *,
    rms_height: float,
    critical_current_density: float | None = None,
    solver: CurrentSolver | None = None,
    places: WindowPlaces | None = None,
) -> CurrentMetrics:
    """Metrics of a solution.

    Args:
        solution: The current distribution.
        rms_height: Root mean square height Rq of the interface in m, the length of the Wagner
            number.
        critical_current_density: In A/m^2; None leaves what depends on it out.
        solver: Finds the safe applied current density with further solves on the same mesh; None
            leaves it out.
        places: Windows that are read beside the whole interface.

    Collective.
    """
    samples = solution.samples
    problem = solution.problem
    domain = solution.interface_mesh
    overpotentials = _overpotentials(problem.kinetics, samples.quadrature_potential)
    current = samples.quadrature_current_density
    weights = samples.quadrature_weights
    i_max = float(samples.current_density.max())
    i_min = float(samples.current_density.min())
    notes: list[str] = []
    i_ratio: float | None = None
    if i_min > _FINEST_RATIO * i_max:
        i_ratio = i_max / i_min
    else:
        notes.append(
            f"i_ratio is not formed: the smallest current density is "
            f"{i_min / MA_PER_CM2:.3g} mA/cm2, not above zero"
        )
    low, high = weighted_quantile(current, weights, np.array([0.01, 0.99]))
    spread: float | None = float(high / low)
    if not low > _FINEST_RATIO * high:
        spread = None
        notes.append("i_p99_p1 is not formed: the 1 % quantile is not above zero")
    notes += _extrapolation_notes(solution)
    above = safe = windows = None
    if places is not None:
        windows = read_windows(
            samples,
            places,
            applied_current_density=problem.applied_current_density,
            critical_current_density=critical_current_density,
        )
    if critical_current_density is not None:
        above = float(weights[current > critical_current_density].sum() / weights.sum())
        if solver is not None:
            try:
                last = solved_at_safe_current(solver, solution, critical_current_density)
                safe = last.problem.applied_current_density
                # a window without contact has no peak to follow
                if windows is not None and len(windows.highest) == windows.places.count:
                    windows = replace(
                        windows,
                        safe_current_density=window_safe_current(
                            samples,
                            last.samples,
                            windows.places,
                            applied=(problem.applied_current_density, safe),
                            critical_current_density=critical_current_density,
                        ),
                    )
            except ConvergenceError as error:
                notes.append(f"safe_current_density is not formed: {error}")
    return CurrentMetrics(
        i_max=i_max,
        i_min=i_min,
        i_ratio=i_ratio,
        hot_spot_factor=i_max / problem.applied_current_density,
        i_p99_p1=spread,
        roughness_factor=domain.interface_size / domain.projected_size,
        area_above_ccd=above,
        safe_current_density=safe,
        wagner_number=_wagner_number(problem, rms_height, notes),
        mean_overpotential=float(overpotentials @ weights / weights.sum()),
        area_specific_resistance=solution.top_potential / problem.applied_current_density,
        charge_balance_error=solution.charge_balance_error,
        contact_fraction=min(1.0, float(weights.sum()) / domain.interface_size),
        windows=windows,
        notes=tuple(notes),
    )


def solved_at_safe_current(
    solver: CurrentSolver, solution: InterfaceSolution, critical_current_density: float
) -> InterfaceSolution:
    """The solution at the largest applied current density that is safe at every point.

    The hot-spot factor changes slowly with the applied current density, so that a secant method
    between logarithms needs few solves; it is solved for, not scanned.

    Args:
        solver: Holds the mesh.
        solution: Gives kinetics and conductivity; the search starts from it.
        critical_current_density: Local limit in A/m^2.

    Returns:
        The solution; its problem holds the applied current density.

    Raises:
        ConvergenceError: The secant method did not converge.

    Collective.
    """
    target = math.log(critical_current_density)

    def log_peak(solved: InterfaceSolution) -> float:
        return math.log(solved.samples.current_density.max())

    problem = solution.problem
    previous = math.log(problem.applied_current_density)
    previous_peak = log_peak(solution)
    applied = previous + target - previous_peak
    solved = solution
    for _ in range(_MAX_SAFE_CURRENT_SOLVES):
        trial = replace(problem, applied_current_density=math.exp(applied))
        solved = solver.solve(trial, _start_below(solved, math.exp(applied - previous), solver))
        peak = log_peak(solved)
        if abs(peak - target) <= _SAFE_CURRENT_TOLERANCE:
            return solved
        slope = (peak - previous_peak) / (applied - previous)
        previous, previous_peak = applied, peak
        # the peak grows with the applied current, about in proportion
        applied += (target - peak) / min(max(slope, 0.2), 5.0)
    raise ConvergenceError("the safe current density was not found; check the kinetics")


def _start_below(known: InterfaceSolution, quotient: float, solver: CurrentSolver) -> Array | None:
    """Start of Newton's method for ``quotient`` times the current: rises take few steps."""
    if not isinstance(known, CurrentSolution):
        return None
    return known.potential.x.array[: len(solver.top_load)] * min(quotient, 1.0)


def _wagner_number(problem: CurrentProblem, rms_height: float, notes: list[str]) -> float | None:
    law = problem.charge_transfer
    if law is None:
        return 0.0
    if rms_height <= 0:
        notes.append("wagner_number is not formed: the interface is flat")
        return None
    if isinstance(law, OwnKinetics):
        conductance = float(law.slope(np.zeros(1))[0])
        return problem.conductivity / (conductance * rms_height)
    temperature, i0 = law.temperature, law.exchange_current_density
    return problem.conductivity * GAS_CONSTANT * temperature / (FARADAY * i0 * rms_height)


def _overpotentials(law: Kinetics | None, potential: Array) -> Array:
    """What drives the charge transfer where the electrolyte has this potential, in V."""
    if law is None:
        return np.zeros_like(potential)
    if isinstance(law, InSeriesWithFilm):
        return law.charge_transfer_overpotential(potential)
    return potential


def _extrapolation_notes(solution: InterfaceSolution) -> list[str]:
    """Says where a law of limited range was left."""
    law = solution.problem.charge_transfer
    limits = getattr(law.law, "overpotential_range", None) if isinstance(law, OwnKinetics) else None
    if limits is None:
        return []
    samples = solution.samples
    at_nodes = _overpotentials(solution.problem.kinetics, samples.potential)
    if at_nodes.min() >= limits[0] and at_nodes.max() <= limits[1]:
        return []
    at_points = _overpotentials(solution.problem.kinetics, samples.quadrature_potential)
    outside = (at_points < limits[0]) | (at_points > limits[1])
    weights = samples.quadrature_weights
    return [
        f"the kinetics are known from {limits[0]:.4g} to {limits[1]:.4g} V and were extended "
        f"linearly over {weights[outside].sum() / weights.sum():.1%} of the interface, which is at "
        f"overpotentials from {at_nodes.min():.4g} to {at_nodes.max():.4g} V"
    ]
