# SPDX-License-Identifier: BSD-3-Clause
"""From a profile and a cell to the stress metrics: sample, solve, measure."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from mpi4py import MPI

from interfacefem.contact.cell_bodies import block_of_cell, body_of_cell
from interfacefem.contact.metrics import StressMetrics, reference_places, stress_metrics
from interfacefem.contact.solver import (
    ContactProblem,
    ContactSolution,
    contact_problem,
    solve_loads,
)
from interfacefem.contact.surface import sample_surface
from interfacefem.parallel import on_first_rank
from interfacefem.parameters.case_file import Cell
from interfacefem.surfaces import Profile


@dataclass(frozen=True, eq=False)
class StressRun:
    """One profile under one mean pressure, solved and measured.

    Attributes:
        profile: The surface.
        solution: Pressure, gap and what was solved.
        metrics: Numbers drawn from it.
        cpu_s: Process CPU time in s of set-up, solving and measuring.
    """

    profile: Profile
    solution: ContactSolution
    metrics: StressMetrics
    cpu_s: float

    @property
    def notes(self) -> tuple[str, ...]:
        """Why a number is missing or doubtful."""
        return self.metrics.notes


def run_stress(profile: Profile, cell: Cell, comm: MPI.Comm) -> StressRun:
    """Contact stress of one profile.

    Two-dimensional contact takes milliseconds, less than ranks would spend on talking: rank 0
    solves, all ranks get the result.

    Args:
        profile: The surface; the same on all ranks.
        cell: Electrolyte, block, load and how the problem is posed.
        comm: Communicator that gets the result.

    Raises:
        InputError: The profile or the cell does not make a contact problem.
        ConvergenceError: The contact conditions are not met to 1e-10.

    Collective.
    """
    return run_stress_sweep(profile, cell, [cell.load.pressure], comm)[0]


def run_stress_sweep(
    profile: Profile, cell: Cell, pressures: Sequence[float], comm: MPI.Comm
) -> list[StressRun]:
    """Contact stress of one profile at several mean pressures, on one set-up.

    Args:
        profile: The surface; the same on all ranks.
        cell: Electrolyte, block and how the problem is posed; its pressure is not used.
        pressures: Mean pressures in Pa.
        comm: Communicator that gets the results.

    Returns:
        One run for each pressure in the order given; the CPU time of the set-up is shared out.

    Raises:
        InputError: The profile, the cell or a pressure does not make a contact problem.
        ConvergenceError: The contact conditions are not met to 1e-10.

    Collective.
    """

    def solve() -> list[tuple[ContactSolution, StressMetrics, float]]:
        started = time.process_time()
        problem = problem_of_cell(profile, cell)
        reference_places(problem.surface, cell.stress.depth)
        solutions = solve_loads(problem, pressures)
        shared = (time.process_time() - started) / len(solutions)
        results = []
        for solution in solutions:
            started = time.process_time()
            metrics = stress_metrics(solution, cell.stress.depth)
            results.append((solution, metrics, shared + time.process_time() - started))
        return results

    results = comm.bcast(on_first_rank(comm, solve), root=0)
    return [StressRun(profile, *result) for result in results]


def problem_of_cell(profile: Profile, cell: Cell) -> ContactProblem:
    """The contact problem that a cell poses on a profile.

    Raises:
        InputError: The profile or the cell does not make a contact problem.
    """
    surface = sample_surface(profile, cell.stress.boundary, cell.stress.nodes)
    return contact_problem(
        surface,
        body_of_cell(cell),
        block_of_cell(cell),
        hardness=cell.electrolyte.hardness,
        rotation=cell.block.rotation,
    )
