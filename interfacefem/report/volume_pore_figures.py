# SPDX-License-Identifier: BSD-3-Clause
"""Pores of a volume: cross sections, sizes, porosity and tortuosity over depth."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from interfacefem.report.style import (
    BLUE,
    DOUBLE_COLUMN,
    GREEN,
    GREY,
    OTHER_PHASE,
    POTENTIAL_MAP,
    VERMILLION,
    new_figure,
    panel_letter,
    round_ticks,
    styled,
)
from interfacefem.units import UM
from interfacefem.volumes.pore_analysis import PoreAnalysis

_SOLID = "#4D4D4D"
_PERCOLATING = "#D62728"
_AXIS_COLOURS = (VERMILLION, BLUE, GREEN)


@styled
def pore_section_figure(analysis: PoreAnalysis) -> Figure:
    """Percolating pores in red and others in white (as Fig. 4b of Tran 2025), geodesic distance.

    Both in the plane through the middle, the top above. Rank-local: call on one rank.
    """
    pores = analysis.pores
    kinds = np.moveaxis(
        (pores.labels > 0).astype(np.int8) + pores.mask(pores.percolates), pores.axis, 0
    )
    across = [axis for axis in range(3) if axis != pores.axis]
    middle = kinds.shape[1] // 2
    distance = analysis.paths.distance[:, middle]
    height, width = (
        count * pores.voxel_size[axis] / UM
        for count, axis in zip(distance.shape, (pores.axis, across[1]), strict=True)
    )
    panel = (DOUBLE_COLUMN - 36) / 2
    figure = new_figure(DOUBLE_COLUMN, float(np.clip(panel * height / width, 25, 110)) + 17)
    left, right = figure.subplots(1, 2)
    extent = (0.0, width, height, 0.0)
    left.imshow(
        kinds[:, middle], cmap=ListedColormap([_SOLID, "white", _PERCOLATING]), vmin=0, vmax=2,
        extent=extent, interpolation="nearest",
    )  # fmt: skip
    left.legend(
        handles=[
            Patch(facecolor=_PERCOLATING, edgecolor="black", label="percolating pores"),
            Patch(facecolor="white", edgecolor="black", label="other pores"),
            Patch(facecolor=_SOLID, edgecolor="black", label="solid"),
        ],
        loc="lower center", bbox_to_anchor=(0.54, 1.0), ncols=3, handlelength=1.0,
    )  # fmt: skip
    panel_letter(left, "a")
    drawn = right.imshow(
        np.ma.masked_invalid(distance / UM), cmap=POTENTIAL_MAP, extent=extent,
        interpolation="nearest",
    )  # fmt: skip
    right.set_facecolor(OTHER_PHASE)
    figure.colorbar(drawn, ax=right, label="path length from the top (µm)", fraction=0.046)
    path = analysis.paths.path
    if len(path):
        line = (path + 0.5) * np.array(pores.voxel_size) / UM
        right.plot(line[:, across[1]], line[:, pores.axis], color="white", lw=2.2)
        right.plot(
            line[:, across[1]], line[:, pores.axis], color="black", lw=1.0,
            label="shortest path through the volume, projected",
        )  # fmt: skip
        right.legend(loc="lower center", bbox_to_anchor=(0.54, 1.0))
    panel_letter(right, "b")
    for axes in (left, right):
        axes.set(xlabel=f"axis {across[1]} (µm)", ylabel=f"depth along axis {pores.axis} (µm)")
        axes.set(xlim=(0, width), ylim=(height, 0))
        axes.xaxis.set_major_locator(round_ticks(5))
        axes.yaxis.set_major_locator(round_ticks(5))
        for spine in axes.spines.values():
            spine.set_visible(True)
    return figure


@styled
def pore_profile_figure(analysis: PoreAnalysis) -> Figure:
    """Porosity per slice along each axis, near the faces, tortuosity over depth, sizes of pores.

    Rank-local: call on one rank.
    """
    figure = new_figure(DOUBLE_COLUMN, 112.0)
    (slices, near), (tortuosity, sizes) = figure.subplots(2, 2)
    steps = analysis.volume.voxel_size
    for axis, porosity in enumerate(analysis.porosity_per_slice):
        depth = (np.arange(len(porosity)) + 0.5) * steps[axis] / UM
        slices.plot(
            depth, 100 * porosity, color=_AXIS_COLOURS[axis], lw=0.8,
            label=f"axis {axis}, ± {100 * porosity.std():.2g} %",
        )  # fmt: skip
    slices.set(xlabel="position (µm)", ylabel="porosity of the slice (%)")
    slices.set_xlim(left=0)
    slices.legend(
        loc="lower right", bbox_to_anchor=(1.03, 1.0), ncols=3, columnspacing=0.8,
        handlelength=1.3, handletextpad=0.4, borderpad=0,
    )  # fmt: skip
    panel_letter(slices, "a")
    _near_faces(near, analysis)
    panel_letter(near, "b")
    _tortuosity(tortuosity, analysis)
    panel_letter(tortuosity, "c")
    _sizes(sizes, analysis)
    panel_letter(sizes, "d")
    return figure


def _near_faces(axes: Axes, analysis: PoreAnalysis) -> None:
    near = analysis.near_faces
    values = 100 * np.array([near.first, near.interior, near.last])
    deviations = 100 * np.array([near.first_sd, near.interior_sd, near.last_sd])
    axes.bar(
        ["top", "interior", "bottom"], values, color=[VERMILLION, GREY, BLUE], width=0.6,
        yerr=deviations, error_kw={"lw": 0.8, "capsize": 2.5},
    )  # fmt: skip
    axes.set_ylabel(
        f"porosity (%), within {near.depth / UM:.3g} µm\nof a face and between (sd of slices)"
    )
    axes.set_ylim(0, 1.15 * float((values + deviations).max()) or 1.0)


def _tortuosity(axes: Axes, analysis: PoreAnalysis) -> None:
    paths = analysis.paths
    depth = (np.arange(len(paths.slice_tortuosity)) + 0.5) / len(paths.slice_tortuosity)
    axes.set(
        xlabel=f"depth along axis {analysis.pores.axis} (µm)", ylabel="tortuosity of the pores"
    )
    if np.isfinite(paths.slice_tortuosity).any():
        axes.plot(depth * paths.thickness / UM, paths.slice_tortuosity, color=VERMILLION)
        axes.axhline(1.0, color=GREY, lw=0.6, ls="--")
        axes.set_xlim(left=0)
    else:
        axes.text(0.5, 0.5, "no percolating pore", transform=axes.transAxes, ha="center")


def _sizes(axes: Axes, analysis: PoreAnalysis) -> None:
    sizes = analysis.sizes
    diameters: dict[str, tuple[npt.NDArray[np.floating], str, str]] = {
        "Feret": (sizes.feret_diameter, VERMILLION, "-"),
        "equivalent": (sizes.equivalent_diameter, BLUE, "--"),
    }
    for label, (diameter, colour, style) in diameters.items():
        ascending, share = sizes.cumulative_volume(diameter)
        axes.step(
            ascending / UM, 100 * share, where="post", color=colour, ls=style,
            label=f"volume, {label}",
        )  # fmt: skip
    ascending = np.sort(sizes.feret_diameter)
    number = np.arange(1, len(ascending) + 1) / len(ascending)
    axes.step(
        ascending / UM, 100 * number, where="post", color=GREY, ls=":", lw=1.2,
        label="number, Feret",
    )  # fmt: skip
    axes.set_xscale("log")
    axes.set(xlabel="Feret or equivalent diameter of a pore (µm)", ylabel="cumulative share (%)")
    axes.set_ylim(0, 102)
    axes.legend(
        loc="lower right", bbox_to_anchor=(1.03, 1.0), ncols=3, columnspacing=0.8,
        handlelength=1.3, handletextpad=0.4, borderpad=0,
    )  # fmt: skip
