# SPDX-License-Identifier: BSD-3-Clause
"""Share of the active material that takes part, from cycling against a reference."""

from __future__ import annotations

import numpy as np
from scipy import stats

from interfacefem.errors import InputError
from interfacefem.process.spectrum import Array

LITHIUM_INDIUM = 0.62  # V against Li+/Li, Minnmann 2024


def active_share(
    capacity: Array,
    voltage: Array,
    mass: float,
    reference_capacity: Array,
    reference_voltage: Array,
    noise: float = 1e-3,
) -> tuple[float, float, int]:
    """``dQ/(m dq_ref(U))``: inactive particles give neither charge nor potential.

    The slope of the cell's capacity per mass against the reference's capacity at the same relaxed
    voltage, by least squares over points at which the reference tells capacities apart (inferred
    from Minnmann's wording).

    Args:
        capacity: Of the cell in C (or mAh), shape (n,).
        voltage: Relaxed, in V against the same electrode as the reference, shape (n,).
        mass: Of the active material in kg (or g).
        reference_capacity: Per mass of fully active material, in C/kg (or mAh/g), shape (k,).
        reference_voltage: In V, rising or falling throughout, shape (k,).
        noise: Of a relaxed voltage in V: where a twentieth of the reference's capacity changes it
            by less, the point lies on a plateau and is left out.

    Returns:
        The share, its standard deviation and the number of points used.

    Raises:
        InputError: The reference is not monotone, a voltage lies outside it, or there are fewer
            than two points.
    """
    order = np.argsort(reference_capacity)
    q, u = reference_capacity[order], reference_voltage[order]
    steps = np.diff(u)
    if len(u) < 2 or not ((steps < 0).all() or (steps > 0).all()):
        raise InputError(
            "the reference is not monotone", field="voltage_V", found=f"{len(u)} points",
            expected="a voltage that rises or falls throughout with the capacity",
        )  # fmt: skip
    outside = (voltage < u.min()) | (voltage > u.max())
    if outside.any():
        raise InputError(
            "lies outside the reference", field="relaxed_voltage_V",
            found=f"{voltage[outside][0]:g} V", expected=f"{u.min():g} to {u.max():g} V",
        )  # fmt: skip
    rising = np.argsort(u)
    at = np.interp(voltage, u[rising], q[rising])
    slope = np.abs(np.interp(at, (q[1:] + q[:-1]) / 2, steps / np.diff(q)))
    told = slope * np.ptp(q) / 20 > noise
    if np.count_nonzero(told) < 2:
        raise InputError(
            "too few relaxed points", field="relaxed_voltage_V", found=np.count_nonzero(told),
            expected="two or more where the reference's voltage changes",
        )  # fmt: skip
    x, y = at[told], capacity[told] / mass
    line = stats.linregress(x, y)
    return float(line.slope), float(line.stderr), int(np.count_nonzero(told))
