# SPDX-License-Identifier: BSD-3-Clause
"""``interfacefem interface``."""

from __future__ import annotations

from typing import Annotated

import cyclopts

from interfacefem.commands.arguments import FileName, Flag, Output
from interfacefem.commands.pressed import FIELDS, PressedOptions, read_pressed
from interfacefem.errors import naming_file
from interfacefem.units import MPA

_PRINTED = (
    "stack_pressure_MPa", "contact_fraction", "area_specific_resistance_ohm_cm2",
    "asr_error_ohm_cm2", "asr_constriction_ohm_cm2", "asr_charge_transfer_ohm_cm2",
    "hot_spot_factor", "hot_spot_mean_factor", "safe_current_density_mA_cm2", "pressure_exponent",
)  # fmt: skip
_EXPECTED = 'pressures in MPa, such as "1:300:20:log" or "5,50"'


def interface(
    file: FileName,
    *,
    pressures: Annotated[str | None, cyclopts.Parameter(allow_leading_hyphen=True)] = None,
    errors: Annotated[bool, cyclopts.Parameter(negative="--no-errors")] = True,
    hot_spot_length: Annotated[str | None, cyclopts.Parameter(allow_leading_hyphen=True)] = None,
    options: PressedOptions = PressedOptions(),
    out: FileName | None = None,
    json: Flag = False,
    output: Output = Output(),
) -> None:
    """Resistance against pressure where a block touches, in its parts (docs/interface.md).

    Parameters
    ----------
    file:
        Case file (YAML), height map, profile (CSV) or micrograph.
    pressures:
        Mean pressures in MPa instead of the case's one: "1:300:20:log" or "5,50".
    errors:
        Estimate errors; most of the time goes there.
    hot_spot_length:
        Side of the mean hot spot, such as "1 um"; default: 1/32 of the longer side.
    out:
        Folder for table and figure; default: none are written.
    json:
        Print one JSON object instead of a table.
    """
    from interfacefem.api.interface import PRESSURE, solve_interface
    from interfacefem.commands.printing import print_json, print_line, print_table
    from interfacefem.mpi import MPI
    from interfacefem.parameters.series import parse_series
    from interfacefem.progress import configure_logging, progress

    configure_logging(quiet=output.quiet, verbose=output.verbose)
    comm = MPI.COMM_WORLD
    with naming_file(file, {**FIELDS, "hot_spot_length=": "--hot-spot-length"}):
        loads = None
        if pressures is not None:
            values = parse_series(pressures, PRESSURE, "--pressures", _EXPECTED)
            loads = [float(value) * MPA for value in values]
        with progress("interface", 2 if out is None else 3, quiet=output.quiet) as step:
            step(f"reading {file}")
            surface, cell = read_pressed(file, options, out, comm)
            step("contact and current")
            found = solve_interface(
                surface,
                cell,
                pressures=loads,
                errors=errors,
                hot_spot_length=hot_spot_length,
                comm=comm,
            )
            if out is not None:
                step("table and figure")
                for name in ("interface.json", "interface.csv", "interface.png"):
                    found.write(out / name)
    result = found.to_dict()
    if json:
        print_json(result)
        return
    print_table(str(file), _PRINTED, [[row[name] for name in _PRINTED] for row in result["rows"]])
    if result["notes"]:
        from interfacefem.report.notes import kinds_of_notes  # loads figures

        count = len(result["rows"])
        for times, note in kinds_of_notes(row["notes"] for row in result["rows"]):
            at = "" if count == 1 else f"at {times} of {count} pressures: "
            print_line(f"  {at}{note}")
    if out is not None:
        print_line(f"table and figure: {out}")
