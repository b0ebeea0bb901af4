# SPDX-License-Identifier: BSD-3-Clause
"""The benchmark's numbers as Markdown."""

from __future__ import annotations

import statistics
from typing import Any

from interfacefem.units import MA_PER_CM2

STAGES = ("mesh", "convert", "set-up", "solve")
OURS = "interfacefem"
Row = dict[str, Any]


def total(row: Row) -> float:
    """CPU time in s of one geometry without the estimate."""
    return sum(row["laps"][stage] for stage in STAGES)


def print_table(rows: list[Row]) -> None:
    """One row for each profile, exchange current density and program; times in ms."""
    head = ["profile", "i0 mA/cm2", "program", "error", "triangles", "unknowns", *STAGES, "**all**"]
    head += ["x ours", "estimate", "sweep point", "its error", "x ours"]
    head += ["cold s (CPU)", "memory MB"]
    _print_line(head)
    _print_line(["---"] * 3 + ["---:"] * (len(head) - 3))
    for row in rows:
        ours = _ours(rows, row)
        cold = row["cold"]
        estimate = row["laps"].get("estimate")
        _print_line(
            [
                row["profile"],
                f"{row['exchange'] / MA_PER_CM2:g}",
                row["program"],
                f"{row['error']:.1e}" + ("" if row["reached"] else " (!)"),
                f"{row['cells']:,}",
                f"{row['dofs']:,}",
                *(f"{row['laps'][stage] * 1e3:.0f}" for stage in STAGES),
                f"**{total(row) * 1e3:.0f}**",
                f"{total(row) / total(ours):.1f}",
                "-" if estimate is None else f"{estimate * 1e3:.0f}",
                f"{row['sweep'] * 1e3:.1f}",
                f"{row['sweep_error']:.1e}",
                f"{row['sweep'] / ours['sweep']:.1f}",
                f"{cold['elapsed_s']:.2f} ({cold['cpu_s']:.2f})",
                f"{cold['memory_mb']:.0f}",
            ]
        )


def print_ratios(rows: list[Row]) -> None:
    """How much more CPU time the others take: smallest, median and largest of all cases."""
    print()
    _print_line(["times ours (min / median / max)", "per geometry", "per sweep point", "cold CPU"])
    _print_line(["---", "---:", "---:", "---:"])
    for program in dict.fromkeys(row["program"] for row in rows):
        if program == OURS:
            continue
        mine = [row for row in rows if row["program"] == program]
        ratios = [
            [total(row) / total(_ours(rows, row)) for row in mine],
            [row["sweep"] / _ours(rows, row)["sweep"] for row in mine],
            [row["cold"]["cpu_s"] / _ours(rows, row)["cold"]["cpu_s"] for row in mine],
        ]
        _print_line(
            [program]
            + [
                f"{min(values):.1f} / {statistics.median(values):.1f} / {max(values):.1f}"
                for values in ratios
            ]
        )


def _ours(rows: list[Row], like: Row) -> Row:
    return next(
        row
        for row in rows
        if row["program"] == OURS
        and row["profile"] == like["profile"]
        and row["exchange"] == like["exchange"]
    )


def _print_line(cells: list[str]) -> None:
    print("| " + " | ".join(cells) + " |", flush=True)
