# SPDX-License-Identifier: BSD-3-Clause
"""Current through a segmented volume: at the electrode's plane, against depth, along a section."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from interfacefem.conduction.electrode_plane import PlaneCurrent, plane_current, whole_plane
from interfacefem.conduction.solver import VolumeSlab
from interfacefem.conduction.transport import AxisTransport
from interfacefem.parallel import on_first_rank
from interfacefem.report.style import (
    BLACK,
    BLUE,
    CURRENT_MAP,
    DOUBLE_COLUMN,
    GREY,
    METAL,
    SINGLE_COLUMN,
    SMALL_FONT_SIZE,
    VERMILLION,
    length_text,
    new_figure,
    panel_letter,
    round_ticks,
    save_figure,
    styled,
)
from interfacefem.units import UM

Array = npt.NDArray[np.floating]

_BRIGHTEST = 0.995  # quantile of the contact at the end of the colour bar
_BINS = 60
_DEPTHS = 24
_TWO_PANELS = 125.0  # mm
_STREAMLINES = 1.1  # matplotlib's density


def write_transport_figures(
    transport: AxisTransport,
    volume: VolumeSlab,
    critical: float | None,
    applied: float | None,
    end: int,
    out: Path,
) -> list[PlaneCurrent]:
    """Write the figures of one axis; returns the planes at the depths they show.

    Args:
        transport: Along this axis; current flows.
        volume: What was solved for.
        critical: Critical current density in A/m^2, if one is given.
        applied: Applied current density in A/m^2, if one is given.
        end: End of the axis with the electrode's plane.
        out: Folder.

    Collective.
    """
    axis, comm = transport.conduction.axis, volume.slabs.comm
    assert transport.plane is not None
    plane = transport.plane
    relative_critical = critical / applied if critical and applied else None
    depths = _planes_at_depths(transport, volume, end)
    section = _section(transport, volume)

    def write() -> None:
        figure = plane_figure(plane, depths, volume.voxel_size, axis, relative_critical)
        save_figure(figure, out / f"electrode_plane_axis{axis}.png")
        save_figure(section_figure(*section, axis=axis), out / f"streamlines_axis{axis}.png")

    on_first_rank(comm, write)
    return depths


@styled
def plane_figure(
    plane: PlaneCurrent,
    depths: Sequence[PlaneCurrent],
    voxel_size: tuple[float, float, float],
    axis: int,
    relative_critical: float | None = None,
) -> Figure:
    """Map, distribution and decay with depth of the current density at the electrode's plane.

    Args:
        plane: At the electrode.
        depths: At ever larger depths; the first is ``plane``.
        voxel_size: Edges in m.
        axis: Normal to the plane.
        relative_critical: Critical over applied current density, if known.

    Rank-local: call on one rank.
    """
    figure = new_figure(DOUBLE_COLUMN, 58.0)
    left, middle, right = figure.subplots(1, 3, width_ratios=(1.25, 1, 1))
    draw_plane(left, plane, voxel_size, axis)
    panel_letter(left, "a")
    _draw_distribution(middle, plane, relative_critical)
    panel_letter(middle, "b")
    _draw_depths(right, depths)
    panel_letter(right, "c")
    return figure


@styled
def electrode_figure(
    plane: PlaneCurrent,
    voxel_size: tuple[float, float, float],
    axis: int,
    relative_critical: float | None = None,
) -> Figure:
    """Map and distribution of the current density at the electrode's plane.

    Args:
        plane: At the electrode.
        voxel_size: Edges in m.
        axis: Normal to the plane.
        relative_critical: Critical over applied current density, if known.
    """
    figure = new_figure(_TWO_PANELS, 58.0)
    left, right = figure.subplots(1, 2, width_ratios=(1.25, 1))
    draw_plane(left, plane, voxel_size, axis)
    panel_letter(left, "a")
    _draw_distribution(right, plane, relative_critical)
    panel_letter(right, "b")
    return figure


def draw_plane(
    axes: Axes, plane: PlaneCurrent, voxel_size: tuple[float, float, float], axis: int
) -> None:
    """Map of the current density over the applied one at the electrode's plane."""
    others = [other for other in range(3) if other != axis]
    sizes = [voxel_size[other] / UM for other in others]
    height, width = (count * size for count, size in zip(plane.relative.shape, sizes, strict=True))
    brightest = plane.quantile(_BRIGHTEST)
    image = axes.imshow(
        np.ma.masked_where(~plane.contact, plane.relative),
        cmap=CURRENT_MAP,
        vmin=0,
        vmax=brightest,
        origin="lower",
        extent=(0, width, 0, height),
        interpolation="nearest",
    )
    axes.set_facecolor(METAL)
    axes.set(xlabel=f"axis {others[1]} (µm)", ylabel=f"axis {others[0]} (µm)")
    _frame(axes)
    above = "max" if plane.hot_spot_factor > brightest else "neither"
    bar = axes.figure.colorbar(
        image, ax=axes, label=r"$i\,/\,i_\mathrm{app}$", fraction=0.046, pad=0.03, extend=above
    )
    bar.locator = round_ticks(5)
    bar.outline.set_linewidth(0.5)  # type: ignore[operator]
    axes.set_title("grey: no contact", loc="right", fontsize=SMALL_FONT_SIZE, pad=3.0)


def _draw_distribution(axes: Axes, plane: PlaneCurrent, relative_critical: float | None) -> None:
    values = plane.relative[plane.contact]
    top = float(np.quantile(values, 0.999))
    bins = np.linspace(0, max(top, 1e-12), _BINS)
    share = np.full(values.shape, 100 / len(values))
    axes.hist(np.minimum(values, top), list(bins), weights=share, color=BLUE, alpha=0.75)
    q99 = plane.quantile(0.99)
    axes.axvline(q99, color=VERMILLION, label=f"99 % of contact below {q99:.3g}")
    if relative_critical is not None and relative_critical < top:
        axes.axvline(
            relative_critical, color=BLACK, linestyle="--",
            label=f"critical: {relative_critical:.3g}",
        )  # fmt: skip
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.2)
    axes.set(
        xlabel=r"$i\,/\,i_\mathrm{app}$ (last bar: all above)", ylabel="share of contact (%)",
        xlim=(0, top),
    )  # fmt: skip
    axes.xaxis.set_major_locator(round_ticks(5))
    axes.yaxis.set_major_locator(round_ticks(5))


def _draw_depths(axes: Axes, depths: Sequence[PlaneCurrent]) -> None:
    depth = [plane.depth / UM for plane in depths]
    axes.plot(
        depth, [plane.hot_spot_factor for plane in depths], color=GREY, marker="o", markersize=2,
        label="largest",
    )  # fmt: skip
    axes.plot(
        depth, [plane.quantile(0.99) for plane in depths], color=VERMILLION, marker="s",
        markersize=2, label="99 % quantile",
    )  # fmt: skip
    axes.plot(
        depth, [plane.quantile(0.5) for plane in depths], color=BLUE, marker="^", markersize=2,
        label="median",
    )  # fmt: skip
    axes.set(xlabel="depth from the electrode (µm)", ylabel=r"$i\,/\,i_\mathrm{app}$")
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_locator(round_ticks(5))
    axes.yaxis.set_major_locator(round_ticks(5))
    axes.legend(
        loc="lower right", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.2, ncols=2,
    )  # fmt: skip


@styled
def section_figure(
    along: Array, across: Array, sizes: tuple[float, float], across_axis: int, *, axis: int
) -> Figure:
    """Streamlines through the middle section that holds the axis of conduction.

    Args:
        along: Current density along the axis over the applied one, nan where nothing conducts,
            shape (voxels along the axis, voxels across).
        across: The same across it, within the section.
        sizes: Edges of a voxel along and across in m.
        across_axis: Which axis that is.
        axis: Axis of conduction; the electrode with phi = 1 is at the bottom.

    Rank-local: call on one rank.
    """
    height, width = along.shape[0] * sizes[0] / UM, along.shape[1] * sizes[1] / UM
    panel = float(np.clip(54.0 * height / width, 25.0, 120.0))
    figure = new_figure(SINGLE_COLUMN, panel + 14.0)
    axes = figure.subplots()
    magnitude = np.hypot(along, across)
    image = axes.imshow(
        np.ma.masked_invalid(magnitude),
        cmap=CURRENT_MAP,
        vmin=0,
        vmax=float(np.nanquantile(magnitude, _BRIGHTEST)),
        origin="lower",
        extent=(0, width, 0, height),
        interpolation="nearest",
    )
    axes.set_facecolor(METAL)
    x = (np.arange(along.shape[1]) + 0.5) * sizes[1] / UM
    z = (np.arange(along.shape[0]) + 0.5) * sizes[0] / UM
    axes.streamplot(
        x, z, np.ma.masked_invalid(across), np.ma.masked_invalid(along), color="white",
        linewidth=0.45, density=_STREAMLINES * 1.5, arrowsize=0.35,
    )  # fmt: skip
    axes.set(
        xlim=(0, width), ylim=(0, height), xlabel=f"axis {across_axis} (µm)",
        ylabel=f"axis {axis} (µm)",
    )  # fmt: skip
    _frame(axes)
    label = r"current density $|i|\,/\,i_\mathrm{app}$"
    bar = figure.colorbar(image, ax=axes, label=label, fraction=0.046, pad=0.03, extend="max")
    bar.locator = round_ticks(5)
    bar.outline.set_linewidth(0.5)  # type: ignore[operator]
    axes.set_title(
        f"voxel {length_text(sizes[0])}; grey: no current", loc="right",
        fontsize=SMALL_FONT_SIZE, pad=3.0,
    )  # fmt: skip
    return figure


def _frame(axes: Axes) -> None:
    axes.xaxis.set_major_locator(round_ticks(5))
    axes.yaxis.set_major_locator(round_ticks(5))
    for spine in axes.spines.values():
        spine.set_visible(True)


def _planes_at_depths(transport: AxisTransport, volume: VolumeSlab, end: int) -> list[PlaneCurrent]:
    """Planes down to the middle of the volume; collective."""
    deepest = max(volume.shape[transport.conduction.axis] // 2, 1)
    chosen = np.unique(np.rint(np.linspace(0, deepest - 1, _DEPTHS)).astype(int))
    planes = (
        plane_current(transport.conduction, volume, planes=int(depth), end=end) for depth in chosen
    )
    return [plane for plane in planes if plane is not None]


def _section(
    transport: AxisTransport, volume: VolumeSlab
) -> tuple[Array, Array, tuple[float, float], int]:
    """Current density in the middle section along the axis; collective."""
    conduction = transport.conduction
    axis = conduction.axis
    normal, across_axis = (other for other in (0, 1, 2) if other != axis)
    middle = volume.shape[normal] // 2
    # axes that remain keep their order
    potential = whole_plane(conduction.potential, normal, middle, volume)
    phases = whole_plane(conduction.phases, normal, middle, volume)
    sigma = np.array(conduction.conductivities)[phases]
    if across_axis < axis:
        potential, sigma = potential.T, sigma.T
    sizes = volume.voxel_size[axis], volume.voxel_size[across_axis]
    # sigma_eff over the length is the mean current density
    mean = conduction.sigma_eff / (volume.shape[axis] * volume.voxel_size[axis])
    along = _cell_current(potential, sigma, sizes[0], 0, plates=True) / mean
    across = _cell_current(potential, sigma, sizes[1], 1, plates=False) / mean
    nowhere = np.isnan(potential)
    return (
        np.where(nowhere, np.nan, along),
        np.where(nowhere, np.nan, across),
        sizes,
        across_axis,
    )


def _cell_current(potential: Array, sigma: Array, size: float, axis: int, *, plates: bool) -> Array:
    """Mean of the current densities through the two faces of each voxel along an axis."""
    phi, s = np.moveaxis(potential, axis, 0), np.moveaxis(sigma, axis, 0)
    faces = np.zeros((len(phi) + 1, *phi.shape[1:]))
    total = s[:-1] + s[1:]
    series = np.divide(2 * s[:-1] * s[1:], total, out=np.zeros_like(total), where=total > 0)
    faces[1:-1] = series * np.nan_to_num(phi[:-1] - phi[1:]) / size
    faces[1:-1][np.isnan(phi[:-1] - phi[1:])] = 0
    if plates:
        faces[0] = np.nan_to_num(2 * s[0] * (1 - phi[0]) / size)
        faces[-1] = np.nan_to_num(2 * s[-1] * phi[-1] / size)
    return np.moveaxis((faces[1:] + faces[:-1]) / 2, 0, axis)
