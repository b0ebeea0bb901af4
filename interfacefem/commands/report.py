# SPDX-License-Identifier: BSD-3-Clause
"""``interfacefem report``."""

from __future__ import annotations

from pathlib import Path

from interfacefem.commands.arguments import FileName, Output
from interfacefem.errors import InputError
from interfacefem.files import require_writable_folder


def report(folder: FileName, *, out: FileName | None = None, output: Output = Output()) -> None:
    """Write the report of a study, finished or not: one HTML file that needs nothing else.

    Parameters
    ----------
    folder:
        Of the study.
    out:
        The file; report.html in the folder unless given.
    """
    run(folder, out, output)


def run(folder: Path, out: Path | None, output: Output) -> None:
    """Write the report of a study; rank 0 does it. Collective."""
    from mpi4py import MPI

    from interfacefem.commands.printing import print_line
    from interfacefem.parallel import on_first_rank
    from interfacefem.progress import configure_logging, progress
    from interfacefem.report.study_report import STEPS, write_report
    from interfacefem.study.table import REPORT

    configure_logging(quiet=output.quiet, verbose=output.verbose)
    target = out or folder / REPORT

    def write() -> None:
        if target.is_dir():
            raise InputError("is a folder", field="--out", found=target, expected="a file to write")
        if out is not None:
            require_writable_folder(target.parent)
        with progress("report", STEPS, quiet=output.quiet) as step:
            data = write_report(folder, target, step)
        done = sum(result.row["status"] == "done" for result in data.results)
        size = target.stat().st_size / 1e6
        print_line(f"{target}: {done} of {len(data.results)} rows, {size:.1f} MB")

    on_first_rank(MPI.COMM_WORLD, write)
