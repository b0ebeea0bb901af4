# SPDX-License-Identifier: BSD-3-Clause
"""``interfacefem stress``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import cyclopts

from interfacefem.commands.arguments import FileName, Flag, Output
from interfacefem.errors import CaseError, naming_file
from interfacefem.files import write_text_atomically, written_atomically
from interfacefem.parameters.catalogue import parameters_of
from interfacefem.parameters.cell import Cell
from interfacefem.units import MPA, UM

if TYPE_CHECKING:
    from mpi4py import MPI

    from interfacefem.contact.run import StressRun
    from interfacefem.parameters.case_file import Case
    from interfacefem.progress import Step

_PRINTED = (
    "p_mean_MPa", "stress_ratio", "p_max_GPa", "contact_fraction", "capped_fraction",
    "von_mises_max_GPa", "load_left",
)  # fmt: skip


def stress(
    case: FileName,
    *,
    # a value may begin with a minus sign: it is refused by what it means
    pressures: Annotated[str | None, cyclopts.Parameter(allow_leading_hyphen=True)] = None,
    out: FileName | None = None,
    json: Flag = False,
    output: Output = Output(),
) -> None:
    """Contact stress under a flat block: peak-to-valley ratio of one case (docs/contact.md).

    Parameters
    ----------
    case:
        Case file (YAML); "interfacefem schema" prints what it may say.
    pressures:
        Mean pressures in MPa instead of the case's one: "10:500:20:log" or "10,50,300".
    out:
        Folder for results, pressure and gap; default: none are written.
    json:
        Print one JSON object instead of a table.
    """
    with naming_file(case):
        if pressures is None:
            run(case, out, json, output)
        else:
            run_pressures(case, pressures, out, json, output)


def run(case_file: Path, out: Path | None, json: bool, output: Output) -> None:
    """Solve one case, print its metrics, write pressure and figures; collective."""
    from mpi4py import MPI

    from interfacefem.commands.printing import print_json, print_line, print_table
    from interfacefem.contact.result import stress_result
    from interfacefem.parallel import on_first_rank
    from interfacefem.progress import configure_logging, progress

    configure_logging(quiet=output.quiet, verbose=output.verbose)
    comm = MPI.COMM_WORLD
    with progress("stress", 2 if out is None else 3, quiet=output.quiet) as step:
        step(f"reading {case_file}")
        case = _read(case_file, out, comm)
        (solved,) = _solve(case, case_file, [case.load.pressure], comm, step)
        result = stress_result(solved)
        if out is not None:
            step("figures")
            on_first_rank(comm, lambda: _write(solved, result, out))
    if json:
        print_json(result)
        return
    rows = [(key, value) for key, value in result.items() if key != "notes"]
    print_table(str(case_file), ("quantity", "value"), rows)
    for note in result["notes"]:
        print_line(f"  {note}")
    if out is not None:
        print_line(f"pressure and figures: {out}")


def run_pressures(
    case_file: Path, pressures: str, out: Path | None, json: bool, output: Output
) -> None:
    """Solve one case at several mean pressures in MPa; collective."""
    from mpi4py import MPI

    from interfacefem.commands.printing import print_json, print_line, print_table
    from interfacefem.contact.result import stress_result
    from interfacefem.parallel import on_first_rank
    from interfacefem.progress import configure_logging, progress

    configure_logging(quiet=output.quiet, verbose=output.verbose)
    comm = MPI.COMM_WORLD
    values = _pressures(pressures)
    with progress("stress", 2 if out is None else 3, quiet=output.quiet) as step:
        step(f"reading {case_file}")
        case = _read(case_file, out, comm)
        solved = _solve(case, case_file, values, comm, step)
        rows = [stress_result(entry) for entry in solved]
        result: dict[str, Any] = {"rows": rows, "cpu_s": sum(entry.cpu_s for entry in solved)}
        if out is not None:
            step("figure")
            on_first_rank(comm, lambda: _write_pressures(result, out))
    if json:
        print_json(result)
        return
    print_table(str(case_file), _PRINTED, [[row[name] for name in _PRINTED] for row in rows])
    for note in dict.fromkeys(note for row in rows for note in row["notes"]):
        print_line(f"  {note}")
    if out is not None:
        print_line(f"table and figure: {out}")


def _read(case_file: Path, out: Path | None, comm: MPI.Comm) -> Case:
    from interfacefem.commands.case import read_case_on_all_ranks

    case = read_case_on_all_ranks(case_file, out, comm)
    if case.contact is not None:
        raise CaseError(
            "is what this command finds", file=case_file, field="contact", expected="no such key"
        )
    return case


def _solve(
    case: Case, case_file: Path, pressures: Sequence[float], comm: MPI.Comm, step: Step
) -> Sequence[StressRun]:
    from interfacefem.commands.case import read_map, read_profile
    from interfacefem.contact.run import run_stress_sweep

    several = "" if len(pressures) == 1 else f" at {len(pressures)} pressures"
    if case.height_map is None:
        profile, _ = read_profile(case, case_file, comm)
        step(f"contact of block and profile{several}")
        return run_stress_sweep(profile, case, pressures, comm)
    height_map, _ = read_map(case, comm)
    step(f"contact of block and height map{several}")
    return run_stress_sweep(height_map, case, pressures, comm)


def _write(solved: StressRun, result: dict[str, Any], out: Path) -> None:
    import numpy as np

    from interfacefem.commands.printing import csv_text, json_text
    from interfacefem.commands.stress_figures import write_map_figure, write_stress_figures
    from interfacefem.surfaces import HeightMap

    if isinstance(solved.surface, HeightMap):
        write_map_figure(solved, out)
        with written_atomically(out / "pressure_MPa.npy") as temporary:
            np.save(temporary, solved.solution.pressure / MPA)
    else:
        write_stress_figures(solved, out)
        write_text_atomically(out / "pressure.csv", csv_text(_nodes(solved)))
    write_text_atomically(out / "result.json", json_text(result) + "\n")


def _write_pressures(result: dict[str, Any], out: Path) -> None:
    from interfacefem.commands.printing import csv_text, json_text
    from interfacefem.commands.stress_figures import write_pressures_figure

    write_pressures_figure(result["rows"], out)
    write_text_atomically(out / "pressures.csv", csv_text(result["rows"]))
    write_text_atomically(out / "pressures.json", json_text(result) + "\n")


def _pressures(text: str) -> list[float]:
    from interfacefem.parameters.series import parse_series

    expected = 'pressures in MPa, such as "10:500:20:log" or "10,50,300"'
    values = parse_series(text, parameters_of(Cell)["load.pressure"], "--pressures", expected)
    return [float(value) * MPA for value in values]


def _nodes(solved: StressRun) -> list[dict[str, float]]:
    solution = solved.solution
    surface = solution.problem.surface
    columns = (surface.x / UM, surface.z / UM, solution.gap / UM, solution.pressure / MPA)
    names = ("x_um", "z_um", "gap_um", "pressure_MPa")
    return [
        dict(zip(names, (float(f"{value:.9g}") for value in row), strict=True))
        for row in zip(*columns, strict=True)
    ]
