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
from interfacefem.parameters.cell import Cell
from interfacefem.parameters.names import parameters_of
from interfacefem.units import MPA

if TYPE_CHECKING:
    from interfacefem.api.contact import ContactResult, ContactSeries
    from interfacefem.mpi import MPI
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
    from interfacefem.api.contact import ContactResult
    from interfacefem.commands.printing import print_json, print_line, print_table
    from interfacefem.mpi import MPI
    from interfacefem.parallel import on_first_rank
    from interfacefem.progress import configure_logging, progress

    configure_logging(quiet=output.quiet, verbose=output.verbose)
    comm = MPI.COMM_WORLD
    with progress("stress", 2 if out is None else 3, quiet=output.quiet) as step:
        step(f"reading {case_file}")
        case = _read(case_file, out, comm)
        solved = _solve(case, case_file, None, comm, step)
        assert isinstance(solved, ContactResult)
        result = solved.to_dict()
        if out is not None:
            step("figures")
            on_first_rank(comm, lambda: _write(solved, out))
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
    from interfacefem.commands.printing import print_json, print_line, print_table
    from interfacefem.mpi import MPI
    from interfacefem.parallel import on_first_rank
    from interfacefem.progress import configure_logging, progress

    configure_logging(quiet=output.quiet, verbose=output.verbose)
    comm = MPI.COMM_WORLD
    values = _pressures(pressures)
    with progress("stress", 2 if out is None else 3, quiet=output.quiet) as step:
        step(f"reading {case_file}")
        case = _read(case_file, out, comm)
        result = _solve(case, case_file, values, comm, step).to_dict()
        rows = result["rows"]
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
    case: Case, case_file: Path, pressures: Sequence[float] | None, comm: MPI.Comm, step: Step
) -> ContactResult | ContactSeries:
    from interfacefem.api.contact import solve_contact
    from interfacefem.commands.case import read_interface

    surface, _ = read_interface(case, case_file, comm)
    kind = "profile" if case.height_map is None else "height map"
    several = "" if pressures is None else f" at {len(pressures)} pressures"
    step(f"contact of block and {kind}{several}")
    return solve_contact(surface, case, pressure=pressures, comm=comm)


def _write(solved: ContactResult, out: Path) -> None:
    """Write what one rank holds; call on one."""
    import numpy as np

    from interfacefem.commands.printing import csv_text, json_text
    from interfacefem.commands.stress_figures import write_map_figure, write_stress_figures
    from interfacefem.surfaces import HeightMap

    if isinstance(solved.run.surface, HeightMap):
        write_map_figure(solved.run, out)
        with written_atomically(out / "pressure_MPa.npy") as temporary:
            np.save(temporary, solved.run.solution.pressure / MPA)
    else:
        write_stress_figures(solved.run, out)
        nodes = solved.along_surface().map(lambda value: float(f"{value:.9g}"))
        rows = [{str(key): value for key, value in row.items()} for row in nodes.to_dict("records")]
        write_text_atomically(out / "pressure.csv", csv_text(rows))
    write_text_atomically(out / "result.json", json_text(solved.to_dict()) + "\n")


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
