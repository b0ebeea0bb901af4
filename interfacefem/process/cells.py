# SPDX-License-Identifier: BSD-3-Clause
"""From a resistance to a conductivity: the size of the cell and how well it is known."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import stats

from interfacefem.errors import InputError
from interfacefem.process.circuits import CIRCUITS
from interfacefem.process.spectrum import Array
from interfacefem.units import parse_quantity

KINDS = tuple(CIRCUITS)
_PLAUSIBLE = (1e-10, 10.0)  # S/m, 1e-9 to 100 mS/cm: beyond it a unit was mistaken
_CONFIDENCE = 0.95
BOLTZMANN_EV = 8.617333262e-5  # eV/K, CODATA 2018
_ZERO_CELSIUS = 273.15


@dataclass(frozen=True)
class Cell:
    """The sample between the electrodes.

    Attributes:
        kind: ``"blocking"``, ``"symmetric"``, ``"ion-blocking"`` or ``"full-blocking"``.
        thickness: In m; None where no conductivity is asked for.
        area: In m^2.
        thickness_other: Thickness at the other moment (before, after), in m; None: not known.
        temperature: In K, or None.
        pressure: In Pa, or None.
        volume_fraction: Of the phase whose tortuosity is asked for, or None.
        volume_fraction_source: ``"geometric"`` or ``"segmented"``.
        bulk_ionic: Its conductivity without microstructure in S/m, or None.
        bulk_electronic: The same of the electron conductor.

    Raises:
        InputError: A value is out of range.
    """

    kind: str
    area: float
    thickness: float | None = None
    thickness_other: float | None = None
    temperature: float | None = None
    pressure: float | None = None
    volume_fraction: float | None = None
    volume_fraction_source: str = "geometric"
    bulk_ionic: float | None = None
    bulk_electronic: float | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(
                "is not known", field="cell", found=f'"{self.kind}"', expected=" or ".join(KINDS)
            )
        for name in ("area", "thickness", "thickness_other", "temperature", "pressure",
                     "bulk_ionic", "bulk_electronic"):  # fmt: skip
            value = getattr(self, name)
            if value is not None and not 0 < value < math.inf:
                raise InputError(
                    "is out of range", field=name, found=f"{value:g}", expected="above 0"
                )
        if self.volume_fraction is not None and not 0 < self.volume_fraction <= 1:
            raise InputError(
                "is out of range", field="volume_fraction", found=f"{self.volume_fraction:g}",
                expected="above 0, at most 1",
            )  # fmt: skip

    def conductivity(self, resistance: float, thickness: float | None = None) -> float:
        """``l/(R A)`` in S/m (Minnmann 2024, eq. 2).

        Raises:
            InputError: The thickness is not known.
        """
        length = thickness or self.thickness
        if length is None:
            raise InputError("the value is missing", field="thickness", expected='such as "500 um"')
        return length / (resistance * self.area)

    def conductivity_range(self, resistance: float) -> tuple[float | None, float | None]:
        """Conductivities with the thickness before and after, in S/m; None where one is known."""
        if self.thickness_other is None:
            return None, None
        both = [self.conductivity(resistance, t) for t in (self.thickness, self.thickness_other)]
        return min(both), max(both)


_QUANTITIES = {
    "thickness": ("m", "500 um"),
    "thickness_before": ("m", "560 um"),
    "thickness_after": ("m", "500 um"),
    "diameter": ("m", "7 mm"),
    "area": ("m^2", "0.385 cm^2"),
    "temperature": ("K", "298 K"),
    "pressure": ("Pa", "50 MPa"),
    "bulk_ionic": ("S/m", "2 mS/cm"),
    "bulk_electronic": ("S/m", "10 mS/cm"),
}
_OTHERS = ("cell", "thickness_when", "volume_fraction", "volume_fraction_source")
_WHEN = ("before", "after")


def cell_from_mapping(said: Mapping[str, object]) -> Cell:
    """A cell out of what a YAML file says, quantities as text with their units.

    Raises:
        InputError: A key is unknown or missing, or a quantity cannot be read.
    """
    known = (*_QUANTITIES, *_OTHERS)
    for key in said:
        if key not in known:
            raise InputError("unknown key", field=str(key), expected=", ".join(known))
    read = {
        key: parse_quantity(said[key], unit=unit, example=example, field=key)
        for key, (unit, example) in _QUANTITIES.items()
        if key in said
    }
    if not 0 < read.get("diameter", 1.0) < math.inf:
        raise InputError(
            "is out of range", field="diameter", found=said["diameter"], expected="above 0"
        )
    if ("diameter" in read) == ("area" in read):
        raise InputError(
            "is said twice" if "area" in read else "the area is missing",
            field="area", expected='either area or diameter, such as diameter: "10 mm"',
        )  # fmt: skip
    area = read.get("area", math.pi * read.get("diameter", 0.0) ** 2 / 4)
    when = said.get("thickness_when", "after")
    if when not in _WHEN:
        raise InputError(
            "is not known", field="thickness_when", found=f'"{when}"', expected="before or after"
        )
    other = _WHEN[1 - _WHEN.index(str(when))]
    thickness = read.get("thickness", read.get(f"thickness_{when}"))
    fraction = said.get("volume_fraction")
    if fraction is not None and (
        isinstance(fraction, bool) or not isinstance(fraction, int | float)
    ):
        raise InputError(
            "is no number", field="volume_fraction", found=fraction, expected="such as 0.38"
        )
    source = said.get("volume_fraction_source", "geometric")
    if source not in ("geometric", "segmented"):
        raise InputError(
            "is not known", field="volume_fraction_source", found=f'"{source}"',
            expected="geometric or segmented",
        )  # fmt: skip
    return Cell(
        str(said.get("cell", "blocking")), area, thickness, read.get(f"thickness_{other}"),
        read.get("temperature"), read.get("pressure"),
        None if fraction is None else float(fraction), str(source),
        read.get("bulk_ionic"), read.get("bulk_electronic"),
    )  # fmt: skip


def doubtful_conductivity(conductivity: float) -> str | None:
    """What to say of a conductivity that no cell has, or None."""
    if _PLAUSIBLE[0] <= conductivity <= _PLAUSIBLE[1]:
        return None
    return (
        f"a conductivity of {conductivity * 10:.3g} mS/cm: is a resistance in kOhm read as Ohm, or "
        "a thickness in another unit?"
    )


def tortuosity_factor(volume_fraction: float, bulk: float, effective: float) -> float:
    """``kappa = phi sigma_bulk/sigma_eff`` (Minnmann 2024, eq. 3; Tran 2025, eq. 10 names it tau).

    Args:
        volume_fraction: Of the phase.
        bulk: Its conductivity without microstructure in S/m.
        effective: That of the composite in S/m.
    """
    return volume_fraction * bulk / effective


def contact_factor(measured: float, of_volume: float) -> float:
    """Measured over computed tortuosity factor: what voxels cannot know, such as contacts."""
    return measured / of_volume


@dataclass(frozen=True)
class DirectCurrent:
    """Resistance from direct currents.

    Attributes:
        resistance: Of the sample in ohm, twice that of a separator taken off.
        sd: Its standard deviation in ohm.
        intercept_differs: Whether the line misses the origin by more than chance (95 %).
    """

    resistance: float
    sd: float
    intercept_differs: bool


def direct_current_resistance(
    voltage: Array, current: Array, separator: float = 0.0
) -> DirectCurrent:
    """``R = dU/dI - 2 R_sep`` by least squares of I over U.

    Args:
        voltage: In V, shape (n,), at least three different.
        current: Steady ones in A, same shape.
        separator: Resistance of one separator in ohm.

    Raises:
        InputError: Fewer than three points, no current, or separators that resist more.
    """
    if len(np.unique(voltage)) < 3:
        raise InputError(
            "has too few points", field="voltage_V", found=len(np.unique(voltage)),
            expected="three voltages or more",
        )  # fmt: skip
    line = stats.linregress(voltage, current)
    if line.slope <= 0:
        raise InputError(
            "does not rise with the voltage", field="current_A", found=f"{line.slope:.3g} A/V"
        )
    whole = 1 / line.slope
    resistance = whole - 2 * separator
    if resistance <= 0:
        raise InputError(
            "the separators resist more than the whole", field="separator",
            found=f"2 x {separator:g} ohm of {whole:.4g} ohm",
        )  # fmt: skip
    limit = stats.t.ppf((1 + _CONFIDENCE) / 2, len(voltage) - 2) * line.intercept_stderr
    # an exact line misses the origin by rounding alone
    differs = abs(line.intercept) > max(limit, 1e-9 * np.abs(current).max())
    return DirectCurrent(float(resistance), float(line.stderr / line.slope**2), bool(differs))


@dataclass(frozen=True)
class Arrhenius:
    """Activation energy of a conductivity, in eV, in two ways.

    Attributes:
        of_sigma: From ln sigma over 1/T.
        of_sigma_t: From ln(sigma T) over 1/T.
        low, high: 95 % interval of ``of_sigma_t``.
    """

    of_sigma: float
    of_sigma_t: float
    low: float
    high: float


def arrhenius(temperature: Array, conductivity: Array) -> Arrhenius:
    """Activation energies by least squares; Perrenot 2024 does not say which of the two it prints.

    Args:
        temperature: In K, at least three different, shape (n,).
        conductivity: Any unit, same shape.

    Raises:
        InputError: Fewer than three temperatures.
    """
    if len(np.unique(temperature)) < 3:
        raise InputError(
            "too few temperatures for an activation energy", field="temperature",
            found=len(np.unique(temperature)), expected="three or more",
        )  # fmt: skip
    x = 1 / (BOLTZMANN_EV * temperature)
    plain = stats.linregress(x, np.log(conductivity))
    line = stats.linregress(x, np.log(conductivity * temperature))
    energy = float(-line.slope)
    half = float(stats.t.ppf((1 + _CONFIDENCE) / 2, len(x) - 2) * line.stderr)
    return Arrhenius(float(-plain.slope), energy, energy - half, energy + half)
