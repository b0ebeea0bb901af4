# SPDX-License-Identifier: BSD-3-Clause
"""From a micrograph to at least five interface profiles, each with its place in the image."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from interfacefem.errors import ImageError, ProfileError, naming_file
from interfacefem.images.boundary import (
    NoBoundaryError,
    seen_from_below,
    separated,
    spanning_curve,
)
from interfacefem.images.frame import Frame
from interfacefem.images.interface_field import InterfaceField, find_interface_field
from interfacefem.images.micrograph import Micrograph
from interfacefem.images.sampling_line import edge_slope, sampling_line_field
from interfacefem.parameters.sampling import Sampling
from interfacefem.short_repr import short_repr
from interfacefem.surfaces.filters import gaussian_lowpass, remove_tilt
from interfacefem.surfaces.profile import MIN_WIDTH_IN_PIXELS, Profile, profile_from_points
from interfacefem.units import UM

_log = logging.getLogger(__name__)

Array: TypeAlias = npt.NDArray[np.floating]

LEVEL_TILT = 2.0  # degrees; the overall tilt of a contour is rotated out above this
LINE_SPAN = (0.2, 0.9)  # part of the section's height over which sampling lines are spread
_MATRIX_SHARE = 0.5  # of a row's pixels, over the largest such share
_RETRIES = (0.0, 0.25, -0.25, 0.4, -0.4)  # of the distance between two sampling lines


@dataclass(frozen=True, eq=False)
class ExtractedProfile:
    """One profile and where it was taken.

    Attributes:
        profile: The profile; its metadata name image, pixel size, line, place and treatment.
        pixel_rows: Its points in the file, in pixels from the top (0 is the centre of the first
            row), shape ``(n,)``.
        pixel_columns: The same from the left.
        window: ``(row0, row1, column0, column1)`` of the box in the file that holds the curve, ends
            excluded.
    """

    __repr__ = short_repr

    profile: Profile
    pixel_rows: Array
    pixel_columns: Array
    window: tuple[int, int, int, int]


@dataclass(frozen=True, eq=False)
class Extraction:
    """What was taken from a micrograph, and how.

    Attributes:
        profiles: At least five, from left to right or from top to bottom.
        labels: Phases, shape of ``Micrograph.gray``; of the local contrast if ``feature`` says so.
        thresholds: What separates the phases, in the values of ``feature``.
        feature: The quantity that was cut by threshold.
        phases: Phases taken as electrolyte.
        method: ``"sampling-line"`` or ``"contour"``.
        tilt_degrees: Overall tilt rotated out before windows were cut, positive where the interface
            rises to the right in the file; what ``remove_tilt`` took from a single profile is in
            that profile's metadata.
        settings: What was asked for.
        notes: Choices made on the user's behalf, one sentence each.
    """

    __repr__ = short_repr

    profiles: tuple[ExtractedProfile, ...]
    labels: npt.NDArray[np.uint8]
    thresholds: tuple[float, ...]
    feature: str
    phases: tuple[int, ...]
    method: Literal["sampling-line", "contour"]
    tilt_degrees: float
    settings: Sampling
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Window:
    """A place to look for one profile.

    Attributes:
        values: Field whose zero line is sought, shape ``(rows, columns)``.
        u, v: Position of its first pixel in the frame.
        line: ``v`` of the sampling line, if there is one.
    """

    values: Array
    u: int
    v: int
    line: float | None = None


def extract_profiles(micrograph: Micrograph, settings: Sampling | None = None) -> Extraction:
    """Take at least five interface profiles from a micrograph.

    Args:
        micrograph: The image.
        settings: How; defaults as in :class:`Sampling`.

    Raises:
        ImageError: Fewer profiles than asked for can be found, or a setting does not fit the image.

    Source: the sampling line is that of Tran et al., Adv. Mater. (2025), 2501592, section 4.
    """
    settings = settings or Sampling()
    with naming_file(micrograph.source):
        return _extract(micrograph, settings)


def _extract(micrograph: Micrograph, settings: Sampling) -> Extraction:
    interface = find_interface_field(micrograph, settings)
    values, frame = _without_margin(interface.values, micrograph, settings)
    if interface.method == "contour":
        frame, windows = _contour_windows(values, frame, micrograph, settings)
    else:
        frame, windows = _line_windows(values, frame, micrograph, settings)
    profiles: list[ExtractedProfile] = []
    failures: list[str] = []
    for choices in windows:
        for window in choices:
            try:
                profiles.append(
                    _cut(window, frame, interface, micrograph, settings, len(profiles) + 1)
                )
                break
            except (NoBoundaryError, ProfileError) as error:
                failures.append(str(error))
    if len(profiles) < settings.lines:
        chosen = (
            ", chosen because no phase boundary spans the image"
            if settings.method == "auto" and interface.method == "sampling-line"
            else ", chosen because a phase boundary spans the image"
            if settings.method == "auto" and settings.phases is None
            else ""
        )
        raise ImageError(
            f"too few profiles by the {interface.method} method{chosen} ("
            + "; ".join(dict.fromkeys(failures))
            + ")",
            found=len(profiles),
            expected=f"{settings.lines}; {_advice(interface.method)}",
        )
    tilt = frame.rise_degrees
    notes = interface.notes
    if tilt:
        notes += (f"an overall tilt of {tilt:.2f} degrees was rotated out",)
    for note in notes:
        _log.info("%s: %s", micrograph.source, note)
    labels = interface.segmentation.labels
    return Extraction(
        tuple(profiles),
        labels[::-1] if settings.electrolyte == "below" else labels,
        interface.segmentation.thresholds,
        interface.feature,
        interface.phases,
        interface.method,
        tilt,
        settings,
        notes,
    )


def _without_margin(
    values: Array, micrograph: Micrograph, settings: Sampling
) -> tuple[Array, Frame]:
    margin = settings.margin
    rows, columns = (side - 2 * margin for side in values.shape)
    if min(rows, columns) <= MIN_WIDTH_IN_PIXELS:
        raise ImageError("leaves nothing of the image", field="margin", found=f"{margin} px")
    frame = Frame(
        (rows, columns),
        micrograph.crop[0] + margin,
        micrograph.crop[2] + margin,
        flipped=settings.electrolyte == "below",
    )
    return values[margin : margin + rows, margin : margin + columns], frame


def _contour_windows(
    values: Array, frame: Frame, micrograph: Micrograph, settings: Sampling
) -> tuple[Frame, Iterator[Iterable[_Window]]]:
    """One window for each profile, side by side along the contour."""
    try:
        columns, rows = spanning_curve(values)
    except NoBoundaryError as error:
        raise ImageError(
            "the phases chosen leave no interface through the image",
            field="phases",
            found=str(error),
            expected=_advice("contour"),
        ) from None
    # what is electrolyte is settled in the whole image, not by what a window happens to show
    values = separated(values)
    slope = float(np.polyfit(columns, rows, 1)[0])
    angle = math.atan(slope)
    if settings.rotation != "auto":
        angle = frame.angle_of_rise(float(settings.rotation))
    elif abs(math.degrees(angle)) < LEVEL_TILT:
        angle = 0.0
    if not angle:
        return frame, _side_by_side(values, 0, 0, (0, frame.shape[1] - 1), micrograph, settings)
    # the u axis through the middle of the contour tells the sides apart outside the image
    frame = replace(frame, angle=angle, row=float(rows.mean()), column=float(columns.mean()))
    u0, u1, v0, v1 = frame.bounds()
    turned = frame.resampled(values, u0, u1, v0, v1)
    outside = np.where(np.arange(v0, v1) < 0, 1.0, -1.0)[:, None] * np.abs(values).max()
    turned = np.where(np.isnan(turned), outside, turned)
    # a side of the image crosses the contour anywhere within its height
    along, across = frame.from_image(rows, columns)
    lost = float(np.abs(across).max()) * abs(math.tan(angle))
    ends = (math.ceil(along[0] + lost), math.floor(along[-1] - lost))
    return frame, _side_by_side(turned, u0, v0, ends, micrograph, settings)


def _side_by_side(
    values: Array,
    u0: int,
    v0: int,
    ends: tuple[int, int],
    micrograph: Micrograph,
    settings: Sampling,
) -> Iterator[Iterable[_Window]]:
    first, last = ends
    width = _window_width(micrograph, settings, last - first, (last - first) / settings.lines)
    for start in np.linspace(first, last - width, settings.lines):
        u = round(start)
        end = min(round(start + width), last) + 1
        yield [_Window(values[:, u - u0 : end - u0], u, v0)]


def _line_windows(
    values: Array, frame: Frame, micrograph: Micrograph, settings: Sampling
) -> tuple[Frame, Iterator[Iterable[_Window]]]:
    """For each sampling line its window, and others near it in case it fails."""
    rows, columns = frame.shape
    if settings.rotation == "auto" or not settings.rotation:
        return frame, _one_below_another(values, 0, 0, micrograph, settings)
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
    turned = frame.resampled(values, u0, u1, v0, v1)
    return frame, _one_below_another(turned, u0, v0, micrograph, settings)


def _one_below_another(
    values: Array, u0: int, v0: int, micrograph: Micrograph, settings: Sampling
) -> Iterator[Iterable[_Window]]:
    rows, columns = values.shape
    width = round(_window_width(micrograph, settings, columns - 1, columns - 1))
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
        # a line beyond the surface would meet no matrix, and give the same profile as the next
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
        solid = values[:, start : start + width + 1]
        lines = np.clip(place + shifts, 1, rows - 2)
        yield (
            _Window(sampling_line_field(solid, line, slope, depth), int(start) + u0, v0, line + v0)
            for line in lines.tolist()
        )


def _window_width(
    micrograph: Micrograph, settings: Sampling, available: float, default: float
) -> float:
    """Width of a window in pixels, checked against the image and the low-pass cutoff."""
    if settings.window_width is None:
        width = default
    else:
        width = settings.window_width / micrograph.pixel_size
    if settings.window_width is None and width < MIN_WIDTH_IN_PIXELS:
        raise ImageError(
            "leaves too little of the image for each profile",
            field="lines",
            found=f"{settings.lines}, {width:.2g} pixels wide",
            expected=f"profiles of {MIN_WIDTH_IN_PIXELS} pixels or more, which the image has "
            f"{math.floor(available / MIN_WIDTH_IN_PIXELS)} of side by side, or a window width",
        )
    if not MIN_WIDTH_IN_PIXELS <= width <= available:
        raise ImageError(
            "does not fit the image",
            field="window_width",
            found=f"{width * micrograph.pixel_size / UM:.4g} um, {width:.1f} pixels",
            expected=f"{MIN_WIDTH_IN_PIXELS} to {math.floor(available)} pixels",
        )
    if settings.cutoff is not None and settings.cutoff > width * micrograph.pixel_size / 2:
        raise ImageError(
            "is too long for the windows",
            field="cutoff",
            found=f"{settings.cutoff / UM:.4g} um",
            expected=f"at most half a window, {width * micrograph.pixel_size / 2 / UM:.4g} um",
        )
    return width


def _cut(
    window: _Window,
    frame: Frame,
    interface: InterfaceField,
    micrograph: Micrograph,
    settings: Sampling,
    number: int,
) -> ExtractedProfile:
    u, v = spanning_curve(window.values)
    pixel = micrograph.pixel_size
    level = float(v.mean())
    metadata = {
        "source": str(micrograph.source),
        "pixel_size_um": f"{pixel / UM:.6g}",
        "pixel_size_source": micrograph.pixel_size_source,
        "line": str(number),
        "method": interface.method,
        "feature": interface.feature,
        "rotated_degrees": f"{frame.rise_degrees:.3f}",
        "electrolyte_in_image": settings.electrolyte,
        "single_valued": str(settings.single_valued).lower(),
    }
    if window.line is not None:
        line_row, _ = frame.to_file(np.array(float(window.u)), np.array(window.line))
        metadata["sampling_line_row"] = f"{float(line_row):.1f}"
    profile, u, v = _treated(
        profile_from_points(u * pixel, (level - v) * pixel, metadata), settings, pixel
    )
    rows, columns = frame.to_file(u + window.u, v + level + window.v)
    box = (
        *_whole_pixels(rows, frame.first_row, frame.shape[0]),
        *_whole_pixels(columns, frame.first_column, frame.shape[1]),
    )
    place = f"rows {box[0]}-{box[1]}, columns {box[2]}-{box[3]}"
    profile = profile.with_points(profile.x, profile.z, place=place)
    return ExtractedProfile(profile, rows, columns, box)


def _treated(profile: Profile, settings: Sampling, pixel: float) -> tuple[Profile, Array, Array]:
    """The profile without tilt and short waves, and where its points lie: pixels right and down."""
    angle = shift = 0.0
    along: Array
    height: Array
    if settings.remove_tilt:
        level, degrees = remove_tilt(profile)
        angle = math.radians(degrees)
        along = profile.x * math.cos(angle) + profile.z * math.sin(angle)
        height = profile.z * math.cos(angle) - profile.x * math.sin(angle)
        # points before the one that became the left end were cut off, and x starts at zero again
        start = int(np.argmin(np.abs(height[: len(height) // 2 + 1] - level.z[0])))
        shift = float(along[start] - level.x[0])
        profile = level
    if settings.single_valued:
        profile = profile.with_points(*seen_from_below(profile.x, profile.z, pixel))
    if settings.cutoff is not None:
        profile = gaussian_lowpass(profile, settings.cutoff)
    along, height = profile.x + shift, profile.z
    cos, sin = math.cos(angle), math.sin(angle)
    return profile, (along * cos - height * sin) / pixel, -(along * sin + height * cos) / pixel


def _whole_pixels(places: Array, first: int, count: int) -> tuple[int, int]:
    low, high = np.round([places.min(), places.max()], 6)
    return max(math.floor(low), first), min(math.ceil(high) + 1, first + count)


def _advice(method: str) -> str:
    if method == "contour":
        return "try other {phases}, another {threshold}, a {crop}, or {method} sampling-line"
    return "try a {void_depth}, other {positions}, a smaller {window_width} or another {threshold}"
