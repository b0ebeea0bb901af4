# SPDX-License-Identifier: BSD-3-Clause
"""``interfacefem current``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from mpi4py import MPI

from interfacefem.commands.case import read_case_on_all_ranks, read_map, read_profile
from interfacefem.commands.printing import json_text, print_json, print_line, print_table
from interfacefem.current.fields import write_fields
from interfacefem.current.map_run import run_current_map
from interfacefem.current.result import current_result
from interfacefem.current.run import CurrentRun, run_current
from interfacefem.files import write_text_atomically
from interfacefem.meshing.export import MESH_FORMATS, write_mesh
from interfacefem.meshing.height_map_domain import HeightMapMesh
from interfacefem.parallel import on_first_rank
from interfacefem.parameters.case_file import Case
from interfacefem.progress import Step, configure_logging, progress
from interfacefem.report import (
    current_figure,
    histogram_figure,
    map_figure,
    potential_figure,
    save_figure,
)

if TYPE_CHECKING:
    from interfacefem.cli import Output


def run(case_file: Path, out: Path | None, json: bool, output: Output) -> None:
    """Solve one case on all ranks, print its metrics, write figures and fields; collective."""
    configure_logging(quiet=output.quiet, verbose=output.verbose)
    comm = MPI.COMM_WORLD

    with progress("current", 2 if out is None else 3, quiet=output.quiet) as step:
        step(f"reading {case_file}")
        case = read_case_on_all_ranks(case_file, out, comm)
        result = (
            _solve_profile(case, case_file, out, comm, step)
            if case.height_map is None
            else _solve_map(case, out, comm, step)
        )
    if json:
        print_json(result)
        return
    print_table(str(case_file), ("quantity", "value"), printed_rows(result))
    for note in result["notes"]:
        print_line(f"  {note}")
    if out is not None:
        print_line(f"figures, fields and mesh: {out}")


def _solve_profile(
    case: Case, case_file: Path, out: Path | None, comm: MPI.Comm, step: Step
) -> dict[str, Any]:
    profile, contact = read_profile(case, case_file, comm)
    step("mesh and current distribution")
    solved = run_current(profile, case, comm, contact)
    result = current_result(solved)
    if out is not None:
        step("figures, fields and mesh")
        write_current(solved, case, result, out)
    return result


def _solve_map(case: Case, out: Path | None, comm: MPI.Comm, step: Step) -> dict[str, Any]:
    height_map, contact = read_map(case, comm)
    step("mesh and current distribution in three dimensions")
    solved = run_current_map(height_map, case, comm, contact=contact)
    result = current_result(solved)
    if out is not None:
        step("figure and fields")

        def write(folder: Path) -> None:
            domain = solved.solution.interface_mesh
            assert isinstance(domain, HeightMapMesh)
            save_figure(map_figure(solved.solution, domain.height_map), folder / "current_map.png")
            write_text_atomically(folder / "result.json", json_text(result) + "\n")

        on_first_rank(comm, lambda: write(out))
        write_fields(solved.solution, out)
    return result


def write_current(solved: CurrentRun, case: Case, result: dict[str, Any], out: Path) -> None:
    """Write figures, ``result.json``, mesh and fields; collective."""
    comm = solved.solution.interface_mesh.comm
    potential = potential_figure(solved.solution)
    critical = case.load.critical_current_density

    def write() -> None:
        assert potential is not None  # on rank 0
        assert solved.triangulation is not None
        save_figure(potential, out / "potential.png")
        figure = current_figure(solved.solution, solved.metrics, critical_current_density=critical)
        save_figure(figure, out / "current.png")
        histogram = histogram_figure(
            [solved.solution],
            [case.profile.stem if case.profile else "profile"],
            critical_current_density=critical,
        )
        save_figure(histogram, out / "histogram.png")
        for suffix in MESH_FORMATS:
            write_mesh(solved.triangulation, out / f"mesh{suffix}")
        write_text_atomically(out / "result.json", json_text(result) + "\n")

    on_first_rank(comm, write)
    write_fields(solved.solution, out)


def printed_rows(result: dict[str, Any]) -> list[tuple[str, object]]:
    """Metrics with their keys, as they stand in the JSON."""
    return [(key, value) for key, value in result.items() if key != "notes"]
