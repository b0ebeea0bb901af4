# SPDX-License-Identifier: BSD-3-Clause
"""A section of a cathode with what takes part of its active material."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from interfacefem.report.style import BLUE, SINGLE_COLUMN, SKY, VERMILLION, new_figure, styled
from interfacefem.units import UM
from interfacefem.volumes.cathode import CathodeUse


@styled
def cathode_figure(found: CathodeUse) -> Figure:
    """The middle section along the axis; rank-local: call on one rank."""
    figure = new_figure(SINGLE_COLUMN, 88.0)
    axes = figure.subplots()
    draw_cathode(axes, found)
    figure.legend(handles=_handles(), loc="outside lower center", ncols=2)
    return figure


def draw_cathode(axes: Axes, found: CathodeUse) -> None:
    """The same in axes that are given."""
    across = 2 if found.phases.axis != 2 else 1
    middle = found.volume.shape[across] // 2
    labels = np.asarray(found.volume.labels).take(middle, across)
    active = found.active.take(middle, across)
    if found.phases.axis == max(axis for axis in range(3) if axis != across):
        labels, active = labels.T, active.T
    picture = np.ones((*labels.shape, 3))
    picture[np.isin(labels, found.phases.electrolyte)] = to_rgb(SKY)
    picture[np.isin(labels, found.phases.cam)] = to_rgb(VERMILLION)
    picture[active] = to_rgb(BLUE)
    rest = [axis for axis in range(3) if axis not in (across, found.phases.axis)]
    down = found.volume.voxel_size[found.phases.axis] / UM * labels.shape[0]
    along = found.volume.voxel_size[rest[0]] / UM * labels.shape[1]
    axes.imshow(picture, extent=(0, along, down, 0), interpolation="nearest")
    ends = ("separator", "collector")
    top, bottom = ends[::-1] if found.phases.collector == "low" else ends
    axes.set(xlabel="µm", ylabel=f"{bottom}  ←  axis {found.phases.axis} (µm)  →  {top}")


def _handles() -> list[Patch]:
    return [
        Patch(facecolor=colour, edgecolor="black", lw=0.3, label=text)
        for colour, text in (
            (BLUE, "active material, active"), (VERMILLION, "active material, idle"),
            (SKY, "electrolyte"), ("white", "pore and other"),
        )
    ]  # fmt: skip
