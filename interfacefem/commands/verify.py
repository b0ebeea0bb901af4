# SPDX-License-Identifier: BSD-3-Clause
"""``interfacefem verify``."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from interfacefem.commands.printing import print_json, print_line, print_table
from interfacefem.errors import VerificationError
from interfacefem.progress import configure_logging, progress
from interfacefem.reference.verification import CHECKS, run_verification

if TYPE_CHECKING:
    from interfacefem.cli import Output


def run(json: bool, output: Output) -> None:
    """Solve every reference problem and print how well it is met; collective."""
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
