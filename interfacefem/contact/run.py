# SPDX-License-Identifier: BSD-3-Clause
"""From a profile or a height map and a cell to the stress metrics: set up, solve, measure."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from interfacefem.contact.cell_bodies import block_of_cell, body_of_cell, with_free_block
from interfacefem.contact.metrics import StressMetrics, stress_metrics
from interfacefem.contact.peaks import reference_places
from interfacefem.contact.polonsky_keer import IterationSettings
from interfacefem.contact.problem import ContactProblem, ContactSolution, contact_problem
from interfacefem.contact.reference_depth import reference_depth
from interfacefem.contact.solver import solve_loads
from interfacefem.contact.surface import sample_surface, surface_of_map
from interfacefem.contact.wave_response import require_depth
from interfacefem.mpi import MPI
from interfacefem.parallel import on_first_rank
from interfacefem.parameters.cell import Cell
from interfacefem.short_repr import short_repr
from interfacefem.surfaces import HeightMap, Profile


@dataclass(frozen=True, eq=False)
class StressRun:
    """One profile or height map under one mean pressure, solved and measured.

    Attributes:
        surface: What was given.
        solution: Pressure, gap and what was solved; of a periodic map without the row and the
            column that repeat.
        metrics: Numbers drawn from it.
        cpu_s: Process CPU time in s of set-up, solving and measuring.
    """

    __repr__ = short_repr

    surface: Profile | HeightMap
    solution: ContactSolution
    metrics: StressMetrics
    cpu_s: float

    @property
    def notes(self) -> tuple[str, ...]:
        """Why a number is missing or doubtful."""
        own = () if isinstance(self.surface, HeightMap) else self.surface.notes
        return (*own, *self.metrics.notes)


def run_stress(surface: Profile | HeightMap, cell: Cell, comm: MPI.Comm) -> StressRun:
    """Contact stress of one profile or height map.

    Two-dimensional contact takes milliseconds, and the transforms of one map are too short to be
    shared among ranks: rank 0 solves, all ranks get the result.

    Args:
        surface: The same on all ranks.
        cell: Electrolyte, block, load and how the problem is posed.
        comm: Communicator that gets the result.

    Raises:
        InputError: The surface or the cell does not make a contact problem.
        ConvergenceError: The contact conditions are not met.

    Collective.
    """
    return run_stress_sweep(surface, cell, [cell.load.pressure], comm)[0]


def run_stress_sweep(
    surface: Profile | HeightMap,
    cell: Cell,
    pressures: Sequence[float],
    comm: MPI.Comm,
    settings: IterationSettings | None = None,
) -> list[StressRun]:
    """Contact stress of one profile or height map at several mean pressures, on one set-up.

    Args:
        surface: The same on all ranks.
        cell: Electrolyte, block and how the problem is posed; its pressure is not used.
        pressures: Mean pressures in Pa.
        comm: Communicator that gets the results.
        settings: When the iteration on a map ends.

    Returns:
        One run for each pressure in the order given; the CPU time of set-up and solving is shared
        out.

    Raises:
        InputError: The surface, the cell or a pressure does not make a contact problem.
        ConvergenceError: The contact conditions are not met.

    Collective.
    """

    posed = with_free_block(cell) if isinstance(surface, Profile) else cell

    def solve() -> list[tuple[ContactSolution, StressMetrics, float]]:
        started = time.process_time()
        problem = problem_of_cell(surface, posed)
        depth = reference_depth(problem.surface, cell.stress.depth)
        require_depth(problem.body, depth)
        places = reference_places(problem.surface, depth)
        solutions = solve_loads(problem, pressures, settings)
        shared = (time.process_time() - started) / len(solutions)
        results = []
        for solution in solutions:
            started = time.process_time()
            metrics = stress_metrics(solution, depth, places)
            results.append((solution, metrics, shared + time.process_time() - started))
        return results

    solved = on_first_rank(comm, solve)
    # one rank needs no copy
    results = solved if comm.size == 1 else comm.bcast(solved, root=0)
    assert results is not None
    return [StressRun(surface, *result) for result in results]


def problem_of_cell(surface: Profile | HeightMap, cell: Cell) -> ContactProblem:
    """The contact problem that a cell poses on a profile or a height map.

    Raises:
        InputError: The surface or the cell does not make a contact problem.
    """
    boundary = cell.stress.boundary
    rough = (
        sample_surface(surface, boundary, cell.stress.nodes)
        if isinstance(surface, Profile)
        else surface_of_map(surface, boundary)
    )
    return contact_problem(
        rough,
        body_of_cell(cell),
        block_of_cell(cell),
        hardness=cell.electrolyte.hardness,
        rotation=cell.block.rotation,
    )
