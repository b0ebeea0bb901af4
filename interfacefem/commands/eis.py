# SPDX-License-Identifier: BSD-3-Clause
"""``interfacefem eis``."""

from __future__ import annotations

import json as json_module
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import cyclopts

from interfacefem.commands.arguments import Count, FileName, Flag, Output
from interfacefem.commands.results import find_and_print, print_rows
from interfacefem.errors import CaseError, InputError, naming_file
from interfacefem.files import read_text_file

if TYPE_CHECKING:
    from interfacefem.api.eis import EisResult
    from interfacefem.progress import Step

_Text = Annotated[str | None, cyclopts.Parameter(allow_leading_hyphen=True)]
_ZERO_CELSIUS = 273.15  # K
_COLUMNS = (
    "file", "temperature_K", "circuit", "kramers_kronig_residual", "fit_residual",
    "resistance_ohm", "resistance_ohm_cm2",
    "measured_over_computed", "sigma_mS_cm", "sigma_low_mS_cm", "sigma_high_mS_cm",
    "capacitance_RQ_F", "R_ion_ohm", "sigma_ion_mS_cm", "tortuosity_factor_ion",
    "contact_factor_ion", "R_el_ohm", "sigma_el_mS_cm", "tortuosity_factor_el", "contact_factor_el",
)  # fmt: skip


def eis(
    *spectra: FileName,
    cell: FileName,
    loop: Count | None = None,
    temperatures: _Text = None,
    electronic: _Text = None,
    of_volume: _Text = None,
    computed: FileName | None = None,
    out: FileName | None = None,
    json: Flag = False,
    output: Output = Output(),
) -> None:
    """Conductivities out of impedance spectra, tested and fitted (docs/impedance_spectra.md).

    Parameters
    ----------
    spectra:
        CSV files with frequency_Hz, z_real_ohm, z_imag_ohm, or EC-Lab text files (.mpt).
    cell:
        YAML file with the kind and the size of the cell.
    loop:
        Of an .mpt file that holds several.
    temperatures:
        Of each spectrum in degrees Celsius, "25,0,-30", for an activation energy.
    electronic:
        Resistance of the electronic rail that is held in a full-blocking cell, such as "1.02 ohm".
    of_volume:
        Tortuosity factors computed in a volume, ionic and electronic, such as "4,2".
    computed:
        What ifem impedance --json printed of the interface, for measured_over_computed.
    out:
        Folder for the figure; default: none is written.
    json:
        Print one JSON object instead of a table.
    """

    def find(step: Step) -> EisResult:
        from interfacefem.api.eis import analyse_spectra, resistance, tortuosity_factor
        from interfacefem.process.cells import cell_from_mapping

        with naming_file(cell, {"cell": "cell"}):  # its key, not the option
            size = cell_from_mapping(_read_cell(cell))
        held = None
        if electronic is not None:
            held = resistance(electronic, "--electronic")
        celsius = None if temperatures is None else _numbers(temperatures, "--temperatures")
        factors: Mapping[str, float] = {}
        if of_volume is not None:
            if of_volume.count(",") > 1:
                raise InputError(
                    "are too many", field="--of-volume", found=f'"{of_volume}"',
                    expected='ionic and electronic, such as "4,2"',
                )  # fmt: skip
            both = [tortuosity_factor(one, "--of-volume") for one in of_volume.split(",")]
            factors = dict(zip(("ion", "el"), both, strict=False))
        kelvin = None if celsius is None else [value + _ZERO_CELSIUS for value in celsius]
        return analyse_spectra(
            spectra, size, loop, kelvin, held, factors, _read_json(computed), step
        )

    find_and_print(
        "eis", max(len(spectra), 1), find,
        lambda result: print_rows("impedance", result["spectra"], _COLUMNS), _write, out, json,
        output,
    )  # fmt: skip


def _read_cell(path: Path) -> Mapping[str, object]:
    import yaml  # type: ignore[import-untyped]

    text = read_text_file(path, CaseError, "a YAML file")
    try:
        said: Any = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        raise CaseError(f"is no YAML ({' '.join(str(error).split())[:100]})", file=path) from None
    if not isinstance(said, dict):
        raise CaseError(
            "holds no keys", file=path, expected='such as diameter: "7 mm", thickness: "500 um"'
        )
    return said


def _read_json(path: Path | None) -> Mapping[str, Any] | None:
    if path is None:
        return None
    text = read_text_file(path, CaseError, "a JSON file")
    try:
        said = json_module.loads(text)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise CaseError("is no JSON object", file=path, expected="ifem impedance --json")
    return said


def _numbers(text: str, field: str) -> list[float]:
    try:
        found = [float(part) for part in text.split(",")]
    except ValueError:
        raise InputError(
            "cannot be read", field=field, found=f'"{text}"', expected="numbers such as 25,0,-30"
        ) from None
    for celsius in found:
        if not -_ZERO_CELSIUS < celsius < math.inf:
            raise InputError(
                "out of range", field=field, found=f"{celsius:g}",
                expected=f"above -{_ZERO_CELSIUS:g} degrees Celsius",
            )  # fmt: skip
    return found


def _write(found: EisResult, out: Path) -> None:
    found.write(out / "impedance.png")
