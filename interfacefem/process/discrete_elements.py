# SPDX-License-Identifier: BSD-3-Clause
"""Stress energies out of a discrete-element simulation of a mill."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from interfacefem.errors import InputError
from interfacefem.process.milling import StressDistribution
from interfacefem.tables import number_column, read_table

FEWEST_STEPS = 10  # after settling: with fewer the mean still moves (assumed)
_UNEVEN = 0.01  # of a step


def read_discrete_elements(
    path: str | Path, *, counted_twice: bool, settling: float = 0.0
) -> StressDistribution:
    """Collisions of each bead in each interval, averaged over time.

    ``SE_i = P_i/c_i`` for each bead and interval (Frankenberg 2025, eq. 9).

    Args:
        path: CSV file with ``bead``, ``time_s``, ``power_W`` (of the bead's collisions) and
            ``collisions`` (in the interval that ends at the time) or ``collisions_per_s``.
        counted_twice: Whether a collision of two beads stands at both: frequency and power are then
            halved.
        settling: Time at the beginning that is left out, in s.

    Raises:
        InputError: A column is missing, steps are uneven or too few, or power comes without
            collisions.
    """
    rows = read_table(path)
    time = number_column(path, rows, "time_s", least=0)
    power = number_column(path, rows, "power_W", least=0)
    bead = number_column(path, rows, "bead")
    rate_name = "collisions_per_s" if "collisions_per_s" in rows[0] else "collisions"
    rate = number_column(path, rows, rate_name, least=0)
    steps = np.unique(time)
    widths = np.diff(steps)
    if len(widths) == 0 or np.ptp(widths) > _UNEVEN * widths.mean():
        found = "one time" if len(widths) == 0 else f"{widths.min():.3g} to {widths.max():.3g} s"
        raise InputError(
            "steps are uneven", file=path, field="time_s", found=found, expected="equal steps"
        )
    _, first = np.unique(np.column_stack([bead, time]), axis=0, return_index=True)
    if len(first) < len(time):
        row = int(np.setdiff1d(np.arange(len(time)), first)[0])
        raise InputError(
            "a bead has two rows of one time", file=path, field=f"row {row + 2}: time_s",
            found=f"{time[row]:g} s of bead {bead[row]:g}", expected="one row for each interval",
        )  # fmt: skip
    step = float(widths.mean())
    if rate_name == "collisions":
        rate = rate / step
    silent = np.flatnonzero((rate == 0) & (power > 0))
    if len(silent):
        raise InputError(
            "power without collisions", file=path, field=f"row {silent[0] + 2}: {rate_name}",
            found="0", expected="collisions where power_W is above 0",
        )  # fmt: skip
    kept = time > settling + 0.5 * step if settling > 0 else np.ones(len(time), dtype=bool)
    count = len(np.unique(time[kept]))
    if count < FEWEST_STEPS:
        raise InputError(
            "too few steps after settling", file=path, field="time_s", found=count,
            expected=f"at least {FEWEST_STEPS}",
        )  # fmt: skip
    hits = kept & (rate > 0)
    if not hits.any():
        raise InputError("no collisions", file=path, field=rate_name)
    share = (0.5 if counted_twice else 1.0) / count
    return StressDistribution(power[hits] / rate[hits], rate[hits] * share)
