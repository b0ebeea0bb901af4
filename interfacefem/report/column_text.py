# SPDX-License-Identifier: BSD-3-Clause
"""Columns of a study's table as people read them."""

from __future__ import annotations

from interfacefem.study.parameters import VARIED
from interfacefem.units import unit_of_column

# of metrics; those of parameters are declared with them
_NAMES = {
    "E_m_J_per_g": "milling energy (J/g)",
    "d50_um": "median particle size (µm)",
    "d50_number_um": "median size by number (µm)",
    "d50_volume_um": "median size by volume (µm)",
    "porosity_green": "porosity before densification",
    "i_ratio": "current ratio i_max/i_min",
    "i_ratio_error": "estimated error of i_max/i_min − 1",
    "hot_spot_factor": "hot-spot factor i_max/i_app",
    "i_p99_p1": "current ratio i_99%/i_1%",
    "area_above_ccd": "share above the critical current",
    "stress_ratio": "stress ratio, peaks to valleys",
    "capped_fraction": "share of surface at the hardness",
    "p_max_GPa": "largest contact pressure (GPa)",
    "von_mises_max_GPa": "largest von Mises stress (GPa)",
    "length_ratio": "true over projected length",
    # of the pressed interface
    "interface_area_specific_resistance_ohm_cm2": "resistance of the pressed interface (Ω cm²)",
    "asr_error_ohm_cm2": "error of the pressed resistance (Ω cm²)",
    "asr_bulk_ohm_cm2": "resistance of the bulk (Ω cm²)",
    "asr_constriction_ohm_cm2": "constriction resistance (Ω cm²)",
    "asr_charge_transfer_ohm_cm2": "charge-transfer resistance (Ω cm²)",
    "asr_film_ohm_cm2": "resistance of the film (Ω cm²)",
    "asr_differential_ohm_cm2": "differential resistance (Ω cm²)",
    "interface_contact_fraction": "share in contact",
    "interface_capped_fraction": "share at the hardness, pressed",
    "interface_hot_spot_factor": "hot spot i_max/i_app through contacts",
    "hot_spot_mean_factor": "hot spot, mean over a stated length",
    "hot_spot_length_um": "length of the hot spot's mean (µm)",
    "interface_area_above_ccd": "share of the contact above the critical current",
    "interface_safe_current_density_mA_cm2": "safe current through contacts (mA/cm²)",
    "hidden_share": "share of the line out of the block's reach",
}
_PARAMETERS = {parameter.column: parameter for parameter in VARIED.values()}
# value over an even interface of metrics whose excess over it is what counts
EVEN = {"i_ratio": 1.0, "i_p99_p1": 1.0}
# what a mean of a metric cannot leave
BOUNDS = {
    "i_ratio": (1.0, float("inf")),
    "hot_spot_factor": (0.0, float("inf")),
    "i_p99_p1": (1.0, float("inf")),
    "area_above_ccd": (0.0, 1.0),
    "stress_ratio": (0.0, float("inf")),
    "contact_fraction": (0.0, 1.0),
    "interface_contact_fraction": (0.0, 1.0),
    "interface_area_above_ccd": (0.0, 1.0),
    "hidden_share": (0.0, 1.0),
    "capped_fraction": (0.0, 1.0),
    "Rq_um": (0.0, float("inf")),
    "volume_fraction": (0.0, 1.0),
}


def unit_of(column: str) -> str:
    """Unit that a column's name ends with, empty where it has none."""
    return unit_of_column(column).shown


def name_of(column: str) -> str:
    """Name of a column without its unit."""
    return column.removesuffix(unit_of_column(column).ending).replace("_", " ")


def label_of(column: str) -> str:
    """Name and unit of a column."""
    if column in _NAMES:
        return _NAMES[column]
    if column in _PARAMETERS:
        return _PARAMETERS[column].label
    column, _, axis = column.partition("_axis")
    unit = unit_of(column)
    along = f", axis {axis}" if axis else ""
    return f"{name_of(column)}{along}" + (f" ({unit})" if unit else "")


def excess_label(column: str) -> str:
    """Label of a metric's excess over its value on an even interface."""
    return f"{label_of(column)} − {EVEN[column]:g}" if column in EVEN else label_of(column)


def value_text(column: str, value: object) -> str:
    """A value with its unit."""
    unit = unit_of(column)
    shown = f"{value:g}" if isinstance(value, int | float) else str(value)
    return f"{shown} {unit}" if unit and isinstance(value, int | float) else shown
