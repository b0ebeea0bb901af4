# SPDX-License-Identifier: BSD-3-Clause
"""The current ratio over one or two swept parameters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from interfacefem.report.column_text import label_of
from interfacefem.report.style import BLUE, SINGLE_COLUMN, new_figure, styled

RATIO_LABEL = r"$i_\mathrm{max}/i_\mathrm{min} - 1$"
_LABELS = {"wagner_number": "Wagner number", "i_app_over_i0": "applied / exchange current density"}
_LOG_SPAN = 9.0  # from this ratio of largest to smallest value an axis is logarithmic


@styled
def sweep_figure(
    columns: Sequence[str],
    axes_values: Sequence[npt.NDArray[np.floating]],
    i_ratio: Sequence[float | None],
) -> Figure:
    """``i_max/i_min - 1`` as a curve over one parameter or a map over two.

    Args:
        columns: Name of each parameter, ending with its unit.
        axes_values: Its values, increasing.
        i_ratio: At every combination, the last parameter varying fastest; None leaves a gap.

    Rank-local: call on one rank.
    """
    figure = new_figure(SINGLE_COLUMN, 66.0)
    draw_sweep(figure.subplots(), columns, axes_values, i_ratio)
    return figure


def draw_sweep(
    axes: Axes,
    columns: Sequence[str],
    axes_values: Sequence[npt.NDArray[np.floating]],
    i_ratio: Sequence[float | None],
) -> None:
    """The same in given axes; arguments as in :func:`sweep_figure`."""
    excess = np.array([np.nan if ratio is None else ratio - 1 for ratio in i_ratio])
    excess[excess <= 0] = np.nan
    _label(axes, "x", columns[0], axes_values[0])
    if len(columns) == 1:
        axes.plot(axes_values[0], excess, "o-", ms=3.0, color=BLUE)
        axes.set_yscale("log")
        axes.set_ylabel(RATIO_LABEL)
        return
    _label(axes, "y", columns[1], axes_values[1])
    grid = excess.reshape(len(axes_values[0]), len(axes_values[1])).T
    if np.isfinite(grid).any():
        drawn = axes.pcolormesh(
            _edges(axes_values[0], axes.get_xscale()),
            _edges(axes_values[1], axes.get_yscale()),
            grid,
            norm=LogNorm(),
            cmap="viridis",
        )
        axes.figure.colorbar(drawn, ax=axes, label=RATIO_LABEL)
        if min(grid.shape) > 2 and np.isfinite(grid).all():
            lines = axes.contour(
                axes_values[0], axes_values[1], grid, norm=LogNorm(), colors="white", linewidths=0.6
            )
            axes.clabel(lines, fmt="%g", fontsize=6)


def _edges(values: npt.NDArray[np.floating], scale: str) -> npt.NDArray[np.floating]:
    """Ends of the cells around values, halfway between them on their axis."""
    places = np.log(values) if scale == "log" else np.asarray(values, dtype=float)
    widths = np.diff(places) if len(places) > 1 else np.array([1.0])
    ends = [places[0] - widths[0] / 2, places[-1] + widths[-1] / 2]
    edges = np.concatenate([ends[:1], (places[:-1] + places[1:]) / 2, ends[1:]])
    return np.exp(edges) if scale == "log" else edges


def _label(axes: Axes, which: str, column: str, values: npt.NDArray[np.floating]) -> None:
    axes.set(**{f"{which}label": _LABELS.get(column) or label_of(column)})
    if values.min() > 0 and values.max() / values.min() > _LOG_SPAN:
        axes.set(**{f"{which}scale": "log"})
