# SPDX-License-Identifier: BSD-3-Clause
"""Resistance of a pressed interface against pressure, with its parts, errors and hot spot."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from interfacefem.current.problem import CurrentProblem
from interfacefem.interface.exponent import Exponent, local_exponents
from interfacefem.interface.flat_model import flat_model_notes, slope_correction, undercut_bound
from interfacefem.interface.hot_spot import HotSpot, find_hot_spot
from interfacefem.interface.hot_spot_zoom import refined_hot_spot
from interfacefem.interface.law import spot_law
from interfacefem.interface.mask_error import (
    BARBER_STEP,
    EdgeSensitivity,
    barber_resistance,
    edge_sensitivity,
    solved_mask_error,
)
from interfacefem.interface.pressed import PressedSurface, Pressing
from interfacefem.interface.safe_current import safe_current_density
from interfacefem.interface.spot_current import (
    TOLERANCE,
    Parts,
    SpotCurrent,
    SpotProblem,
    solve_spots,
    solve_tangent,
)

Array = npt.NDArray[np.floating]

_FEWEST_SAMPLES = 16  # in contact


@dataclass(frozen=True)
class CurveSettings:
    """What is asked for beside the resistance.

    Attributes:
        errors: Whether errors are estimated: about twice the work.
        hot_spot_length: Of the mean hot spot in m; None: 1/32 of the longer side.
        refine_hot_spots: Whether contact and current are solved again on a finer grid about a hot
            spot that is not resolved.
        film_resistance: In ohm m^2 at each sample, added to that of the kinetics.
        tolerance: Of the current.
    """

    errors: bool = True
    hot_spot_length: float | None = None
    refine_hot_spots: bool = True
    film_resistance: float | Array = 0.0
    tolerance: float = TOLERANCE


@dataclass(frozen=True)
class ResistanceError:
    """Error of an area-specific resistance in ohm m^2, by where it comes from.

    Attributes:
        mask: Of the edges of the contacts.
        kinetics: Of the area of the contacts, as charge transfer and film see it.
        slope: Of the flat model, what its first-order correction may be off: the correction.
    """

    mask: float
    kinetics: float
    slope: float

    @property
    def total(self) -> float:
        """Their sum."""
        return self.mask + self.kinetics + self.slope


@dataclass(frozen=True, eq=False)
class PressedInterface:
    """One pressed surface with its current.

    Attributes:
        pressed: What touches.
        solution: The current through it.
        bulk: Resistance of the electrolyte above the contact, ``H/k``, in ohm m^2.
        parts: Of the interface, flat; the chord ``potential/current``.
        differential: The same of ``d potential/d current``.
        slope_correction: First order of what the gap takes away from the current lines, in ohm m^2.
        error: Of ``resistance``; None where it was not asked for.
        barber: Constriction by Barber's identity in ohm m^2; None where it does not hold.
        hot_spot: Where the current is strongest.
        area_above_critical: Share of the contact above the critical current density.
        safe_current_density: In A/m^2; None where the grid does not resolve it.
        undercut_share: Share of the contact with a cavity of the electrolyte above it.
        undercut_bound: Upper bound of ``resistance`` in ohm m^2 where there is such contact; else
            None.
        notes: Why a number is missing or doubtful.
    """

    pressed: PressedSurface
    solution: SpotCurrent
    bulk: float
    parts: Parts
    differential: Parts
    slope_correction: float
    error: ResistanceError | None
    barber: float | None
    hot_spot: HotSpot
    area_above_critical: float
    safe_current_density: float | None
    undercut_share: float
    undercut_bound: float | None
    notes: tuple[str, ...]

    @property
    def interface_resistance(self) -> float:
        """Chord without the bulk, with the slope correction, in ohm m^2."""
        return self.parts.total + self.slope_correction

    @property
    def resistance(self) -> float:
        """Area-specific resistance in ohm m^2, the chord."""
        return self.bulk + self.interface_resistance

    @property
    def differential_resistance(self) -> float:
        """The same of small changes about the applied current."""
        return self.bulk + self.differential.total + self.slope_correction


@dataclass(frozen=True, eq=False)
class InterfaceCurve:
    """A surface at several pressures.

    Attributes:
        rows: In the order of the pressures.
        exponents: Local ``d ln ASR/d ln p`` of the interface (without the bulk) at each row.
        hidden_share: Of the line's length that the block cannot reach from outside.
        problem: Conductivity, kinetics and applied current density.
        critical_current_density: Local limit in A/m^2.
        height: Of the electrolyte above its mean surface in m.
        cpu_s: Process CPU time in s.
    """

    rows: tuple[PressedInterface, ...]
    exponents: tuple[Exponent | None, ...]
    hidden_share: float
    problem: CurrentProblem
    critical_current_density: float
    height: float
    cpu_s: float


def solve_curve(
    pressing: Pressing,
    problem: CurrentProblem,
    pressures: Sequence[float],
    critical_current_density: float,
    settings: CurveSettings | None = None,
    step: Callable[[str], None] | None = None,
) -> InterfaceCurve:
    """Contact and current of a surface at several pressures.

    Args:
        pressing: The surface and the block.
        problem: Conductivity, kinetics and applied current density.
        pressures: Mean pressures in Pa.
        critical_current_density: Local limit in A/m^2.
        settings: What is asked for beside the resistance.
        step: Called with what begins.

    Raises:
        InputError: A pressure the contact cannot bear.
        ConvergenceError: Contact or current did not converge.
    """
    settings = settings or CurveSettings()
    step = step or (lambda _: None)
    started = time.process_time()
    step("contact")
    contacts = pressing.at(pressures)
    step("current through the spots")
    currents = [_Current(pressing, problem, pressed, settings) for pressed in contacts]
    barbers = _barbers(pressing, problem.conductivity, contacts, pressures, settings)
    errors: list[tuple[float, float] | None] = [None] * len(contacts)
    if settings.errors:
        step("the same on half grids, for the error")
        errors = list(_mask_errors(pressing, problem, currents, barbers, pressures, settings))
    step("hot spots and safe currents")
    rows = tuple(
        _row(pressing, current, barber, error, critical_current_density, settings)
        for current, barber, error in zip(currents, barbers, errors, strict=True)
    )
    exponents = local_exponents(pressures, [row.interface_resistance for row in rows])
    return InterfaceCurve(
        rows,
        tuple(exponents),
        pressing.hidden_share,
        problem,
        critical_current_density,
        pressing.height,
        time.process_time() - started,
    )


class _Current:
    """Current and what follows from it for one pressed surface."""

    def __init__(
        self,
        pressing: Pressing,
        problem: CurrentProblem,
        pressed: PressedSurface,
        settings: CurveSettings,
    ) -> None:
        self.pressed = pressed
        # counted from the plane of contact, which lies below the mean surface
        self.height = pressing.height + pressed.grid.mean(pressed.gap)
        posed = spot_problem(pressed, problem, self.height, settings)
        self.solution = solve_spots(posed, tolerance=settings.tolerance)
        self.sensitivity: EdgeSensitivity = edge_sensitivity(self.solution)


def spot_problem(
    pressed: PressedSurface,
    problem: CurrentProblem,
    height: float,
    settings: CurveSettings,
    *,
    primary: bool = False,
) -> SpotProblem:
    """The current problem of a pressed surface; ``primary``: without kinetics and film."""
    applied = problem.applied_current_density
    film = settings.film_resistance
    law = spot_law(None, applied) if primary else spot_law(problem.kinetics, applied, film)
    return SpotProblem(pressed.grid, pressed.contact, problem.conductivity, height, applied, law)


def _barbers(
    pressing: Pressing,
    conductivity: float,
    contacts: Sequence[PressedSurface],
    pressures: Sequence[float],
    settings: CurveSettings,
) -> list[float | None]:
    """Barber's resistance at each pressure; None where a sample yields or it does not hold."""
    modulus = pressing.modulus
    holds = [modulus is not None and not pressed.capped.any() for pressed in contacts]
    where = [i for i, held in enumerate(holds) if held]
    found: list[float | None] = [None] * len(contacts)
    if modulus is None or not where or not settings.errors:
        return found
    beside = [pressures[i] * share for share in (1 - BARBER_STEP, 1 + BARBER_STEP) for i in where]
    solved = pressing.at(beside)
    for i, low, high in zip(where, solved[: len(where)], solved[len(where) :], strict=True):
        if not high.capped.any():
            found[i] = barber_resistance(low, high, modulus, conductivity)
    return found


def _mask_errors(
    pressing: Pressing,
    problem: CurrentProblem,
    currents: Sequence[_Current],
    barbers: Sequence[float | None],
    pressures: Sequence[float],
    settings: CurveSettings,
) -> list[tuple[float, float]]:
    # a film given sample by sample has no values on other grids: there its mean stands
    film = settings.film_resistance
    halved = replace(settings, film_resistance=float(np.mean(film)))
    half_grids = pressing.on_half_grids(pressures)
    found = []
    for i, current in enumerate(currents):
        whole = current.solution
        if np.ndim(film):
            whole = solve_spots(spot_problem(current.pressed, problem, current.height, halved))
        halves = []
        for grid in half_grids:
            half = spot_problem(grid[i], problem, current.height, halved)
            halves.append(solve_spots(half, tolerance=_HALF_TOLERANCE).resistance)
        barber, primary = barbers[i], None
        if barber is not None:
            alone = spot_problem(current.pressed, problem, current.height, settings, primary=True)
            primary = solve_spots(alone, tolerance=_HALF_TOLERANCE)
        found.append(
            solved_mask_error(
                whole.resistance,
                halves,
                current.sensitivity,
                pressing.dimensions,
                barber,
                primary,
            )
        )
    return found


_HALF_TOLERANCE = 1e-4


def _row(
    pressing: Pressing,
    current: _Current,
    barber: float | None,
    mask_error: tuple[float, float] | None,
    critical_current_density: float,
    settings: CurveSettings,
) -> PressedInterface:
    pressed, solution = current.pressed, current.solution
    tangent = solve_tangent(solution, tolerance=settings.tolerance)
    spot = find_hot_spot(solution, settings.hot_spot_length)
    if settings.refine_hot_spots:
        spot = refined_hot_spot(pressing, pressed, solution, spot)
    correction = slope_correction(pressed, solution)
    parts = solution.parts
    notes = [spot.note] if spot.note else []
    undercut = pressing.undercut(pressed)
    share = pressed.grid.mean(undercut.where) / pressed.counted_fraction
    bound = undercut_bound(solution, undercut) if undercut.where.any() else None
    notes += flat_model_notes(solution, correction, share, bound)
    touching = int(np.count_nonzero(pressed.contact))
    if touching < _FEWEST_SAMPLES:
        notes.append(
            f"only {touching} of {pressed.contact.size} samples touch: the numbers depend on the "
            "grid"
        )
    in_contact = pressed.grid.weights[pressed.contact]
    above = in_contact[solution.current[pressed.contact] > critical_current_density]
    safe = safe_current_density(solution, critical_current_density)
    if safe is None and not solution.problem.primary:
        notes.append(
            "safe_current_density is not formed: the grid does not resolve a hot spot of the "
            "critical current density"
        )
    return PressedInterface(
        pressed,
        solution,
        current.height / solution.problem.conductivity,
        parts,
        tangent.parts,
        correction,
        None if mask_error is None else ResistanceError(*mask_error, correction),
        barber,
        spot,
        float(above.sum() / in_contact.sum()),
        safe,
        share,
        bound,
        tuple(notes),
    )
