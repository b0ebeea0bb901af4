# SPDX-License-Identifier: BSD-3-Clause
"""``interfacefem current``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from mpi4py import MPI

from interfacefem.commands.printing import json_text, print_json, print_line, print_table
from interfacefem.config import Case, read_case
from interfacefem.current.fields import write_fields
from interfacefem.current.result import current_result
from interfacefem.current.run import CurrentRun, run_current
from interfacefem.errors import CaseError
from interfacefem.files import require_writable_folder, write_text_atomically
from interfacefem.meshing.export import MESH_FORMATS, write_mesh
from interfacefem.parallel import on_first_rank
from interfacefem.progress import configure_logging, progress
from interfacefem.report import (
    current_figure,
    histogram_figure,
    potential_figure,
    save_figure,
)
from interfacefem.risk import take_profiles
from interfacefem.surfaces import Profile, read_profile_csv

if TYPE_CHECKING:
    from interfacefem.cli import Output


def run(case_file: Path, out: Path | None, json: bool, output: Output) -> None:
    """Solve one case on all ranks, print its metrics, write figures and fields; collective."""
    configure_logging(quiet=output.quiet, verbose=output.verbose)
    comm = MPI.COMM_WORLD

    def read() -> tuple[Case, Profile]:
        case = read_case(case_file)
        if out is not None:
            require_writable_folder(out)
        return case, profile_of_case(case, case_file)

    with progress("current", 2 if out is None else 3, quiet=output.quiet) as step:
        step(f"reading {case_file}")
        case, profile = comm.bcast(on_first_rank(comm, read), root=0)
        step("mesh and current distribution")
        solved = run_current(profile, case, comm)
        result = current_result(solved)
        if out is not None:
            step("figures, fields and mesh")
            write_current(solved, case, result, out)
    if json:
        print_json(result)
        return
    print_table(str(case_file), ("quantity", "value"), printed_rows(result))
    for note in result["notes"]:
        print_line(f"  {note}")
    if out is not None:
        print_line(f"figures, fields and mesh: {out}")


def profile_of_case(case: Case, case_file: Path) -> Profile:
    """The profile a case names, or takes from an image.

    Raises:
        InputError: It cannot be read or taken.

    Rank-local.
    """
    if case.profile is not None:
        return read_profile_csv(case.profile)
    assert case.image is not None  # the case was validated
    if case.sampling is None:
        raise CaseError(
            "an image needs a sampling block",
            file=case_file,
            field="sampling",
            expected='such as "sampling: {line: 1}"',
        )
    profiles = take_profiles(case.image, case.sampling).extraction.profiles
    if case.sampling.line > len(profiles):
        raise CaseError(
            "no such line",
            file=case_file,
            field="sampling.line",
            found=case.sampling.line,
            expected=f"1 to {len(profiles)}",
        )
    return profiles[case.sampling.line - 1].profile


def write_current(solved: CurrentRun, case: Case, result: dict[str, Any], out: Path) -> None:
    """Write figures, ``result.json``, mesh and fields; collective."""
    comm = solved.solution.interface_mesh.comm
    potential = potential_figure(solved.solution)
    critical = case.load.critical_current_density

    def write() -> None:
        assert potential is not None  # on rank 0
        assert solved.triangulation is not None
        save_figure(potential, out / "potential.png")
        figure = current_figure(
            solved.solution, solved.metrics, critical_current_density=critical
        )
        save_figure(figure, out / "current.png")
        histogram = histogram_figure(
            [solved.solution], [case.profile.stem if case.profile else "profile"],
            critical_current_density=critical,
        )
        save_figure(histogram, out / "histogram.png")
        for suffix in MESH_FORMATS:
            write_mesh(solved.triangulation, out / f"mesh{suffix}")
        write_text_atomically(out / "result.json", json_text(result) + "\n")

    on_first_rank(comm, write)
    write_fields(solved.solution, out)


def printed_rows(result: dict[str, Any]) -> list[tuple[str, object]]:
    """Metrics with their keys, as they stand in the JSON; rank-local."""
    return [(key, value) for key, value in result.items() if key != "notes"]
