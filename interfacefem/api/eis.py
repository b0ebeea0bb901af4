# SPDX-License-Identifier: BSD-3-Clause
"""Conductivities out of impedance spectra."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfacefem.api.arguments import quantities, require_path
from interfacefem.api.result import Result, number
from interfacefem.errors import InputError
from interfacefem.parameters.cell import KineticsSection
from interfacefem.parameters.declaration import (
    Declaration,
    Number,
    Quantity,
    Whole,
    entries_of,
    shown,
)
from interfacefem.parameters.door import Door
from interfacefem.parameters.names import parameters_of
from interfacefem.process.cells import Arrhenius, Cell, cell_from_mapping
from interfacefem.process.impedance_analysis import (
    SpectrumAnalysis,
    activation,
    analyse_spectrum,
    computed_interface,
    spectrum_result,
)
from interfacefem.process.spectrum import Spectrum, read_spectrum
from interfacefem.progress import Step
from interfacefem.units import OHM

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_TEMPERATURE = parameters_of(KineticsSection)["temperature"]


@dataclass(frozen=True, eq=False, repr=False)
class EisResult(Result):
    """Spectra of cells of one kind.

    Attributes:
        spectra: Each checked and fitted.
        activation: Over three temperatures or more; else None.
        of_volume: Tortuosity factors computed in a volume, by rail.
        computed: Resistance of one interface computed, in ohm cm2.
    """

    spectra: tuple[SpectrumAnalysis, ...]
    activation: Arrhenius | None
    of_volume: Mapping[str, float]
    computed: float | None = None
    _cited = ("boukamp", "minnmann")

    def to_dict(self) -> dict[str, Any]:
        """What ``interfacefem eis --json`` prints."""
        energy = self.activation
        return {
            "spectra": self.rows(),
            "activation_energy_eV_of_sigma": None if energy is None else energy.of_sigma,
            "activation_energy_eV_of_sigma_T": None if energy is None else energy.of_sigma_t,
            "activation_energy_eV_of_sigma_T_low": None if energy is None else energy.low,
            "activation_energy_eV_of_sigma_T_high": None if energy is None else energy.high,
            "notes": [note for one in self.spectra for note in one.notes],
        }

    def rows(self) -> list[dict[str, Any]]:
        """One row for each spectrum."""
        return [spectrum_result(one, self.of_volume, self.computed) for one in self.spectra]

    def headline(self) -> list[tuple[str, str]]:
        """Circuit, resistance and test of the first spectrum."""
        first = self.spectra[0]
        return [
            ("spectra", str(len(self.spectra))),
            ("circuit", first.fit.circuit.name),
            ("resistance", number(first.fit.resistance, "ohm")),
            ("Kramers-Kronig residual", f"{100 * first.residual:.2g} %"),
        ]

    def _figure(self) -> Figure:
        from interfacefem.report.impedance_figures import impedance_figure

        return impedance_figure(self.spectra)

    def _draw(self, axes: Axes) -> None:
        from interfacefem.report.impedance_figures import draw_nyquist

        draw_nyquist(axes, self.spectra)


def eis(
    spectra: str | Path | Spectrum | Sequence[str | Path | Spectrum],
    cell: Cell | Mapping[str, object],
    *,
    loop: int | None = None,
    temperatures: Sequence[float] | None = None,
    electronic: float | None = None,
    of_volume: Mapping[str, float] | None = None,
    computed: Mapping[str, Any] | None = None,
) -> EisResult:
    """Test, fit and convert impedance spectra (docs/impedance_spectra.md).

    Args:
        spectra: Files (CSV or .mpt), or spectra, of cells of one size.
        cell: Its kind and size:
            ``{"cell": "blocking", "diameter": "7 mm", "thickness": "500 um"}``.
        loop: Of files that hold several.
        temperatures: Of each spectrum in K, for an activation energy.
        electronic: Resistance of the electronic rail in ohm, held in a full-blocking cell.
        of_volume: Tortuosity factors computed in a volume: ``{"ion": 4.0, "el": 2.0}``.
        computed: ``impedance(...).to_dict()`` of the interface, for ``measured_over_computed``.

    Raises:
        InputError: A file or the cell is not what it should be.
    """
    if not isinstance(cell, Cell | Mapping):
        raise InputError(
            "is no cell", field="cell=", found=type(cell).__name__,
            expected='such as {"cell": "blocking", "diameter": "7 mm", "thickness": "500 um"}',
        )  # fmt: skip
    size = cell if isinstance(cell, Cell) else cell_from_mapping(cell)
    entries = entries_of(spectra)
    given = [
        one if isinstance(one, Spectrum) else require_path(one, "spectra", "a Spectrum")
        for one in ([spectra] if entries is None else entries)
    ]
    kelvin = None
    if temperatures is not None:
        kelvin = quantities(temperatures, _TEMPERATURE, "temperatures")
    factors = of_volume or {}
    if not isinstance(factors, Mapping) or factors.keys() - {"ion", "el"}:
        raise InputError(
            "are no tortuosity factors", field="of_volume=", found=shown(of_volume),
            expected='{"ion": 4.0, "el": 2.0}, or one of them',
        )  # fmt: skip
    if computed is not None and not isinstance(computed, Mapping):
        raise InputError(
            "is no result of impedance", field="computed=", found=type(computed).__name__,
            expected="impedance(...).to_dict()",
        )  # fmt: skip
    loop = None if loop is None else _read(Whole(), loop, "loop=")
    held = None if electronic is None else resistance(electronic, "electronic=")
    factors = {rail: tortuosity_factor(one, "of_volume=") for rail, one in factors.items()}
    return analyse_spectra(given, size, loop, kelvin, held, factors, computed)


def resistance(given: object, field: str) -> float:
    """In ohm, above zero.

    Raises:
        InputError: It is none.
    """
    found: float = _read(Quantity(OHM, "1.02 ohm", above=0), given, field)
    return found


def tortuosity_factor(given: object, field: str) -> float:
    """A number above zero.

    Raises:
        InputError: It is none.
    """
    found: float = _read(Number(above=0), given, field)
    return found


def _read(declaration: Declaration, value: object, field: str) -> Any:
    try:
        return declaration.read(value, Door.ARGUMENT)
    except ValueError as error:
        raise InputError(str(error), field=field) from None


def analyse_spectra(
    spectra: Sequence[str | Path | Spectrum],
    cell: Cell,
    loop: int | None,
    temperatures: Sequence[float] | None,
    electronic: float | None,
    of_volume: Mapping[str, float],
    computed: Mapping[str, Any] | None = None,
    begin: Step = lambda text: None,
) -> EisResult:
    """The same with a cell that is checked."""
    if not spectra:
        raise InputError("is empty", field="spectra", expected="one file or more")
    if temperatures is not None and len(temperatures) != len(spectra):
        raise InputError(
            "there is not one temperature for each spectrum", field="temperatures",
            found=f"{len(temperatures)} for {len(spectra)} spectra",
        )  # fmt: skip
    read = [one if isinstance(one, Spectrum) else read_spectrum(one, loop) for one in spectra]
    found = []
    for place, spectrum in enumerate(read):
        begin(f"fit {place + 1} of {len(read)}")
        own = cell
        if temperatures is not None:
            own = dataclasses.replace(cell, temperature=temperatures[place])
        found.append(analyse_spectrum(spectrum, own, electronic=electronic))
    one = None if computed is None else computed_interface(computed)
    return EisResult(tuple(found), activation(found), dict(of_volume), one)
