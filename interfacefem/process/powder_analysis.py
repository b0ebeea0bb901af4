# SPDX-License-Identifier: BSD-3-Clause
"""What a table of powders says: energies, porosities, laws of pressing, fits over the energy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from interfacefem.errors import InputError
from interfacefem.process.compaction import (
    Heckel,
    Kawakita,
    fit_heckel,
    fit_kawakita,
    plateau_pressure,
)
from interfacefem.process.energy_fits import (
    FEWEST_POINTS,
    EnergyFit,
    best_fit,
    fit_exponential,
    fit_optimum,
    fit_power,
)
from interfacefem.process.powder_table import PowderRow, column_against_energy, read_powder_table
from interfacefem.tables import number_in
from interfacefem.units import MPA

POROSITIES = ("porosity_geometric", "porosity_from_thickness", "porosity")
_CONDUCTIVITY = "conductivity_mS_cm"


@dataclass(frozen=True)
class Compaction:
    """How one powder densifies.

    Attributes:
        porosity: Which porosity was fitted.
        heckel: The law of the middle range.
        kawakita: The second choice; None without a green porosity.
        plateau: Pressure in Pa from which the conductivity stays; None where it is not known.
    """

    porosity: str
    heckel: Heckel
    kawakita: Kawakita | None
    plateau: float | None


@dataclass(frozen=True, eq=False)
class PowderAnalysis:
    """A table of powders, read and fitted.

    Attributes:
        path: Of the table.
        rows: As read.
        compaction: By powder, of those with two pressures or more.
        fits: By column: every law that could be fitted over the energy.
        notes: What is doubtful.
    """

    path: Path
    rows: tuple[PowderRow, ...]
    compaction: Mapping[str, Compaction]
    fits: Mapping[str, Sequence[EnergyFit]]
    notes: tuple[str, ...]


def analyse_powders(
    path: str | Path,
    fit: Sequence[str] = (),
    *,
    least_pressure: float = 0.0,
    most_pressure: float = np.inf,
) -> PowderAnalysis:
    """Read a table of powders and fit what it allows.

    Args:
        path: The table; columns are in docs/process.md.
        fit: Columns to be fitted over the milling energy.
        least_pressure: Of the points that Heckel's law is fitted to, in Pa.
        most_pressure: The same.

    Raises:
        InputError: A row cannot be what it says, or a column to be fitted is missing.
    """
    rows = read_powder_table(path)
    notes = [note for row in rows for note in row.notes]
    if least_pressure == 0:
        notes += [
            f"row {row.number}: a pressure of 0 is no point of Heckel's law: left out"
            for row in rows
            if row.pressure == 0 and any(getattr(row, name) is not None for name in POROSITIES)
        ]
    fits: dict[str, Sequence[EnergyFit]] = {}
    for name in fit:
        energy, y = column_against_energy(rows, name, path)
        different = len(np.unique(energy))
        if different < FEWEST_POINTS:
            notes.append(
                f"{name}: {different} different energies; a fit needs {FEWEST_POINTS}"
                if different < len(energy)
                else f"{name}: {different} points with an energy; a fit needs {FEWEST_POINTS}"
            )
            fits[name] = ()
            continue
        if y.min() <= 0:
            raise InputError(
                "only positive values can be fitted over the energy", file=path, field=name,
                found=f"{y.min():g}", expected="numbers above 0",
            )  # fmt: skip
        found = [fit_exponential(energy, y), fit_power(energy, y), fit_optimum(energy, y)]
        fits[name] = tuple(one for one in found if one is not None)
        notes += [
            f"{name}: the parabola has its vertex outside of the energies: no optimum"
            for one in fits[name]
            if one.law == "optimum" and not energy.min() <= one.values["vertex"] <= energy.max()
        ]
    compaction = {}
    for powder in dict.fromkeys(row.powder for row in rows):
        of_powder = [row for row in rows if row.powder == powder]
        one = _compaction(of_powder, path, least_pressure, most_pressure)
        if one is not None:
            compaction[powder] = one
        elif _compactable(of_powder):
            notes.append(f"{powder}: fewer than two pressures in the range: no law of pressing")
    return PowderAnalysis(Path(path), rows, compaction, fits, tuple(notes))


def _compaction(
    rows: Sequence[PowderRow], path: str | Path, least: float, most: float
) -> Compaction | None:
    name = next((key for key in POROSITIES if _pressed(rows, key, least, most)), None)
    if name is None:
        return None
    chosen = _pressed(rows, name, least, most)
    states = {row.state for row in chosen} - {None}
    if len(states) > 1:
        raise InputError(
            "porosities in the die and after release are no one curve", file=path, field="state",
            found=" and ".join(sorted(str(state) for state in states)),
            expected=f"one of them for {rows[0].powder}",
        )  # fmt: skip
    pressure = np.array([row.pressure for row in chosen], dtype=np.float64)
    porosity = np.array([getattr(row, name) for row in chosen], dtype=np.float64)
    kawakita = None
    green = [row for row in chosen if row.values.get("porosity_green", "") != ""]
    if len(green) == len(chosen):
        start = number_in(path, green[0].number, green[0].values, "porosity_green")
        kawakita = fit_kawakita(pressure, porosity, start)
    plateau = None
    measured = [row for row in rows if row.pressure and row.values.get(_CONDUCTIVITY, "") != ""]
    if len(measured) >= 2:
        sigma = [
            number_in(path, row.number, row.values, _CONDUCTIVITY, above=0) for row in measured
        ]
        plateau = plateau_pressure(
            np.array([row.pressure for row in measured], dtype=np.float64), np.array(sigma)
        )
    return Compaction(name, fit_heckel(pressure, porosity), kawakita, plateau)


def _compactable(rows: Sequence[PowderRow]) -> bool:
    """Whether there is a law without a range of pressures."""
    return any(_pressed(rows, key, 0.0, np.inf) for key in POROSITIES)


def _pressed(rows: Sequence[PowderRow], name: str, least: float, most: float) -> list[PowderRow]:
    chosen = [
        row
        for row in rows
        if row.pressure is not None
        and least <= row.pressure <= most
        and getattr(row, name) is not None
        and not (least == 0 and row.pressure == 0)
    ]
    return chosen if len({row.pressure for row in chosen}) >= 2 else []


def powder_rows(found: PowderAnalysis) -> list[dict[str, Any]]:
    """One row for each of the table, units in the names."""
    return [_row_result(row) for row in found.rows]


def powder_result(found: PowderAnalysis) -> dict[str, Any]:
    """Contract of ``interfacefem process --json`` (docs/process.md)."""
    return {
        "rows": powder_rows(found),
        "compaction": {name: _compaction_result(one) for name, one in found.compaction.items()},
        "fits": {
            name: {
                "laws": {fit.law: _fit_result(fit) for fit in fits},
                "best": None if (best := best_fit(list(fits))) is None else best.law,
            }
            for name, fits in found.fits.items()
        },
        "notes": list(found.notes),
    }


def _row_result(row: PowderRow) -> dict[str, Any]:
    milling = row.milling
    energy = None if milling is None or milling.energy is None else milling.energy / 1e3
    return {
        "powder": row.powder,
        "E_m_J_per_g": energy,
        "E_m_source": None if milling is None else milling.source,
        "energy_relative": row.relative_energy,
        "stress_energy_J": None if milling is None else milling.stress_energy,
        "stress_frequency_per_s": None if milling is None else milling.stress_frequency,
        "stress_number": None if milling is None else milling.stress_number,
        "pressure_MPa": None if row.pressure is None else row.pressure / MPA,
        "state": row.state,
        "porosity_geometric": row.porosity_geometric,
        "porosity_from_thickness": row.porosity_from_thickness,
        "porosity": row.porosity,
    }


def _compaction_result(one: Compaction) -> dict[str, Any]:
    low, high = one.heckel.yield_interval
    return {
        "porosity": one.porosity,
        "heckel_yield_MPa": _in_mpa(one.heckel.yield_pressure),
        "heckel_yield_MPa_low": _in_mpa(low),
        "heckel_yield_MPa_high": _in_mpa(high),
        "heckel_A": one.heckel.intercept,
        "heckel_r2": one.heckel.r2,
        "heckel_aicc": one.heckel.aicc,
        "kawakita_a": None if one.kawakita is None else one.kawakita.a,
        "kawakita_b_per_MPa": None if one.kawakita is None else one.kawakita.b * MPA,
        "kawakita_aicc": None if one.kawakita is None else one.kawakita.aicc,
        "pressure_95_MPa": _in_mpa(one.plateau),
    }


def _fit_result(fit: EnergyFit) -> dict[str, Any]:
    result: dict[str, Any] = {"points": fit.points, "rms": fit.rms, "aicc": fit.aicc}
    for name, value in fit.values.items():
        result[name] = value if np.isfinite(value) else None
        result[f"{name}_low"], result[f"{name}_high"] = fit.low[name], fit.high[name]
    return result


def _in_mpa(pressure: float | None) -> float | None:
    return None if pressure is None else pressure / MPA
