# SPDX-License-Identifier: BSD-3-Clause
"""Risk classes from thresholds that the user sets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

RiskClass = Literal["low", "moderate", "high"]
CLASSES: tuple[RiskClass, ...] = ("low", "moderate", "high")


def risk_class(value: float, thresholds: tuple[float, float]) -> RiskClass:
    """Low below the first threshold, high from the second on."""
    first, second = thresholds
    if value < first:
        return "low"
    return "moderate" if value < second else "high"


def worst_class(
    values: Mapping[str, float | None], thresholds: Mapping[str, tuple[float, float]]
) -> RiskClass | None:
    """The worst class of the metrics that have a threshold and a value; None without any."""
    found = [
        risk_class(value, thresholds[name])
        for name, value in values.items()
        if name in thresholds and value is not None
    ]
    return max(found, key=CLASSES.index) if found else None
