# SPDX-License-Identifier: BSD-3-Clause
"""Standard output: one JSON object, or a table for people."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from interfacefem.files import STANDARD_OUTPUT, csv_text, json_text, naming_target
from interfacefem.mpi import MPI

__all__ = [
    "csv_text",
    "json_text",
    "number_text",
    "print_json",
    "print_line",
    "print_table",
]

_PLAIN_WIDTH = 200  # where output is no terminal, do not fold lines


def print_json(result: Mapping[str, Any]) -> None:
    """Print one JSON object, on rank 0 only."""
    print_line(json_text(result))


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table, on rank 0 only."""
    if MPI.COMM_WORLD.rank > 0:
        return
    table = Table(title=title, title_justify="left", box=box.SIMPLE)
    for index, column in enumerate(columns):
        # a name that is cut has lost its unit
        table.add_column(column, justify="left" if index == 0 else "right", overflow="fold")
    for row in rows:
        table.add_row(*(number_text(entry) for entry in row))
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_PLAIN_WIDTH)
    with naming_target(STANDARD_OUTPUT):
        console.print(table)


def print_line(text: str) -> None:
    """Print a line, on rank 0 only."""
    if MPI.COMM_WORLD.rank == 0:
        with naming_target(STANDARD_OUTPUT):
            print(text)


def number_text(value: object) -> str:
    """A number as people read it: four digits, a dash where there is none."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if isinstance(value, bool) or not isinstance(value, float):
        return str(value)
    return f"{value:.4g}"
