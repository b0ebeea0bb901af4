# SPDX-License-Identifier: BSD-3-Clause
"""What the current ratio of an image depends on besides the surface: cutoff, lines, mesh."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from mpi4py import MPI

from interfacefem.current.run import run_current
from interfacefem.errors import ProfileError
from interfacefem.images import ExtractedProfile
from interfacefem.parallel import on_each_rank
from interfacefem.parameters.cell import Cell
from interfacefem.progress import Step
from interfacefem.statistics.summary import Summary, summarize
from interfacefem.surfaces import Profile
from interfacefem.surfaces.filters import gaussian_lowpass
from interfacefem.surfaces.result import roughness_result
from interfacefem.units import UM

# a detector's blur and the smoothing before the threshold leave nothing shorter than about 4 pixels
CUTOFFS_IN_PIXELS = (4.0, 8.0, 16.0)


@dataclass(frozen=True)
class Uncertainty:
    """How uncertain the mean of ``i_ratio - 1`` is, relative to itself, and why.

    A part is None where it cannot be formed.

    Attributes:
        mesh: Largest certified error over the lines.
        cutoff: Change of the mean between low-pass cutoffs of 4 and of 8 pixels: what half the
            resolution would have changed.
        lines: Half the 95 % interval of the mean over lines.
        dominant: Name of the largest of the three.
    """

    mesh: float | None
    cutoff: float | None
    lines: float | None
    dominant: str | None


def solve_cutoffs(
    profiles: Sequence[ExtractedProfile], pixel_size: float, cell: Cell, comm: MPI.Comm, step: Step
) -> list[dict[str, Any]]:
    """Current ratio of every line at every low-pass cutoff, shared out over the ranks.

    Args:
        profiles: Lines of one image.
        pixel_size: Of the image, in m.
        cell: What each line is solved with.
        comm: Ranks that share the work.
        step: Called as each cutoff begins.

    Returns:
        Rows with ``line``, ``cutoff_um``, ``i_ratio``, ``Rq_um``, ``length_ratio``, in order, on
        every rank. A cutoff that a line does not allow (longer than half of it, or the filtered
        curve crosses itself) has an ``i_ratio`` of None.

    Raises:
        ConvergenceError: A line could not be solved.

    Collective.
    """
    tasks = [
        (number, pixels * pixel_size)
        for pixels in CUTOFFS_IN_PIXELS
        for number in range(1, len(profiles) + 1)
    ]

    def solve_own() -> dict[int, dict[str, Any]]:
        rows = {}
        for index in range(comm.rank, len(tasks), comm.size):
            number, cutoff = tasks[index]
            if index % len(profiles) == comm.rank:
                step(f"low-pass cutoff {cutoff / UM:.3g} um")
            rows[index] = {
                "line": number,
                "cutoff_um": cutoff / UM,
                **_solve_filtered(profiles[number - 1].profile, cutoff, cell),
            }
        return rows

    own = on_each_rank(comm, solve_own)
    rows = {index: row for part in comm.allgather(own) for index, row in part.items()}
    return [rows[index] for index in sorted(rows)]


def uncertainty(lines: list[dict[str, Any]], cutoffs: list[dict[str, Any]]) -> Uncertainty:
    """Compare the three sources of uncertainty.

    Args:
        lines: Rows with ``i_ratio`` and ``i_ratio_error`` of each line as taken.
        cutoffs: Rows of :func:`solve_cutoffs`.
    """
    mean = summarize(line["i_ratio"] for line in lines)
    errors = [line["i_ratio_error"] for line in lines]
    parts = {
        "mesh": None if None in errors else max(errors),
        "cutoff": _change_by_cutoff(mean, cutoffs),
        "lines": _half_interval(mean),
    }
    known = {name: value for name, value in parts.items() if value is not None}
    dominant = max(known, key=lambda name: known[name]) if known else None
    return Uncertainty(**parts, dominant=dominant)


def _solve_filtered(profile: Profile, cutoff: float, cell: Cell) -> dict[str, Any]:
    try:
        smooth = gaussian_lowpass(profile, cutoff)
    except ProfileError:
        return {"i_ratio": None, "Rq_um": None, "length_ratio": None}
    roughness = roughness_result(smooth)
    return {
        "i_ratio": run_current(smooth, cell, MPI.COMM_SELF).metrics.i_ratio,
        "Rq_um": roughness["Rq_um"],
        "length_ratio": roughness["length_ratio"],
    }


def _change_by_cutoff(mean: Summary | None, cutoffs: list[dict[str, Any]]) -> float | None:
    by_cutoff: dict[float, dict[int, float]] = {}
    for row in cutoffs:
        if row["i_ratio"] is not None:
            by_cutoff.setdefault(row["cutoff_um"], {})[row["line"]] = row["i_ratio"]
    sharpest = sorted({row["cutoff_um"] for row in cutoffs})[:2]
    fine, coarse = (by_cutoff.get(cutoff, {}) for cutoff in sharpest)
    shared = sorted(fine.keys() & coarse.keys())
    if mean is None or mean.mean <= 1 or not shared:
        return None
    change = np.mean([coarse[number] - fine[number] for number in shared])
    return float(abs(change) / (mean.mean - 1))


def _half_interval(mean: Summary | None) -> float | None:
    if mean is None or mean.ci95_low is None or mean.ci95_high is None or mean.mean <= 1:
        return None
    return (mean.ci95_high - mean.ci95_low) / 2 / (mean.mean - 1)
