# SPDX-License-Identifier: BSD-3-Clause
"""``interfacefem stress``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from mpi4py import MPI

from interfacefem.commands.case import read_case_on_all_ranks, read_profile
from interfacefem.commands.printing import (
    csv_text,
    json_text,
    print_json,
    print_line,
    print_table,
)
from interfacefem.config import Case
from interfacefem.contact.result import stress_result
from interfacefem.contact.run import StressRun, run_stress, run_stress_sweep
from interfacefem.current.sweep import parse_numbers
from interfacefem.errors import CaseError, InputError
from interfacefem.files import write_text_atomically
from interfacefem.parallel import on_first_rank
from interfacefem.progress import configure_logging, progress
from interfacefem.surfaces import Profile
from interfacefem.units import UM

if TYPE_CHECKING:
    from interfacefem.cli import Output

_MPA = 1e6
_PRINTED = (
    "p_mean_MPa", "stress_ratio", "p_max_GPa", "contact_fraction", "capped_fraction",
    "von_mises_max_GPa", "load_left",
)  # fmt: skip


def run(case_file: Path, out: Path | None, json: bool, output: Output) -> None:
    """Solve one case, print its metrics, write pressure and gap; collective."""
    comm = MPI.COMM_WORLD
    with progress("stress", 2, quiet=output.quiet) as step:
        step(f"reading {case_file}")
        case, profile = _read(case_file, out, output, comm)
        step("contact of block and surface")
        solved = _naming(case_file, lambda: run_stress(profile, case, comm))
    result = stress_result(solved)

    def write(folder: Path) -> None:
        write_text_atomically(folder / "stress.json", json_text(result) + "\n")
        write_text_atomically(folder / "pressure.csv", csv_text(_nodes(solved)))

    if out is not None:
        on_first_rank(comm, lambda: write(out))
    if json:
        print_json(result)
        return
    rows = [(key, value) for key, value in result.items() if key != "notes"]
    print_table(str(case_file), ("quantity", "value"), rows)
    for note in result["notes"]:
        print_line(f"  {note}")
    if out is not None:
        print_line(f"pressure and gap: {out}")


def run_pressures(
    case_file: Path, pressures: str, out: Path | None, json: bool, output: Output
) -> None:
    """Solve one case at several mean pressures in MPa; collective."""
    comm = MPI.COMM_WORLD
    values = _pressures(pressures)
    with progress("stress", 2, quiet=output.quiet) as step:
        step(f"reading {case_file}")
        case, profile = _read(case_file, out, output, comm)
        step(f"contact of block and surface at {len(values)} pressures")
        solved = _naming(case_file, lambda: run_stress_sweep(profile, case, values, comm))
    result: dict[str, Any] = {
        "rows": [stress_result(entry) for entry in solved],
        "cpu_s": sum(entry.cpu_s for entry in solved),
    }

    def write(folder: Path) -> None:
        write_text_atomically(folder / "pressures.csv", csv_text(result["rows"]))
        write_text_atomically(folder / "pressures.json", json_text(result) + "\n")

    if out is not None:
        on_first_rank(comm, lambda: write(out))
    if json:
        print_json(result)
        return
    print_table(
        str(case_file), _PRINTED, [[row[name] for name in _PRINTED] for row in result["rows"]]
    )
    for note in dict.fromkeys(note for row in result["rows"] for note in row["notes"]):
        print_line(f"  {note}")
    if out is not None:
        print_line(f"table: {out}")


def _read(
    case_file: Path, out: Path | None, output: Output, comm: MPI.Comm
) -> tuple[Case, Profile]:
    configure_logging(quiet=output.quiet, verbose=output.verbose)
    case = read_case_on_all_ranks(case_file, out, comm)
    if case.height_map is not None:
        raise CaseError(
            "is not understood by this command",
            file=case_file, field="height_map", expected="a profile or an image",
        )  # fmt: skip
    if case.contact is not None:
        raise CaseError(
            "is what this command finds", file=case_file, field="contact", expected="no such key"
        )
    return case, read_profile(case, case_file, comm)[0]


def _naming(case_file: Path, solve: Any) -> Any:
    """Put the case file before what is wrong in it."""
    try:
        return solve()
    except InputError as error:
        raise CaseError(str(error), file=case_file) from None


def _pressures(text: str) -> list[float]:
    expected = 'pressures in MPa, such as "10:500:20:log" or "10,50,300"'
    try:
        values = parse_numbers(text)
    except ValueError:
        raise InputError(
            "cannot be read", field="--pressures", found=f'"{text}"', expected=expected
        ) from None
    if not (np.isfinite(values).all() and (values > 0).all()):
        raise InputError(
            "is out of range", field="--pressures", found=f'"{text}"', expected=expected
        )
    return [float(value) * _MPA for value in values]


def _nodes(solved: StressRun) -> list[dict[str, float]]:
    solution = solved.solution
    surface = solution.problem.surface
    columns = (surface.x / UM, surface.z / UM, solution.gap / UM, solution.pressure / _MPA)
    names = ("x_um", "z_um", "gap_um", "pressure_MPa")
    return [
        dict(zip(names, (float(f"{value:.9g}") for value in row), strict=True))
        for row in zip(*columns, strict=True)
    ]
