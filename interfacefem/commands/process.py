# SPDX-License-Identifier: BSD-3-Clause
"""``interfacefem process``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import cyclopts

from interfacefem.commands.arguments import FileName, Flag, Output
from interfacefem.commands.results import find_and_print, print_rows
from interfacefem.errors import naming_fields
from interfacefem.files import csv_text, write_text_atomically

if TYPE_CHECKING:
    from interfacefem.api.mill import MillResult
    from interfacefem.progress import Step


def process(
    table: FileName,
    *,
    fit: tuple[str, ...] = (),
    pressure_from: Annotated[
        str | None, cyclopts.Parameter(name="--from", allow_leading_hyphen=True)
    ] = None,
    pressure_to: Annotated[
        str | None, cyclopts.Parameter(name="--to", allow_leading_hyphen=True)
    ] = None,
    out: FileName | None = None,
    json: Flag = False,
    output: Output = Output(),
) -> None:
    """How powders were milled and what pressing made of them, from a table (docs/process.md).

    Parameters
    ----------
    table:
        CSV file with a row for each powder or pressed sample.
    fit:
        A column to be fitted over the milling energy, such as d50_um; may be given again.
    pressure_from:
        Lowest pressure that Heckel's law is fitted to, such as "50 MPa".
    pressure_to:
        Highest.
    out:
        Folder for figures and tables; default: none are written.
    json:
        Print one JSON object instead of a table.
    """

    def find(step: Step) -> MillResult:
        from interfacefem.api.mill import mill

        step(f"reading {table}")
        with naming_fields({"pressure_from=": "--from", "pressure_to=": "--to"}):
            return mill(table, fit=fit, pressure_from=pressure_from, pressure_to=pressure_to)

    find_and_print(
        "process", 1, find, lambda result: _print(table.name, result), _write, out, json, output
    )


def _print(name: str, result: dict[str, Any]) -> None:
    print_rows(name, result["rows"], tuple(result["rows"][0]))
    if result["compaction"]:
        rows = [{"powder": powder, **one} for powder, one in result["compaction"].items()]
        print_rows("densification", rows, tuple(rows[0]))
    for column, fits in result["fits"].items():
        for law, one in fits["laws"].items():
            chosen = " (smallest AICc)" if law == fits["best"] else ""
            print_rows(f"{column}: {law}{chosen}", [one], tuple(one))


def _write(found: MillResult, out: Path) -> None:
    from interfacefem.report import save_figure
    from interfacefem.report.powder_figures import powder_figure

    save_figure(powder_figure(found.found), out / "powders.png")
    write_text_atomically(out / "powders.csv", csv_text(found.rows()))
    for row in found.found.rows:
        if row.distribution is None:
            continue
        ends, counts = row.distribution.binned()
        rows = [
            {"from_J": float(low), "to_J": float(high), "collisions_per_s": float(count)}
            for low, high, count in zip(ends[:-1], ends[1:], counts, strict=True)
        ]
        write_text_atomically(out / f"stress_energies_row{row.number}.csv", csv_text(rows))
