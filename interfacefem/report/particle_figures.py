# SPDX-License-Identifier: BSD-3-Clause
"""What was taken for a particle, and the size distributions that follow."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from skimage.segmentation import find_boundaries

from interfacefem.process.particles import ParticleField, ParticleSizes
from interfacefem.process.size_distribution import WEIGHT_NAMES, SizeDistribution
from interfacefem.report.style import (
    BLUE,
    DOUBLE_COLUMN,
    ORANGE,
    SINGLE_COLUMN,
    VERMILLION,
    length_text,
    line_colour,
    new_figure,
    plain_log_ticks,
    round_length,
    styled,
)
from interfacefem.units import UM

Labels = npt.NDArray[np.int32]

_LONGEST_SIDE = 1600  # pixels of the picture: more than print shows


@styled
def particle_overlay_figure(field: ParticleField) -> Figure:
    """Outlines of the particles on the image; of a volume, on three sections through its middle.

    Rank-local: call on one rank.
    """
    sections: list[tuple[Labels, npt.NDArray[np.floating] | None, tuple[int, int]]]
    if field.labels.ndim == 2:
        sections = [(field.labels, field.gray, (0, 1))]
    else:
        sections = [
            (np.asarray(field.labels.take(field.labels.shape[axis] // 2, axis)), None, rest)
            for axis, rest in ((0, (1, 2)), (1, (0, 2)), (2, (0, 1)))
        ]
    rows, columns = sections[0][0].shape
    width = DOUBLE_COLUMN if len(sections) > 1 or columns > 1.4 * rows else SINGLE_COLUMN * 1.4
    height = width / len(sections) * rows / columns + 8
    figure = new_figure(width, min(height, 200.0))
    panels = np.atleast_1d(figure.subplots(1, len(sections)))
    for axes, (labels, gray, rest) in zip(panels, sections, strict=True):
        picture = _outlined(labels, gray, field.weight)
        axes.imshow(picture, interpolation="nearest")
        axes.set_axis_off()
        _scale_bar(axes, labels.shape, field.pixel[rest[1]])
    handles = [
        axes.plot([], [], color=colour, lw=1.5, label=text)[0]
        for colour, text in (
            (VERMILLION, "counted"), (BLUE, "cut by the border: not counted, made up for"),
        )
    ]  # fmt: skip
    figure.legend(handles=handles, loc="outside lower center", ncols=2)
    return figure


@styled
def size_figure(sizes: ParticleSizes) -> Figure:
    """Cumulative curves by number, area and volume on a logarithmic axis, with d50.

    Rank-local: call on one rank.
    """
    figure = new_figure(SINGLE_COLUMN, 62.0)
    draw_sizes(figure.subplots(), sizes)
    return figure


def draw_sizes(axes: Axes, sizes: ParticleSizes) -> None:
    """The same in axes that are given."""
    for index, (weight, name) in enumerate(WEIGHT_NAMES.items()):
        for image in sizes.fields if len(sizes.fields) > 1 else ():
            _cumulative(axes, image.sizes, weight, color=line_colour(index), lw=0.4, alpha=0.5)
        _cumulative(axes, sizes.sizes, weight, color=line_colour(index), label=f"by {name}")
        d50 = sizes.summaries[weight].quantiles["d50"]
        axes.plot(d50.value / UM, 50, "o", ms=3, color=line_colour(index), clip_on=False)
        low = d50.resampled_low if d50.low is None else d50.low
        high = d50.resampled_high if d50.high is None else d50.high
        axes.plot([low / UM, high / UM], [50, 50], color=line_colour(index), lw=1.6, alpha=0.6)
    if sizes.unfolded is not None:
        _cumulative(axes, sizes.spheres, 3, color=ORANGE, ls="--", label="spheres, by volume")
    axes.set_xscale("log")
    plain_log_ticks(axes.xaxis)
    axes.set(ylim=(0, 100), ylabel="smaller (%)")
    axes.set_xlabel(
        "diameter of the ball of equal volume (µm)"
        if sizes.basis == "volume"
        else "diameter of the disc of equal area (µm)"
    )
    axes.legend(loc="upper left")


def _cumulative(axes: Axes, sizes: SizeDistribution, weight: int, **look: object) -> None:
    diameter, share = sizes.cumulative(weight)
    axes.plot(diameter / UM, 100 * share, drawstyle="steps-post", **look)  # type: ignore[arg-type]


def _outlined(
    labels: npt.NDArray[np.int32],
    gray: npt.NDArray[np.floating] | None,
    weight: npt.NDArray[np.floating],
) -> npt.NDArray[np.floating]:
    step = max(1, -(-max(labels.shape) // _LONGEST_SIDE))
    # outlines of about the same breadth in print whatever the image's size
    edge = find_boundaries(labels, mode="inner")
    for _ in range(max(labels.shape) // 700):
        edge |= find_boundaries(np.where(edge, 0, labels), mode="inner") & (labels > 0)
    shade = np.where(labels > 0, 0.75, 0.25) if gray is None else _stretched(gray)
    picture = np.repeat(shade[..., None], 3, axis=2)
    counted = np.concatenate(([False], weight > 0))[labels]
    picture[edge & counted] = to_rgb(VERMILLION)
    picture[edge & ~counted] = to_rgb(BLUE)
    shown: npt.NDArray[np.floating] = picture[::step, ::step]
    return shown


def _stretched(gray: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    low, high = np.quantile(gray, (0.005, 0.995))
    if not low < high:
        low, high = gray.min(), gray.max()
    stretched: npt.NDArray[np.floating] = np.clip((gray - low) / max(high - low, 1e-9), 0, 1)
    return stretched.astype(np.float64)


def _scale_bar(axes: Axes, shape: tuple[int, ...], pixel: float) -> None:
    step = max(1, -(-max(shape) // _LONGEST_SIDE))
    length = round_length(0.25 * shape[1] * pixel)
    along, down = shape[1] / step, shape[0] / step
    begin, end = 0.04 * along, 0.04 * along + length / pixel / step
    axes.add_patch(
        Rectangle(
            (begin - 0.015 * along, 0.885 * down), end - begin + 0.03 * along, 0.095 * down,
            color="black", alpha=0.55, lw=0,
        )
    )  # fmt: skip
    axes.plot([begin, end], [0.955 * down] * 2, color="white", lw=2, solid_capstyle="butt")
    axes.text(
        (begin + end) / 2, 0.94 * down, length_text(length), color="white", ha="center", va="bottom"
    )
