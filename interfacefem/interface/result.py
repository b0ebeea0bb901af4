# SPDX-License-Identifier: BSD-3-Clause
"""Pressed interfaces as JSON keys that others script against, units in the keys' ends."""

from __future__ import annotations

from typing import Any

import numpy as np

from interfacefem.interface.equivalent_circuit import Pairs
from interfacefem.interface.exponent import Exponent
from interfacefem.interface.pressure_curve import InterfaceCurve, PressedInterface
from interfacefem.interface.run import ImpedanceRun
from interfacefem.units import MA_PER_CM2, MPA, OHM_CM2, UM

NON_UNIQUE = (
    "apparent elements describe the spectrum and are not unique: series and ladder have the same "
    "impedance at every frequency, and pairs of close time constants trade their shares"
)
FLAT = "the impedance is that of the flat model: asr_slope_correction_ohm_cm2 is not in it"


def curve_result(curve: InterfaceCurve) -> dict[str, Any]:
    """Contract of ``interfacefem interface --json`` (docs/interface.md)."""
    rows = [
        row_result(row, curve.hidden_share, exponent)
        for row, exponent in zip(curve.rows, curve.exponents, strict=True)
    ]
    exponents = [row["pressure_exponent"] for row in rows if row["pressure_exponent"] is not None]
    return {
        "rows": rows,
        "pressure_exponent_least": min(exponents, default=None),
        "pressure_exponent_largest": max(exponents, default=None),
        "hidden_share": curve.hidden_share,
        "height_um": curve.height / UM,
        "nodes": int(np.prod(curve.rows[0].pressed.grid.shape)) if curve.rows else 0,
        "cpu_s": curve.cpu_s,
        "notes": list(dict.fromkeys(note for row in curve.rows for note in row.notes)),
    }


def row_result(
    row: PressedInterface, hidden_share: float, exponent: Exponent | None = None
) -> dict[str, Any]:
    """The keys of one pressure."""
    pressed, error, spot = row.pressed, row.error, row.hot_spot
    return {
        "stack_pressure_MPa": pressed.mean_pressure / MPA,
        "contact_fraction": pressed.contact_fraction,
        "counted_contact_fraction": pressed.counted_fraction,
        "capped_fraction": float(pressed.grid.mean(pressed.capped)),
        "hidden_share": hidden_share,
        "undercut_share": row.undercut_share,
        "area_specific_resistance_ohm_cm2": row.resistance / OHM_CM2,
        "asr_undercut_bound_ohm_cm2": None
        if row.undercut_bound is None
        else row.undercut_bound / OHM_CM2,
        "asr_error_ohm_cm2": None if error is None else error.total / OHM_CM2,
        "asr_error_mask_ohm_cm2": None if error is None else error.mask / OHM_CM2,
        "asr_error_kinetics_ohm_cm2": None if error is None else error.kinetics / OHM_CM2,
        "asr_error_slope_ohm_cm2": None if error is None else error.slope / OHM_CM2,
        "asr_bulk_ohm_cm2": row.bulk / OHM_CM2,
        "asr_constriction_ohm_cm2": row.parts.constriction / OHM_CM2,
        "asr_charge_transfer_ohm_cm2": row.parts.charge_transfer / OHM_CM2,
        "asr_film_ohm_cm2": row.parts.film / OHM_CM2,
        "asr_slope_correction_ohm_cm2": row.slope_correction / OHM_CM2,
        "asr_differential_ohm_cm2": row.differential_resistance / OHM_CM2,
        "asr_differential_constriction_ohm_cm2": row.differential.constriction / OHM_CM2,
        "asr_differential_charge_transfer_ohm_cm2": row.differential.charge_transfer / OHM_CM2,
        "barber_constriction_ohm_cm2": None if row.barber is None else row.barber / OHM_CM2,
        "hot_spot_factor": spot.factor,
        "hot_spot_mean_factor": spot.mean_factor,
        "hot_spot_length_um": spot.length / UM,
        "hot_spot_needed_step_um": None if spot.needed_step is None else spot.needed_step / UM,
        "area_above_ccd": row.area_above_critical,
        "safe_current_density_mA_cm2": None
        if row.safe_current_density is None
        else row.safe_current_density / MA_PER_CM2,
        "pressure_exponent": None if exponent is None else exponent.value,
        "pressure_exponent_low": None if exponent is None else exponent.low,
        "pressure_exponent_high": None if exponent is None else exponent.high,
        "newton_steps": row.solution.newton_steps,
        "notes": list(row.notes),
    }


def limited_result(row: PressedInterface, hidden_share: float) -> dict[str, Any]:
    """Contract of ``interfacefem current --contact-limited --json``: one pressure.

    ``i_ratio`` is over the contact, where the hot spot exists and is resolved.
    """
    result = row_result(row, hidden_share)
    applied = row.solution.problem.applied_current_density
    least = float(row.solution.current[row.pressed.contact].min())
    factor = row.hot_spot.factor
    largest = None if factor is None else factor * applied
    return {
        "i_ratio": None if largest is None or least <= 0 else largest / least,
        "i_max_mA_cm2": None if largest is None else largest / MA_PER_CM2,
        "i_min_mA_cm2": least / MA_PER_CM2,
        **{key: value for key, value in result.items() if not key.startswith("pressure_exponent")},
        "area_specific_resistance_error_ohm_cm2": result["asr_error_ohm_cm2"],
    }


def study_result(row: PressedInterface, hidden_share: float) -> dict[str, Any]:
    """Columns of a study: names that ``current`` and ``stress`` have begin with ``interface_``."""
    own = ("asr_", "barber", "hidden", "undercut", "notes")
    mean = ("hot_spot_mean_factor", "hot_spot_length_um", "hot_spot_needed_step_um")
    columns = {}
    for key, value in row_result(row, hidden_share).items():
        if key.startswith(("pressure_exponent", "stack_pressure")) or key == "newton_steps":
            continue
        columns[key if key.startswith(own) or key in mean else f"interface_{key}"] = value
    return columns


def impedance_result(run: ImpedanceRun) -> dict[str, Any]:
    """Contract of ``interfacefem impedance --json`` (docs/interface.md)."""
    spectrum, row = run.spectrum, run.row
    elements = run.elements
    limit = row.bulk + row.differential.total
    notes = [*row.notes, FLAT]
    if elements is not None:
        notes.append(NON_UNIQUE)
    return {
        "stack_pressure_MPa": row.pressed.mean_pressure / MPA,
        "contact_fraction": row.pressed.contact_fraction,
        "asr_direct_current_limit_ohm_cm2": limit / OHM_CM2,
        "asr_bulk_ohm_cm2": row.bulk / OHM_CM2,
        "asr_differential_constriction_ohm_cm2": row.differential.constriction / OHM_CM2,
        "asr_differential_charge_transfer_ohm_cm2": row.differential.charge_transfer / OHM_CM2,
        "asr_differential_film_ohm_cm2": row.differential.film / OHM_CM2,
        "asr_slope_correction_ohm_cm2": row.slope_correction / OHM_CM2,
        "double_layer_capacitance_uF_cm2": run.capacitances.double_layer * 1e2,
        "relative_permittivity": run.capacitances.relative_permittivity,
        "rows": spectrum_rows(run),
        "apparent_series": None if elements is None else _pairs(elements.series),
        "apparent_ladder": None if elements is None else _pairs(elements.ladder),
        "apparent_misfit": None if elements is None else elements.misfit,
        "apparent_misfit_of_one_pair": None if elements is None else elements.one_pair_misfit,
        "cpu_s": run.cpu_s,
        "spectrum_cpu_s": spectrum.cpu_s,
        "notes": notes,
    }


def spectrum_rows(run: ImpedanceRun) -> list[dict[str, float]]:
    """One row for each frequency."""
    spectrum = run.spectrum
    return [
        {
            "frequency_Hz": float(frequency),
            "z_real_ohm_cm2": float(whole.real) / OHM_CM2,
            "z_imag_ohm_cm2": float(whole.imag) / OHM_CM2,
            "z_interface_real_ohm_cm2": float(own.real) / OHM_CM2,
            "z_interface_imag_ohm_cm2": float(own.imag) / OHM_CM2,
        }
        for frequency, whole, own in zip(
            spectrum.frequencies, spectrum.impedance, spectrum.interface, strict=True
        )
    ]


def spectrum_csv(run: ImpedanceRun) -> str:
    """``frequency,real,imaginary`` in Hz and ohm cm^2 without a header, as impedance.py and
    pyimpspec read it."""
    lines = [
        f"{row['frequency_Hz']:.9g},{row['z_real_ohm_cm2']:.9g},{row['z_imag_ohm_cm2']:.9g}"
        for row in sorted(spectrum_rows(run), key=lambda row: -row["frequency_Hz"])
    ]
    return "\n".join(lines) + "\n"


def _pairs(pairs: Pairs) -> dict[str, list[float]]:
    return {
        "resistances_ohm_cm2": [value / OHM_CM2 for value in pairs.resistances],
        "capacitances_uF_cm2": [value * 1e2 for value in pairs.capacitances],
    }
