# SPDX-License-Identifier: BSD-3-Clause
"""Contact and current of one interface together: resistance against pressure, impedance."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from interfacefem.api.arguments import (
    cell_of,
    communicator,
    interface_of,
    quantities,
    quantity,
    switch,
)
from interfacefem.api.contact import PRESSURE
from interfacefem.api.result import Result, number, share
from interfacefem.errors import InputError
from interfacefem.files import write_text_atomically
from interfacefem.interface.pressure_curve import CurveSettings, InterfaceCurve
from interfacefem.interface.result import curve_result, impedance_result, spectrum_csv
from interfacefem.interface.run import ImpedanceRun, run_impedance, run_interface
from interfacefem.mpi import MPI
from interfacefem.parameters.cell import Cell
from interfacefem.parameters.declaration import Quantity, entries_of, shown
from interfacefem.parameters.door import Door
from interfacefem.parameters.names import parameters_of
from interfacefem.surfaces.left_out import guide_hashes
from interfacefem.units import HERTZ, OHM_CM2

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LENGTH = parameters_of(Cell)["domain.height"]
_FREQUENCIES = np.geomspace(1e-2, 1e7, 60)
# beyond lies no measurement, and squares of numbers overflow (assumed)
_FREQUENCY = Quantity(HERTZ, "1 kHz", at_least=1e-15, at_most=1e15)
_MOST_FREQUENCIES = 10_000
_EXPECTED = 'frequencies, such as "10mHz:10MHz:60:log" or ["1 Hz", "1 kHz"]'


@dataclass(frozen=True, eq=False, repr=False)
class InterfaceResult(Result):
    """Resistance of one interface against pressure.

    Attributes:
        curve: Every number in SI.
        ranks: Those that have the result.
        hashes: Of guide and line, where the interface was guided by hand.
    """

    curve: InterfaceCurve
    ranks: MPI.Comm
    hashes: Mapping[str, str] = field(default_factory=dict)
    _cited = ("polonsky", "barber", "yastrebov")

    @property
    def comm(self) -> MPI.Comm:
        """The ranks that have the result."""
        return self.ranks

    def to_dict(self) -> dict[str, Any]:
        """What ``interfacefem interface --json`` prints."""
        return {**curve_result(self.curve), **self.hashes}

    def rows(self) -> list[dict[str, Any]]:
        """One row for each pressure."""
        return list(self.to_dict()["rows"])

    def headline(self) -> list[tuple[str, str]]:
        """Pressures, resistance and contact at the first and the last."""
        rows = self.rows()
        first, last = rows[0], rows[-1]
        return [
            ("pressures", str(len(rows))),
            ("from", number(first["stack_pressure_MPa"], "MPa")),
            ("to", number(last["stack_pressure_MPa"], "MPa")),
            ("resistance from", number(first["area_specific_resistance_ohm_cm2"], "ohm cm2")),
            ("to", number(last["area_specific_resistance_ohm_cm2"], "ohm cm2")),
            ("in contact from", share(first["contact_fraction"])),
            ("to", share(last["contact_fraction"])),
        ]

    def _figure(self) -> Figure:
        from interfacefem.report.interface_figures import interface_figure

        return interface_figure(self.to_dict())

    def _draw(self, axes: Axes) -> None:
        from interfacefem.report.interface_figures import draw_resistance

        draw_resistance(axes, self.rows())


@dataclass(frozen=True, eq=False, repr=False)
class ImpedanceResult(Result):
    """Impedance of one interface under one pressure; ``.z`` files are ``frequency,real,imaginary``.

    Attributes:
        run: Every number in SI.
        ranks: Those that have the result.
    """

    run: ImpedanceRun
    ranks: MPI.Comm
    hashes: Mapping[str, str] = field(default_factory=dict)
    _cited = ("polonsky", "vorst")

    @property
    def comm(self) -> MPI.Comm:
        """The ranks that have the result."""
        return self.ranks

    def to_dict(self) -> dict[str, Any]:
        """What ``interfacefem impedance --json`` prints."""
        return {**impedance_result(self.run), **self.hashes}

    def rows(self) -> list[dict[str, Any]]:
        """One row for each frequency."""
        return list(self.to_dict()["rows"])

    def headline(self) -> list[tuple[str, str]]:
        """Frequencies, pressure, both ends of the spectrum."""
        spectrum = self.run.spectrum
        low, high = int(np.argmin(spectrum.frequencies)), int(np.argmax(spectrum.frequencies))
        z = spectrum.impedance.real / OHM_CM2
        return [
            ("frequencies", str(len(spectrum.frequencies))),
            ("pressure", number(self.run.row.pressed.mean_pressure / 1e6, "MPa")),
            ("Re Z at the lowest", number(float(z[low]), "ohm cm2")),
            ("at the highest", number(float(z[high]), "ohm cm2")),
        ]

    def _field_writers(self) -> dict[str, Callable[[Path], None]]:
        from interfacefem.parallel import on_first_rank

        def write(path: Path) -> None:
            on_first_rank(self.comm, lambda: write_text_atomically(path, spectrum_csv(self.run)))

        return {".z": write}

    def _figure(self) -> Figure:
        from interfacefem.report.interface_figures import impedance_figure

        return impedance_figure(self.to_dict())

    def _draw(self, axes: Axes) -> None:
        from interfacefem.report.interface_figures import draw_nyquist

        draw_nyquist(axes, self.rows())


def solve_interface(
    interface: object,
    cell: Cell | None = None,
    *,
    pressures: object = None,
    errors: bool = True,
    hot_spot_length: object = None,
    comm: MPI.Comm | None = None,
) -> InterfaceResult:
    """Current through the spots where a block touches, against pressure.

    Args:
        interface: A section of ``trace(...)``, a profile or a height map; the same on all ranks.
        cell: Electrolyte, kinetics, block and load; default: LPSCl under a rigid block.
        pressures: Mean pressures, such as ["5 MPa", "50 MPa"]; default: that of the cell.
        errors: Whether errors of the resistance are estimated; about half of the time.
        hot_spot_length: Side of the mean hot spot, such as "1 um"; at least eight steps of the
            grid; default: 1/32 of the longer side.
        comm: Ranks that get the result; default: this process alone. The first one solves.

    Raises:
        InputError: An argument is not what it should be, or makes no contact problem.
        ConvergenceError: Contact or current did not converge.

    Collective over ``comm``.
    """
    surface, cell, comm = interface_of(interface), cell_of(cell), communicator(comm)
    length = None if hot_spot_length is None else quantity(
        hot_spot_length, _LENGTH, "hot_spot_length"
    )  # fmt: skip
    settings = CurveSettings(errors=switch(errors, "errors"), hot_spot_length=length)
    loads = [cell.load.pressure] if pressures is None else quantities(
        pressures, PRESSURE, "pressures"
    )  # fmt: skip
    curve = run_interface(surface, cell, loads, comm, settings)
    return InterfaceResult(curve, comm, guide_hashes(surface))


def impedance(
    interface: object,
    cell: Cell | None = None,
    *,
    pressure: object = None,
    frequencies: object = None,
    comm: MPI.Comm | None = None,
) -> ImpedanceResult:
    """Impedance of a pressed interface about the applied current density.

    Args:
        interface: A section of ``trace(...)``, a profile or a height map; the same on all ranks.
        cell: Electrolyte, kinetics, block and load; default: LPSCl under a rigid block.
        pressure: Mean pressure, such as "5 MPa"; default: that of the cell.
        frequencies: "10mHz:10MHz:60:log", a list such as ["1 Hz", "1 kHz"], or an array in Hz;
            default: 60 from 10 mHz to 10 MHz.
        comm: Ranks that get the result; default: this process alone. The first one solves.

    Raises:
        InputError: An argument is not what it should be, or makes no contact problem.
        ConvergenceError: Contact or current did not converge.

    Collective over ``comm``.
    """
    surface, cell, comm = interface_of(interface), cell_of(cell), communicator(comm)
    if entries_of(pressure) is not None:
        raise InputError(
            "is one pressure", field="pressure=", found=shown(pressure), expected='"5 MPa"'
        )
    load = cell.load.pressure if pressure is None else quantity(pressure, PRESSURE)
    hertz = frequencies_of(frequencies, "frequencies=")
    run = run_impedance(surface, cell, hertz, comm, load)
    return ImpedanceResult(run, comm, guide_hashes(surface))


def frequencies_of(given: object, field: str) -> npt.NDArray[np.floating]:
    """Frequencies in Hz of what was given.

    Raises:
        InputError: They cannot be read, or are not positive.
    """
    if given is None:
        return _FREQUENCIES
    entries = entries_of(given)
    if isinstance(given, str):
        found = _range(given, field) if ":" in given else [
            _hertz(part, field) for part in given.split(",")
        ]  # fmt: skip
    elif isinstance(given, Mapping | Set | bytes) or (entries is not None and not entries):
        raise InputError("cannot be read", field=field, found=shown(given), expected=_EXPECTED)
    else:
        found = [_hertz(one, field) for one in ([given] if entries is None else entries)]
    return np.asarray(found, dtype=float)


def _range(text: str, field: str) -> npt.NDArray[np.floating]:
    first, *rest = text.split(":")
    count = int(rest[1]) if len(rest) > 1 and rest[1].isdigit() else 0
    if len(rest) not in (2, 3) or not 2 <= count <= _MOST_FREQUENCIES or rest[2:] not in (
        [], ["log"], ["lin"],
    ):  # fmt: skip
        raise InputError("cannot be read", field=field, found=f'"{text}"', expected=_EXPECTED)
    ends = [_hertz(first, field), _hertz(rest[0], field)]
    space = np.geomspace if rest[2:] == ["log"] else np.linspace
    return space(ends[0], ends[1], count)


def _hertz(given: object, field: str) -> float:
    try:
        found: float = _FREQUENCY.read(given, Door.ARGUMENT)
    except ValueError as error:
        raise InputError(str(error), field=field) from None
    return found
