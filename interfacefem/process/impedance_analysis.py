# SPDX-License-Identifier: BSD-3-Clause
"""From a spectrum and the size of its cell to conductivities, and whether to believe them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from interfacefem.errors import InputError, naming_file
from interfacefem.process.cells import (
    Arrhenius,
    Cell,
    arrhenius,
    contact_factor,
    doubtful_conductivity,
    tortuosity_factor,
)
from interfacefem.process.circuit_fit import CircuitFit, choose_circuit, fit_circuit
from interfacefem.process.circuits import CIRCUITS, capacitance_of_arc
from interfacefem.process.kramers_kronig import MOST_RESIDUAL, kramers_kronig_residual
from interfacefem.process.spectrum import Complex, Spectrum
from interfacefem.units import MS_PER_CM, OHM_CM2


@dataclass(frozen=True, eq=False)
class SpectrumAnalysis:
    """One spectrum, checked and fitted.

    Attributes:
        spectrum: What was measured.
        cell: Its size and kind.
        fits: The circuit chosen first, then the others tried.
        residual: Largest relative residual of the Kramers-Kronig test.
        residuals: All of them, complex, shape (n,).
        notes: What is doubtful.
    """

    spectrum: Spectrum
    cell: Cell
    fits: tuple[CircuitFit, ...]
    residual: float
    residuals: Complex
    notes: tuple[str, ...]

    @property
    def fit(self) -> CircuitFit:
        """Of the circuit chosen."""
        return self.fits[0]

    def conductivity(self, resistance: float | None) -> float | None:
        """In S/m; None without a resistance or a thickness."""
        if resistance is None or self.cell.thickness is None:
            return None
        return self.cell.conductivity(resistance)


def analyse_spectrum(
    spectrum: Spectrum, cell: Cell, *, electronic: float | None = None
) -> SpectrumAnalysis:
    """Test a spectrum, choose a circuit and fit it.

    Args:
        spectrum: What was measured.
        cell: Its kind decides which circuits are tried.
        electronic: Resistance of the electronic rail in ohm, held in a full-blocking cell.
    """
    with naming_file(spectrum.source):
        residual, residuals = kramers_kronig_residual(spectrum)
        circuits = CIRCUITS[cell.kind]
        held = {}
        if electronic is not None and cell.kind == "full-blocking":
            held["R_el_ohm"] = electronic
        fits = (
            [fit_circuit(spectrum, circuits[0], held)]
            if len(circuits) == 1
            else choose_circuit(spectrum, circuits)
        )
    found = SpectrumAnalysis(spectrum, cell, tuple(fits), residual, residuals, spectrum.notes)
    notes = [*spectrum.notes, *_notes(found)]
    return SpectrumAnalysis(spectrum, cell, tuple(fits), residual, residuals, tuple(notes))


def _notes(found: SpectrumAnalysis) -> list[str]:
    notes = []
    if found.residual > MOST_RESIDUAL:
        notes.append(
            f"Kramers-Kronig residual {100 * found.residual:.2g} %: the cell changed, or is not "
            "linear"
        )
    if len(found.fits) > 1:
        notes.append(f"circuit {found.fit.circuit.name}, chosen among {len(found.fits)} by AICc")
    for name, one in found.fit.parameters.items():
        if one.identifiable is False and name.startswith("R_"):
            notes.append(f"{name} is not told by the spectrum: error above 50 %")
    electronic = found.fit.parameters.get("R_el_ohm")
    if found.cell.kind == "full-blocking" and electronic and electronic.identifiable is False:
        notes.append("give the electronic resistance of an ion-blocking cell (electronic)")
    if found.spectrum.impedance[0].imag > 0:
        notes.append("inductive at high frequency: fitted as an inductance, not a resistance")
    sigma = found.conductivity(found.fit.resistance)
    doubt = None if sigma is None else doubtful_conductivity(sigma)
    return notes if doubt is None else [*notes, doubt]


# of `ifem impedance --json`: what an interface with lithium adds to the electrolyte's resistance
COMPUTED = (
    "asr_differential_constriction_ohm_cm2", "asr_differential_charge_transfer_ohm_cm2",
    "asr_differential_film_ohm_cm2",
)  # fmt: skip


def computed_interface(result: Mapping[str, Any]) -> float:
    """Resistance of one interface in ohm cm2 out of what ``ifem impedance --json`` printed.

    Raises:
        InputError: It holds no such numbers.
    """
    parts = [result.get(name) for name in COMPUTED]
    known = [float(part) for part in parts if isinstance(part, int | float)]
    if len(known) < len(parts) or sum(known) <= 0:
        missing = next((n for n, p in zip(COMPUTED, parts, strict=True) if p is None), COMPUTED[0])
        raise InputError(
            "is no result of ifem impedance", field=missing, found="no such number",
            expected="the object that ifem impedance --json prints",
        )  # fmt: skip
    return sum(known)


def measured_over_computed(found: SpectrumAnalysis, computed: float) -> float | None:
    """Measured over computed resistance of one interface of a symmetric cell, which has two.

    Args:
        found: A symmetric cell.
        computed: Constriction, charge transfer and film of one interface in ohm cm2.

    Returns:
        None of another cell, or where the spectrum does not tell the resistance.
    """
    resistance = found.fit.resistance
    if found.cell.kind != "symmetric" or resistance is None:
        return None
    return resistance * found.cell.area / OHM_CM2 / 2 / computed


def spectrum_result(
    found: SpectrumAnalysis, of_volume: Mapping[str, float], computed: float | None = None
) -> dict[str, Any]:
    """Keys of one spectrum.

    Args:
        found: The analysis.
        of_volume: Tortuosity factors computed in a volume, ``ion`` and ``el``.
        computed: Resistance of one interface computed, in ohm cm2.
    """
    fit, cell = found.fit, found.cell
    result: dict[str, Any] = {
        "file": None if found.spectrum.source is None else found.spectrum.source.name,
        "cell": cell.kind,
        "points": len(found.spectrum.frequency),
        "temperature_K": cell.temperature,
        "kramers_kronig_residual": found.residual,
        "circuit": fit.circuit.name,
        "aicc": {one.circuit.name: one.aicc for one in found.fits},
        "fit_residual": fit.residual,
        "parameters": {
            name: {
                "value": one.value, "low": one.low, "high": one.high,
                "identifiable": one.identifiable,
            }
            for name, one in fit.parameters.items()
        },
    }  # fmt: skip
    if "line" in fit.circuit.name:
        for rail, bulk in (("ion", cell.bulk_ionic), ("el", cell.bulk_electronic)):
            result |= _rail_result(found, rail, bulk, of_volume.get(rail))
    else:
        resistance = fit.resistance
        sigma = found.conductivity(resistance)
        low, high = (None, None)
        if sigma is not None and resistance is not None:
            low, high = cell.conductivity_range(resistance)
        arc = fit.parameters.get("Q")
        result |= {
            "resistance_ohm": resistance,
            "resistance_ohm_cm2": None if resistance is None else resistance * cell.area / OHM_CM2,
            "sigma_mS_cm": _per(sigma),
            "sigma_low_mS_cm": _per(low),
            "sigma_high_mS_cm": _per(high),
            "capacitance_RQ_F": None if arc is None else capacitance_of_arc(
                fit.parameters["R_ohm"].estimate, arc.estimate, fit.parameters["a_arc"].estimate
            ),
        }  # fmt: skip
    if computed is not None:
        result["interface_computed_ohm_cm2"] = computed
        result["measured_over_computed"] = measured_over_computed(found, computed)
    return result | {"notes": list(found.notes)}


def _rail_result(
    found: SpectrumAnalysis, rail: str, bulk: float | None, of_volume: float | None
) -> dict[str, Any]:
    one = found.fit.parameters[f"R_{rail}_ohm"]
    sigma = found.conductivity(one.value)
    fraction = found.cell.volume_fraction
    factor = None
    if sigma is not None and bulk is not None and fraction is not None:
        factor = tortuosity_factor(fraction, bulk, sigma)
    return {
        f"R_{rail}_ohm": one.value,
        f"sigma_{rail}_mS_cm": _per(sigma),
        f"tortuosity_factor_{rail}": factor,
        f"tortuosity_factor_{rail}_of_volume": of_volume,
        f"contact_factor_{rail}": (
            None if factor is None or of_volume is None else contact_factor(factor, of_volume)
        ),
    }


def activation(found: Sequence[SpectrumAnalysis]) -> Arrhenius | None:
    """Activation energy over spectra with temperature and conductivity; None below three."""
    points = [
        (one.cell.temperature, sigma)
        for one in found
        if one.cell.temperature is not None
        and (sigma := one.conductivity(one.fit.resistance)) is not None
    ]
    if len({temperature for temperature, _ in points}) < 3:
        return None
    columns = np.array(points, dtype=np.float64).T
    return arrhenius(columns[0], columns[1])


def _per(conductivity: float | None) -> float | None:
    return None if conductivity is None else conductivity / MS_PER_CM
