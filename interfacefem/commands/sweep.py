# SPDX-License-Identifier: BSD-3-Clause
"""``interfacefem current --sweep``."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from interfacefem.api.sweep import MOST_AXES, require_few, solve_sweep
from interfacefem.commands.arguments import Output
from interfacefem.commands.case import profile_alone, read_case_on_all_ranks
from interfacefem.commands.printing import (
    csv_text,
    json_text,
    print_json,
    print_line,
    print_table,
)
from interfacefem.current.sweep import (
    MAP_QUOTIENTS,
    MAP_WAGNER_NUMBERS,
    map_axes,
)
from interfacefem.errors import InputError
from interfacefem.files import write_text_atomically
from interfacefem.mpi import MPI
from interfacefem.parallel import on_first_rank
from interfacefem.parameters.case_file import Case
from interfacefem.parameters.series import SWEEP_PARAMETERS, parse_sweep
from interfacefem.progress import configure_logging, progress
from interfacefem.report import save_figure, sweep_figure
from interfacefem.surfaces import Profile

_PRINTED = ("i_ratio", "i_max_mA_cm2", "i_min_mA_cm2", "hot_spot_factor", "wagner_number",
            "mean_overpotential_V", "area_specific_resistance_ohm_cm2")  # fmt: skip


def run(
    case_file: Path, sweeps: Sequence[str], out: Path | None, json: bool, output: Output
) -> None:
    """Solve one case at every combination of the swept values; collective."""
    configure_logging(quiet=output.quiet, verbose=output.verbose)
    axes = dict(parse_sweep(text) for text in sweeps)
    if len(axes) < len(sweeps):
        raise InputError(
            "cannot be combined", field="--sweep", found=", ".join(sweeps),
            expected=f"up to {MOST_AXES} different parameters",
        )  # fmt: skip
    require_few(axes, "--sweep")
    columns = [SWEEP_PARAMETERS[name].column for name in axes]
    _solve(case_file, lambda profile, case: axes, columns, list(axes.values()), out, json, output)


def run_map(case_file: Path, out: Path | None, json: bool, output: Output) -> None:
    """Solve one geometry over Wagner number and applied over exchange current; collective."""
    configure_logging(quiet=output.quiet, verbose=output.verbose)
    drawn = [MAP_WAGNER_NUMBERS, MAP_QUOTIENTS]
    _solve(case_file, map_axes, ["wagner_number", "i_app_over_i0"], drawn, out, json, output)


def _solve(
    case_file: Path,
    choose_axes: Callable[[Profile, Case], Mapping[str, npt.NDArray[np.floating]]],
    drawn_columns: Sequence[str],
    drawn_values: Sequence[npt.NDArray[np.floating]],
    out: Path | None,
    json: bool,
    output: Output,
) -> None:
    comm = MPI.COMM_WORLD
    points = math.prod(len(values) for values in drawn_values)
    with progress("sweep", 2, quiet=output.quiet) as step:
        step(f"reading {case_file}")
        case = read_case_on_all_ranks(case_file, out, comm)
        profile = profile_alone(case, case_file, comm)
        step(f"{points} points on one mesh")
        solved = solve_sweep(profile, case, choose_axes(profile, case), comm, field="--sweep")
    swept, result = solved.swept, solved.to_dict()

    def write(folder: Path) -> None:
        write_text_atomically(folder / "sweep.csv", csv_text(result["rows"]))
        write_text_atomically(folder / "sweep.json", json_text(result) + "\n")
        if len(drawn_columns) <= 2:
            ratios = [metrics.i_ratio for metrics in swept.metrics]
            figure = sweep_figure(drawn_columns, drawn_values, ratios)
            save_figure(figure, folder / "sweep.png")

    if out is not None:
        on_first_rank(comm, lambda: write(out))
    if json:
        print_json(result)
        return
    names = [*solved.columns, *_PRINTED]
    print_table(str(case_file), names, [[row[name] for name in names] for row in result["rows"]])
    print_line(
        f"{points} points on {swept.cells} triangles, {1000 * swept.cpu_s / points:.1f} ms CPU "
        f"each; {_error_text(swept.i_ratio_error, case.tolerance)}"
    )
    if out is not None:
        print_line(f"table and figure: {out}")


def _error_text(error: float | None, tolerance: float) -> str:
    if error is None:
        return "the error of i_ratio - 1 is not estimated"
    reached = "" if error <= tolerance else f"; the tolerance {tolerance:g} was not reached"
    return f"relative error of i_ratio - 1 estimated below {error:.2g}{reached}"
