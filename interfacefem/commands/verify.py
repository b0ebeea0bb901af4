# SPDX-License-Identifier: BSD-3-Clause
"""``interfacefem verify``."""

from __future__ import annotations

from dataclasses import asdict

from interfacefem.commands.arguments import Flag, Output
from interfacefem.errors import VerificationError


def verify(*, json: Flag = False, output: Output = Output()) -> None:
    """Solve every reference problem and print value, exact value, error and order.

    Exit code 3 if any differs by more than its tolerance.

    Parameters
    ----------
    json:
        Print one JSON object instead of a table.
    """
    run(json, output)


def run(json: bool, output: Output) -> None:
    """Solve every reference problem and print how well it is met; collective."""
    from interfacefem.commands.printing import print_json, print_line, print_table
    from interfacefem.progress import configure_logging, progress
    from interfacefem.reference.verification import CHECKS, run_verification

    configure_logging(quiet=output.quiet, verbose=output.verbose)
    with progress("verify", len(CHECKS), quiet=output.quiet) as step:
        rows = run_verification(step)
    failed = [row for row in rows if not row.passed]
    if json:
        print_json({"rows": [asdict(row) for row in rows], "failed": len(failed)})
    else:
        print_table(
            "reference solutions",
            ("problem", "quantity", "value", "exact", "error", "tolerance", "order", "passed"),
            [
                (
                    row.name,
                    f"{row.quantity} ({row.unit})" if row.unit else row.quantity,
                    row.value,
                    row.exact,
                    row.error,
                    row.tolerance,
                    row.order,
                    "yes" if row.passed else "NO",
                )
                for row in rows
            ],
        )
        print_line(f"{len(rows) - len(failed)} of {len(rows)} passed")
    if failed:
        raise VerificationError(
            "reference solutions are missed: " + ", ".join(row.name for row in failed)
        )
