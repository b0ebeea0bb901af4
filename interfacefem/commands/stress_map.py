# SPDX-License-Identifier: BSD-3-Clause
"""The part of ``interfacefem stress`` that solves height maps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mpi4py import MPI

from interfacefem.commands.case import read_map
from interfacefem.commands.printing import json_text
from interfacefem.config import Case
from interfacefem.contact.map_run import StressMapRun, run_stress_map_loads, stress_map_result
from interfacefem.errors import CaseError
from interfacefem.files import write_text_atomically
from interfacefem.parallel import on_first_rank
from interfacefem.progress import Step
from interfacefem.report.pressure_map_figure import pressure_map_figure
from interfacefem.report.style import save_figure


def solve_map(
    case: Case,
    out: Path | None,
    comm: MPI.Comm,
    step: Step,
    pressures: Sequence[float] | None = None,
) -> list[tuple[StressMapRun, dict[str, Any]]]:
    """Solve the height map of a case; write figure and ``result.json`` of the first load.

    Args:
        case: Names a height map.
        out: Output folder; None writes nothing.
        comm: Communicator; all ranks get the results.
        step: Called as each step begins.
        pressures: Mean pressures in Pa; None: that of the case.

    Returns:
        Each run with its JSON object, one for each pressure.

    Raises:
        InputError: The map cannot be read or does not make a contact problem.
        ConvergenceError: The contact conditions are not met.

    Collective.
    """
    height_map, contact = read_map(case, comm)
    if contact is not None:
        raise CaseError(
            "belongs to the current distribution; contact stress finds the contact itself",
            field="contact",
        )
    step("contact of the map")
    loads = [case.load.pressure] if pressures is None else list(pressures)
    runs = run_stress_map_loads(height_map, case, loads, comm)
    results = [(run, stress_map_result(run)) for run in runs]
    if out is not None:
        step("figure")
        run, result = results[0]

        def write(folder: Path) -> None:
            save_figure(pressure_map_figure(run), folder / "pressure_map.png")
            write_text_atomically(folder / "result.json", json_text(result) + "\n")

        on_first_rank(comm, lambda: write(out))
    return results
