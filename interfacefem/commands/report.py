# SPDX-License-Identifier: BSD-3-Clause
"""``interfacefem report``."""

from __future__ import annotations

from pathlib import Path

from interfacefem.commands.arguments import FileName, Output
from interfacefem.errors import InputError, naming_fields
from interfacefem.files import require_writable_folder


def report(
    folder: FileName,
    *,
    against: str | None = None,
    by: str | None = None,
    out: FileName | None = None,
    output: Output = Output(),
) -> None:
    """Write the report of a study, finished or not: one HTML file that needs nothing else.

    Parameters
    ----------
    folder:
        Of the study.
    against:
        Factor or covariate along the axis; default: what the study file says.
    by:
        Factor told apart by colour; default: what the study file says.
    out:
        The file; report.html in the folder unless given, report_AGAINST.html with another axis.
    """
    run(folder, against, by, out, output)


def run(
    folder: Path, against: str | None, by: str | None, out: Path | None, output: Output
) -> None:
    """Write the report of a study; rank 0 does it. Collective."""
    from interfacefem.commands.printing import print_line
    from interfacefem.mpi import MPI
    from interfacefem.parallel import on_first_rank
    from interfacefem.progress import configure_logging, progress
    from interfacefem.report.study_report import STEPS, write_report
    from interfacefem.study.file import ReportSection
    from interfacefem.study.table import REPORT

    configure_logging(quiet=output.quiet, verbose=output.verbose)
    axes = None
    if against is not None or by is not None:
        axes = ReportSection.model_construct(against=against, by=by)
    target = out or folder / (REPORT if against is None else f"report_{against}.html")

    def write() -> None:
        if target.is_dir():
            raise InputError("is a folder", field="--out", found=target, expected="a file to write")
        if out is not None:
            require_writable_folder(target.parent)
        names = {"report.against": "--against", "report.by": "--by"}
        with naming_fields(names), progress("report", STEPS, quiet=output.quiet) as step:
            data = write_report(folder, target, step, axes)
        done = sum(result.row["status"] == "done" for result in data.results)
        size = target.stat().st_size / 1e6
        print_line(f"{target}: {done} of {len(data.results)} rows, {size:.1f} MB")

    on_first_rank(MPI.COMM_WORLD, write)
