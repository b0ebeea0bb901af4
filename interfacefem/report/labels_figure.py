# SPDX-License-Identifier: BSD-3-Clause
"""Labels of a segmented volume or image: its middle slice."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from interfacefem.report.style import SINGLE_COLUMN, line_colour, new_figure, styled

Labels = npt.NDArray[np.integer]


@styled
def labels_figure(labels: Labels) -> Figure:
    """The middle slice in one colour for each label, with its share of the whole.

    Args:
        labels: Shape (slices, rows, columns) or (rows, columns).
    """
    figure = new_figure(SINGLE_COLUMN, 75.0)
    draw_labels(figure.subplots(), labels)
    return figure


def draw_labels(axes: Axes, labels: Labels) -> None:
    """The same in given axes."""
    values, counts = np.unique(labels, return_counts=True)
    middle = labels if labels.ndim == 2 else labels[len(labels) // 2]
    colours = [line_colour(index) for index in range(len(values))]
    axes.imshow(
        np.searchsorted(values, middle), cmap=ListedColormap(colours), vmin=-0.5,
        vmax=len(values) - 0.5, interpolation="nearest",
    )  # fmt: skip
    axes.set(xlabel="column (pixels)", ylabel="row (pixels)")
    axes.legend(
        handles=[
            Patch(color=colour, label=f"{value}: {100 * count / labels.size:.3g} %")
            for value, count, colour in zip(values, counts, colours, strict=True)
        ],
        loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4,
    )  # fmt: skip
