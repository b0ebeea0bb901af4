# SPDX-License-Identifier: BSD-3-Clause
"""Where in a frame the interface is sought: across all of it, or along sampling lines."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import stats

from interfacefem.errors import ImageError
from interfacefem.images.attempt import NoLineError
from interfacefem.images.boundary import NoBoundaryError, separated, spanning_curve
from interfacefem.images.frame import Frame
from interfacefem.images.micrograph import Micrograph
from interfacefem.images.sampling_line import edge_slope, sampling_line_field
from interfacefem.parameters.sampling import TRAN2025, TRAN2025_WIDTH, Sampling
from interfacefem.surfaces.profile import MIN_WIDTH_IN_PIXELS
from interfacefem.units import UM

Array: TypeAlias = npt.NDArray[np.floating]

LEVEL_TILT = 2.0  # degrees; the overall tilt of a contour is rotated out above this
SURE_TILT = 6.0  # times its standard error: none of 89 drawn level tapes is turned, where 23 were
TILT_BLOCKS = 6  # pieces that are taken for independent: longer than grains and pores
LINE_SPAN = (0.2, 0.9)  # part of the section's height over which sampling lines are spread
_MATRIX_SHARE = 0.5  # of a row's pixels, over the largest such share
_RETRIES = (0.0, 0.25, -0.25, 0.4, -0.4)  # of the distance between two sampling lines


@dataclass(frozen=True, eq=False)
class Place:
    """A place to look for one section.

    Attributes:
        values: Field whose zero line is sought, shape ``(rows, columns)``.
        u, v: Position of its first pixel in the frame.
        again: What ``values`` would be for another field on the whole image.
        line: ``v`` of the sampling line, if there is one.
        depth_limit: ``v`` of the deepest place that voids are followed to.
    """

    values: Array
    u: int
    v: int
    again: Callable[[Array], Array]
    line: float | None = None
    depth_limit: float | None = None


def overall_tilt(columns: Array, rows: Array) -> float:
    """Angle in rad by which a contour descends to the right; zero where nothing tells it.

    Of a rough line cut anywhere a least-squares line rises by degrees though the specimen is level:
    most of the drawn tapes with large pores would be turned, by up to 12 degrees. A tilt is
    believed where it is above ``LEVEL_TILT`` and ``SURE_TILT`` times its own standard error, from
    the medians of ``TILT_BLOCKS`` pieces of what is seen from the metal.

    Args:
        columns: Of the contour's points in pixels, shape ``(n,)``.
        rows: Of them, growing toward the metal.
    """
    places = np.round(columns - columns.min()).astype(int)
    seen = np.full(places.max() + 1, -np.inf)
    np.maximum.at(seen, places, rows)
    x = np.flatnonzero(np.isfinite(seen))
    if len(x) < 2 * TILT_BLOCKS:
        return 0.0
    pieces = np.array_split(x, TILT_BLOCKS)
    line = stats.linregress(
        [piece.mean() for piece in pieces], [float(np.median(seen[piece])) for piece in pieces]
    )
    angle = math.atan(float(np.polyfit(x, seen[x], 1)[0]))
    is_sure = abs(line.slope) > SURE_TILT * line.stderr
    return angle if is_sure and abs(math.degrees(angle)) >= LEVEL_TILT else 0.0


def tilt_note(frame: Frame) -> str:
    """What is said of sections that were turned."""
    return f"an overall tilt of {frame.rise_degrees:.2f} degrees was rotated out"


def contour_place(
    whole: Array, frame: Frame, micrograph: Micrograph, settings: Sampling
) -> tuple[Frame, Place]:
    """The whole frame, turned so that the interface is level overall.

    Args:
        whole: Positive in the electrolyte, shape ``(rows, columns)``.
        frame: Where it lies in the image.
        micrograph: The image.
        settings: Give the rotation.

    Raises:
        NoLineError: The phases leave no interface through the image.
    """
    try:
        columns, rows = spanning_curve(whole)
    except NoBoundaryError as error:
        raise NoLineError(
            "the phases chosen leave no interface through the image",
            field="phases",
            found=str(error),
        ) from None
    # what is electrolyte is settled in the whole image, not by what a turned piece happens to show
    values = separated(whole)
    angle = overall_tilt(columns, rows)
    if settings.rotation != "auto":
        angle = frame.angle_of_rise(float(settings.rotation))
    if not angle:
        _require_width(frame.shape[1] - 1, micrograph, settings)
        return frame, Place(values, 0, 0, _as_it_is)
    # the u axis through the middle of the contour tells the sides apart outside the image
    frame = replace(frame, angle=angle, row=float(rows.mean()), column=float(columns.mean()))
    _, _, v0, v1 = frame.bounds()
    # a side of the image crosses the contour anywhere within its height
    along, across = frame.from_image(rows, columns)
    lost = float(np.abs(across).max()) * abs(math.tan(angle))
    first, last = math.ceil(along[0] + lost), math.floor(along[-1] - lost)
    _require_width(last - first, micrograph, settings)

    def turned(whole: Array) -> Array:
        values = separated(whole)
        part = frame.resampled(values, first, last + 1, v0, v1)
        outside = np.where(np.arange(v0, v1) < 0, 1.0, -1.0)[:, None] * np.abs(values).max()
        return np.where(np.isnan(part), outside, part)

    return frame, Place(turned(whole), first, v0, turned)


def line_places(
    values: Array, frame: Frame, micrograph: Micrograph, settings: Sampling
) -> tuple[Frame, Iterator[Iterable[Place]]]:
    """For each sampling line its place, and others near it in case it fails.

    Args:
        values: Positive in the matrix, shape ``(rows, columns)``.
        frame: Where they lie in the image.
        micrograph: The image.
        settings: Give rotation, lines, void depth and protocol.

    Raises:
        ImageError: The lines do not fit into the image.
    """
    rows, columns = frame.shape
    if settings.rotation == "auto" or not settings.rotation:
        return frame, _one_below_another(values, 0, 0, micrograph, settings, _as_it_is)
    frame = replace(
        frame,
        angle=frame.angle_of_rise(float(settings.rotation)),
        row=(rows - 1) / 2,
        column=(columns - 1) / 2,
    )
    u0, u1, v0, v1 = frame.inner_bounds()
    if min(u1 - u0, v1 - v0) <= MIN_WIDTH_IN_PIXELS:
        raise ImageError(
            "leaves no rectangle inside the image", field="rotation", found=settings.rotation
        )
    turned = functools.partial(frame.resampled, u0=u0, u1=u1, v0=v0, v1=v1)
    return frame, _one_below_another(turned(values), u0, v0, micrograph, settings, turned)


def _as_it_is(values: Array) -> Array:
    return values


def _one_below_another(
    values: Array,
    u0: int,
    v0: int,
    micrograph: Micrograph,
    settings: Sampling,
    turned: Callable[[Array], Array],
) -> Iterator[Iterable[Place]]:
    rows, columns = values.shape
    width = columns - 1
    if settings.protocol == TRAN2025:
        width = round(TRAN2025_WIDTH / micrograph.pixel_size)
        if width > columns - 1:
            raise ImageError(
                "needs a frame as wide as its models",
                field="protocol",
                found=f"{(columns - 1) * micrograph.pixel_size / UM:.4g} um",
                expected=f"at least {TRAN2025_WIDTH / UM:g} um",
            )
    _require_width(width, micrograph, settings)
    depth = None if settings.void_depth is None else settings.void_depth / micrograph.pixel_size
    if settings.positions is None:
        if settings.lines > rows:
            raise ImageError(
                "more sampling lines than rows of pixels",
                field="lines",
                found=settings.lines,
                expected=f"at most {rows}",
            )
        share = (values > 0).mean(axis=1)
        # a line beyond the surface would meet no matrix, and give the same section as the next
        crossed = np.flatnonzero(share >= _MATRIX_SHARE * share.max())
        places = np.quantile(crossed, np.linspace(*LINE_SPAN, settings.lines))
        shifts = np.array(_RETRIES) * (places[1] - places[0])
    else:
        fractions = np.sort(settings.positions)
        places = (1 - fractions if settings.electrolyte == "below" else fractions) * (rows - 1)
        shifts = np.zeros(1)
    slope = edge_slope(values)
    starts = np.linspace(0, columns - 1 - width, len(places)).round().astype(int)
    for place, start in zip(places, starts, strict=True):
        lines = np.clip(place + shifts, 1, rows - 2)

        def cut(whole: Array, line: float, first: int = int(start)) -> Array:
            solid = whole[:, first : first + width + 1]
            return sampling_line_field(solid, line, slope, depth)

        def again(whole: Array, line: float, cut: Callable[..., Array] = cut) -> Array:
            return cut(turned(whole), line)

        yield (
            Place(
                cut(values, line),
                int(start) + u0,
                v0,
                functools.partial(again, line=line),
                line + v0,
                None if depth is None else line - depth + v0,
            )
            for line in lines.tolist()
        )


def _require_width(width: float, micrograph: Micrograph, settings: Sampling) -> None:
    """Refuse sections of too few pixels, or narrower than two cutoff wavelengths."""
    if width < MIN_WIDTH_IN_PIXELS:
        raise ImageError(
            "leaves too little of the image for a section",
            found=f"{width:.3g} pixels",
            expected=f"at least {MIN_WIDTH_IN_PIXELS} pixels",
        )
    extent = width * micrograph.pixel_size
    if settings.cutoff is not None and settings.cutoff > extent / 2:
        raise ImageError(
            "is too long for the sections",
            field="cutoff",
            found=f"{settings.cutoff / UM:.4g} um",
            expected=f"at most half a section, {extent / 2 / UM:.4g} um",
        )
