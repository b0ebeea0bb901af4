# SPDX-License-Identifier: BSD-3-Clause
"""Names of the columns that a study's table may have: what a factor cannot be called.

A metric that is not named here is not written: see ``cases``.
"""

from __future__ import annotations

import functools
import re

import numpy as np

from interfacefem.surfaces import Profile
from interfacefem.surfaces.height_map import HeightMap
from interfacefem.surfaces.result import roughness_result

IDENTIFICATION = ("image", "line", "guided_by")
CHECK = "line_check"
ENDING = ("status", "reason", "notes")

METRICS: dict[str, tuple[str, ...]] = {
    "current": (
        "i_ratio", "i_max_mA_cm2", "i_min_mA_cm2", "hot_spot_factor", "i_p99_p1",
        "roughness_factor", "area_above_ccd", "safe_current_density_mA_cm2", "wagner_number",
        "mean_overpotential_V", "area_specific_resistance_ohm_cm2", "charge_balance_error",
        "contact_fraction", "i_ratio_error", "i_ratio_change_at_half_resolution", "excess",
        "excess_error", "reference_length_um", "window_hot_spot_factor", "window_p99_p1_excess",
        "window_area_above_ccd", "window_safe_current_density_mA_cm2", "cells", "newton_steps",
        "smallest_angle_deg",
    ),
    "stress": (
        "stress_ratio", "stress_depth_um", "p_max_GPa", "p_mean_MPa", "contact_fraction",
        "capped_fraction", "peaks", "valleys", "load_left", "load_right", "von_mises_max_GPa",
        "complementarity_error", "nodes",
    ),
    "interface": (
        "interface_contact_fraction", "interface_counted_contact_fraction",
        "interface_capped_fraction", "hidden_share", "undercut_share", "asr_undercut_bound_ohm_cm2",
        "interface_area_specific_resistance_ohm_cm2", "asr_error_ohm_cm2", "asr_error_mask_ohm_cm2",
        "asr_error_kinetics_ohm_cm2", "asr_error_slope_ohm_cm2", "asr_bulk_ohm_cm2",
        "asr_constriction_ohm_cm2", "asr_charge_transfer_ohm_cm2", "asr_film_ohm_cm2",
        "asr_slope_correction_ohm_cm2", "asr_differential_ohm_cm2",
        "asr_differential_constriction_ohm_cm2", "asr_differential_charge_transfer_ohm_cm2",
        "barber_constriction_ohm_cm2", "interface_hot_spot_factor", "hot_spot_mean_factor",
        "hot_spot_length_um", "hot_spot_needed_step_um", "interface_area_above_ccd",
        "interface_safe_current_density_mA_cm2",
    ),
    "transport": ("volume_fraction",),
}  # fmt: skip
# one for each axis of a volume
_OF_AN_AXIS = re.compile(r".*_axis[012]")


@functools.cache
def _roughness() -> frozenset[str]:
    """Columns of a profile and of a height map, told by what fills them."""
    wave = np.cos(np.linspace(0.0, 6 * np.pi, 64))
    profile = roughness_result(Profile(np.linspace(0.0, 1e-5, 64), 1e-7 * wave))
    height_map = roughness_result(HeightMap(1e-7 * np.outer(wave, wave), 1e-7, 1e-7))
    return frozenset({*profile, *height_map})


def is_taken(name: str) -> bool:
    """Whether a column of a study's table has this name or may have it."""
    own = (
        *IDENTIFICATION,
        CHECK,
        *ENDING,
        *(metric for names in METRICS.values() for metric in names),
    )
    return name in own or name in _roughness() or _OF_AN_AXIS.fullmatch(name) is not None
