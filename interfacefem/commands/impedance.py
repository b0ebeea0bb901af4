# SPDX-License-Identifier: BSD-3-Clause
"""``interfacefem impedance``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

import cyclopts

from interfacefem.commands.arguments import FileName, Flag, Output
from interfacefem.commands.pressed import FIELDS, PressedOptions, read_pressed
from interfacefem.errors import naming_file


def impedance(
    file: FileName,
    *,
    pressure: Annotated[str | None, cyclopts.Parameter(allow_leading_hyphen=True)] = None,
    frequencies: Annotated[str | None, cyclopts.Parameter(allow_leading_hyphen=True)] = None,
    options: PressedOptions = PressedOptions(),
    out: FileName | None = None,
    json: Flag = False,
    output: Output = Output(),
) -> None:
    """Impedance of a pressed interface about the applied current (docs/interface.md).

    Parameters
    ----------
    file:
        Case file (YAML), height map, profile (CSV) or micrograph.
    pressure:
        Mean pressure such as "5 MPa"; default: the case's.
    frequencies:
        "10mHz:10MHz:60:log" (the default) or "1 Hz,1 kHz".
    out:
        Folder for table, figure and a file that impedance programs read; default: none.
    json:
        Print one JSON object instead of a table.
    """
    from interfacefem.api import interface as door
    from interfacefem.commands.printing import print_json, print_line, print_table
    from interfacefem.mpi import MPI
    from interfacefem.progress import configure_logging, progress

    configure_logging(quiet=output.quiet, verbose=output.verbose)
    comm = MPI.COMM_WORLD
    with naming_file(file, FIELDS):
        hertz = door.frequencies_of(frequencies, "--frequencies")
        with progress("impedance", 2 if out is None else 3, quiet=output.quiet) as step:
            step(f"reading {file}")
            surface, cell = read_pressed(file, options, out, comm)
            step("contact, current and impedance")
            found = door.impedance(surface, cell, pressure=pressure, frequencies=hertz, comm=comm)
            if out is not None:
                step("table and figure")
                for name in ("impedance.json", "impedance.csv", "impedance.z", "impedance.png"):
                    found.write(out / name)
    result = found.to_dict()
    if json:
        print_json(result)
        return
    named = [(key, value) for key, value in result.items() if key not in ("rows", "notes")]
    print_table(str(file), ("quantity", "value"), _line_by_line(named))
    for note in result["notes"]:
        print_line(f"  {note}")
    if out is not None:
        print_line(f"tables and figure: {out}")


def _line_by_line(named: Iterable[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Apparent elements one by one."""
    rows: list[tuple[str, Any]] = []
    for key, value in named:
        if isinstance(value, dict):
            for part, numbers in value.items():
                rows += [(f"{key}_{part}_{i + 1}", one) for i, one in enumerate(numbers)]
        else:
            rows.append((key, value))
    return rows
