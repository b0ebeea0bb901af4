# SPDX-License-Identifier: BSD-3-Clause
"""The value of an image: geometric means over its sections, each read over windows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from interfacefem.parameters.sampling import TRAN2025, TRAN2025_WIDTH
from interfacefem.statistics.groups import SMALLEST, images_for
from interfacefem.units import UM

_NARROWER = 1e-6  # relative


def image_value(
    sections: Sequence[dict[str, Any]],
    reference_length: float,
    protocol: str = "sections",
    correction: float | None = None,
) -> dict[str, Any]:
    """The numbers of an image from the rows of its distinct sections.

    An excess that is not above its own error is an upper limit: that of the value and its error.
    ``protocol: tran2025`` takes the arithmetic mean of the ratios of its models instead.

    Args:
        sections: Rows of ``section_results``.
        reference_length: That was asked for, in m.
        protocol: Of the sampling.
        correction: What the logarithm of the excess lacks by blur and smoothing; None: nothing is
            corrected.
    """
    notes = []
    if protocol == TRAN2025:
        ratios = _known(sections, "i_ratio")
        excess = float(np.mean(ratios)) - 1 if ratios else None
        error = _worst([row["i_ratio_error"] for row in sections])
        length = TRAN2025_WIDTH
        notes.append(
            "protocol tran2025: arithmetic mean of the ratios of sampling lines, each a model of "
            "its own of 25 x 25 um (Tran et al. 2025, section 4)"
        )
    else:
        excess = geometric_mean(sections, "excess")
        error = _worst([row["excess_error"] for row in sections])
        length = min(row["reference_length_um"] for row in sections) * UM
        if length < reference_length * (1 - _NARROWER):
            notes.append(
                f"the frame is narrower than the reference length of {reference_length / UM:g} um: "
                f"values are over its own width, {length / UM:.4g} um"
            )
    as_traced = excess
    if excess is not None and correction is not None:
        excess *= math.exp(correction)
        notes.append(
            f"blur and smoothing are extrapolated away: the excess of the line as traced times "
            f"{math.exp(correction):.4g}"
        )
    is_limit = excess is not None and (
        excess <= 1.001 * SMALLEST or (error is not None and error >= 1)
    )
    if excess is not None and is_limit:
        excess = max(excess * (1 + (error or 0.0)), SMALLEST)
        notes.append("the excess is not above its own error: it is an upper limit")
    spread = _mean(sections, "sd_ln_windows")
    return {
        "protocol": protocol,
        "excess": excess,
        "i_ratio": None if excess is None else 1 + excess,
        "excess_as_traced": as_traced,
        "smoothing_correction": None if correction is None else math.exp(correction),
        "excess_error": error,
        "excess_is_upper_limit": is_limit,
        "reference_length_um": length / UM,
        "excess_by_length": _by_length(sections, math.exp(correction or 0.0)),
        "hot_spot_factor": geometric_mean(sections, "window_hot_spot_factor"),
        "i_p99_p1": _plus_one(geometric_mean(sections, "window_p99_p1_excess")),
        "area_above_ccd": _mean(sections, "window_area_above_ccd"),
        "safe_current_density_mA_cm2": geometric_mean(
            sections, "window_safe_current_density_mA_cm2"
        ),
        "area_specific_resistance_ohm_cm2": _mean(sections, "area_specific_resistance_ohm_cm2"),
        "stress_ratio": geometric_mean(sections, "stress_ratio"),
        "stress_depth_um": next(
            (row["stress_depth_um"] for row in sections if row["stress_depth_um"] is not None), None
        ),
        "excess_low": None,
        "excess_high": None,
        "interval_reason": "one image is one sample of its surface: windows and lines of it are "
        "not independent; several images give an interval",
        "sd_ln_windows": spread,
        "images_for_20_percent": None if spread is None else images_for(spread),
        "value_notes": notes,
    }


def _by_length(sections: Sequence[dict[str, Any]], factor: float) -> list[dict[str, Any]]:
    lengths = [row["length_um"] for row in sections[0]["excess_by_length"]]
    found = [
        geometric_mean([row["excess_by_length"][place] for row in sections], "excess")
        for place in range(len(lengths))
    ]
    return [
        {"length_um": length, "excess": None if excess is None else factor * excess}
        for length, excess in zip(lengths, found, strict=True)
    ]


def _known(rows: Sequence[dict[str, Any]], key: str) -> list[float]:
    return [row[key] for row in rows if row[key] is not None]


def geometric_mean(rows: Sequence[dict[str, Any]], key: str) -> float | None:
    """Geometric mean over sections; None where it is missing for any.

    A mean over the others would be of other sections.
    """
    values = _known(rows, key)
    if len(values) < len(rows) or not values:
        return None
    return math.exp(float(np.mean(np.log(np.maximum(values, SMALLEST)))))


def _mean(rows: Sequence[dict[str, Any]], key: str) -> float | None:
    values = _known(rows, key)
    return float(np.mean(values)) if len(values) == len(rows) and values else None


def _worst(errors: Sequence[float | None]) -> float | None:
    known = [error for error in errors if error is not None]
    return max(known) if len(known) == len(errors) and known else None


def _plus_one(excess: float | None) -> float | None:
    return None if excess is None else 1 + excess
