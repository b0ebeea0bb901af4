# SPDX-License-Identifier: BSD-3-Clause
"""From a profile or a height map and a cell to resistance against pressure, and to impedance."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from interfacefem.current.problem import current_problem
from interfacefem.interface.equivalent_circuit import ApparentElements, fit_elements
from interfacefem.interface.impedance import (
    ImpedanceSpectrum,
    InterfaceCapacitances,
    solve_impedance,
)
from interfacefem.interface.of_cell import SurfaceUnderBlock
from interfacefem.interface.pressure_curve import (
    CurveSettings,
    InterfaceCurve,
    PressedInterface,
    solve_curve,
)
from interfacefem.mpi import MPI
from interfacefem.parallel import from_first_rank
from interfacefem.parameters.cell import Cell
from interfacefem.surfaces import HeightMap, Profile

Array = npt.NDArray[np.floating]

_FEWEST_FOR_SPECTRUM = 1e-8  # tolerance of the direct current


@dataclass(frozen=True, eq=False)
class ImpedanceRun:
    """Impedance of one interface under one pressure.

    Attributes:
        row: The direct current about which all is linear.
        spectrum: Against frequency.
        elements: Apparent ones, fitted; None with few frequencies.
        capacitances: What was assumed to store charge.
        cpu_s: Process CPU time in s, contact included.
    """

    row: PressedInterface
    spectrum: ImpedanceSpectrum
    elements: ApparentElements | None
    capacitances: InterfaceCapacitances
    cpu_s: float


def run_interface(
    surface: Profile | HeightMap,
    cell: Cell,
    pressures: Sequence[float],
    comm: MPI.Comm,
    settings: CurveSettings | None = None,
    step: Callable[[str], None] | None = None,
) -> InterfaceCurve:
    """Contact and current of a surface at several pressures.

    The transforms are too short to be shared among ranks: rank 0 solves, all ranks get the result.

    Args:
        surface: The same on all ranks.
        cell: Electrolyte, kinetics, block and load; its pressure is not used.
        pressures: Mean pressures in Pa.
        comm: Communicator that gets the result.
        settings: What is asked for beside the resistance.
        step: Called with what begins.

    Raises:
        InputError: The surface, the cell or a pressure does not make a contact problem.
        ConvergenceError: Contact or current did not converge.

    Collective.
    """

    def solve() -> InterfaceCurve:
        started = time.process_time()
        pressing = SurfaceUnderBlock(surface, cell)
        critical = cell.load.critical_current_density
        curve = solve_curve(pressing, current_problem(cell), pressures, critical, settings, step)
        rows = tuple(_saying(row, surface) for row in curve.rows)
        return replace(curve, rows=rows, cpu_s=time.process_time() - started)

    return from_first_rank(comm, solve)


def run_impedance(
    surface: Profile | HeightMap,
    cell: Cell,
    frequencies: Array,
    comm: MPI.Comm,
    pressure: float | None = None,
) -> ImpedanceRun:
    """Impedance of a surface under one pressure, about the applied current density.

    Args:
        surface: The same on all ranks.
        cell: Electrolyte, kinetics, block and load.
        frequencies: In Hz.
        comm: Communicator that gets the result.
        pressure: Mean pressure in Pa; default: that of the cell.

    Raises:
        InputError: The surface, the cell or a frequency is not what it should be.
        ConvergenceError: Contact or current did not converge.

    Collective.
    """

    def solve() -> ImpedanceRun:
        started = time.process_time()
        pressing = SurfaceUnderBlock(surface, cell)
        asked = cell.load.pressure if pressure is None else pressure
        curve = solve_curve(
            pressing,
            current_problem(cell),
            [asked],
            cell.load.critical_current_density,
            CurveSettings(errors=False, tolerance=_FEWEST_FOR_SPECTRUM),
        )
        (row,) = curve.rows
        row = _saying(row, surface)
        store = InterfaceCapacitances(
            cell.kinetics.double_layer_capacitance, cell.electrolyte.relative_permittivity
        )
        spectrum = solve_impedance(row.pressed, row.solution, frequencies, store)
        elements = fit_elements(spectrum.frequencies, spectrum.interface)
        return ImpedanceRun(row, spectrum, elements, store, time.process_time() - started)

    return from_first_rank(comm, solve)


def _saying(row: PressedInterface, surface: Profile | HeightMap) -> PressedInterface:
    """A row that also says what the check of the traced line said."""
    own = () if isinstance(surface, HeightMap) else surface.notes
    return replace(row, notes=(*own, *row.notes))
