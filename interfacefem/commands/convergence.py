# SPDX-License-Identifier: BSD-3-Clause
"""``interfacefem current --convergence``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from interfacefem.commands.arguments import Output
from interfacefem.commands.case import profile_alone, read_case_on_all_ranks
from interfacefem.commands.printing import (
    csv_text,
    json_text,
    print_json,
    print_line,
    print_table,
)
from interfacefem.current.convergence import cells_needed, convergence_study
from interfacefem.files import write_text_atomically
from interfacefem.mpi import MPI
from interfacefem.parallel import on_first_rank
from interfacefem.progress import configure_logging, progress
from interfacefem.report import convergence_figure, save_figure

_EXPECTED_MESHES = 10


def run(case_file: Path, out: Path | None, json: bool, output: Output) -> None:
    """Mesh-independence study of one case; collective."""
    configure_logging(quiet=output.quiet, verbose=output.verbose)
    comm = MPI.COMM_WORLD
    with progress("convergence", _EXPECTED_MESHES, quiet=output.quiet) as step:
        case = read_case_on_all_ranks(case_file, out, comm)
        profile = profile_alone(case, case_file, comm)
        steps = convergence_study(profile, case, comm, step)
    rows = [asdict(one) for one in steps]
    result = {
        "rows": rows,
        "tolerance": case.tolerance,
        "cells_needed": cells_needed(steps, case.tolerance),
    }

    def write(folder: Path) -> None:
        write_text_atomically(folder / "convergence.csv", csv_text(rows))
        write_text_atomically(folder / "convergence.json", json_text(result) + "\n")
        save_figure(convergence_figure(steps, case.tolerance), folder / "convergence.png")

    if out is not None:
        on_first_rank(comm, lambda: write(out))
    if json:
        print_json(result)
        return
    # four digits of the ratio would not tell one mesh from the next
    printed = [{**row, "i_ratio": f"{row['i_ratio']:.9g}"} for row in rows]
    print_table(str(case_file), list(rows[0]), [list(row.values()) for row in printed])
    needed = result["cells_needed"]
    print_line(
        f"estimated error of i_ratio - 1 below {100 * case.tolerance:g} % with {needed} triangles"
        if needed
        else f"estimated error of i_ratio - 1 above {100 * case.tolerance:g} % on all these meshes"
    )
    if out is not None:
        print_line(f"table and figure: {out}")
