# SPDX-License-Identifier: BSD-3-Clause
"""``interfacefem rerun``."""

from __future__ import annotations

from pathlib import Path

from interfacefem.commands.arguments import FileName, Flag, Output
from interfacefem.errors import InputError, StudyError

# what another processor or library may change
TOLERANCE = 1e-6


def rerun(
    folder: FileName, key: str | None = None, *, json: Flag = False, output: Output = Output()
) -> None:
    """Solve a case of a study again, from the image on, and compare.

    Exit code 3 if the numbers differ.

    Parameters
    ----------
    folder:
        Of the study.
    key:
        Of the case, as the report names it, or enough of its beginning.
    json:
        Print one JSON object instead of a table.
    """
    run(folder, key, json, output)


def run(folder: Path, key: str | None, json: bool, output: Output) -> None:
    """Solve a case again and compare its numbers."""
    from interfacefem.commands.printing import number_text, print_json, print_line, print_table
    from interfacefem.progress import configure_logging, progress
    from interfacefem.study.rerun import rerun

    configure_logging(quiet=output.quiet, verbose=output.verbose)
    if key is None or folder.is_file():
        raise InputError(
            "a case is named by the study's folder and its key", file=folder,
            expected="rerun FOLDER KEY",
        )  # fmt: skip
    with progress("rerun", 1, quiet=output.quiet) as step:
        step(f"image, profile and case {key}")
        compared = rerun(folder, key)
    difference = compared.largest_difference
    if json:
        print_json(
            {
                "stored": compared.stored,
                "again": compared.again,
                "largest_relative_difference": None if difference == float("inf") else difference,
                "differences": list(compared.differences),
            }
        )
    else:
        rows = [[name, value, compared.again.get(name)] for name, value in compared.stored.items()]
        print_table(f"{folder}, {key}", ("number", "stored", "again"), rows)
        for line in compared.differences:
            print_line(line)
        same = "the same to the last bit" if difference == 0 else (
            f"largest relative difference {number_text(difference)}"
        )  # fmt: skip
        print_line(same)
    if difference > TOLERANCE:
        raise StudyError(
            (
                f"the numbers differ by {difference:.1e} of their value, more than {TOLERANCE:g}; "
                if difference < float("inf")
                else "a number is missing on one side; "
            )
            + ("; ".join(compared.differences) or "nothing else differs")
        )
