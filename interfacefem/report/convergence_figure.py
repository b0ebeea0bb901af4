# SPDX-License-Identifier: BSD-3-Clause
"""Mesh-independence study of a case."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from interfacefem.report.style import (
    BLACK,
    BLUE,
    GREY,
    SINGLE_COLUMN,
    VERMILLION,
    new_figure,
    styled,
)

if TYPE_CHECKING:
    from interfacefem.current.convergence import ConvergenceStep

PAPER_CELLS = 100_000  # Tran 2025, section 4: mesh independence "at about 100000 elements"


@styled
def convergence_figure(steps: Sequence[ConvergenceStep], tolerance: float) -> Figure:
    """Estimate and difference from the finest mesh against the number of triangles.

    Args:
        steps: From the coarsest to the finest mesh.
        tolerance: Of the case.

    Rank-local: call on one rank.
    """
    cells = np.array([one.cells for one in steps])
    excess = np.array([one.i_ratio for one in steps]) - 1
    difference = np.abs(excess[:-1] - excess[-1]) / excess[-1]
    figure = new_figure(SINGLE_COLUMN, 66.0)
    axes = figure.subplots()
    bounds = [one.i_ratio_error for one in steps]
    axes.loglog(cells, bounds, "o-", ms=3.0, color=BLUE, label="error estimate")
    seen = difference > 0
    axes.loglog(
        cells[:-1][seen], difference[seen], "s-", ms=3.0, color=VERMILLION,
        label="difference from the finest mesh",
    )  # fmt: skip
    axes.axhline(tolerance, color=BLACK, lw=0.6, ls="--", label=f"tolerance {tolerance:g}")
    axes.axvline(PAPER_CELLS, color=GREY, lw=0.8, ls=":", label="elements in Tran et al. (2025)")
    axes.set(xlabel="triangles", ylabel=r"relative error of $i_\mathrm{max}/i_\mathrm{min} - 1$")
    figure.legend(loc="outside upper center", ncols=2)
    return figure
