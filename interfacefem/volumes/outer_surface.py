# SPDX-License-Identifier: BSD-3-Clause
"""The outer face of a solid in a segmented volume, as profiles and as a height map."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter, label

from interfacefem.conduction.segmented_volume import SegmentedVolume
from interfacefem.errors import VolumeError
from interfacefem.images.boundary import NoBoundaryError, spanning_curve
from interfacefem.surfaces.height_map import HeightMap
from interfacefem.surfaces.height_map_samples import fill_missing
from interfacefem.surfaces.profile import Profile
from interfacefem.units import UM

_log = logging.getLogger(__name__)

DEFAULT_SMOOTHING = 1.0  # voxels: the steps of the labels become a slope with the face at one half
_LEAST_SEEN = 0.5  # of the columns and of the slices


@dataclass(frozen=True, eq=False)
class OuterSurface:
    """The outer face of a solid, seen from one end of the volume.

    Attributes:
        profiles: One per slice that a face crosses from side to side, the electrolyte above.
        slices: Number of each profile's slice along ``across``.
        height_map: Lowest height of the solid over each point: what overhangs hide is lost.
        missing: Columns without solid, filled from their neighbours in the map.
        axis: Axis along which heights are counted.
        across: Axis along which slices are counted.
    """

    profiles: tuple[Profile, ...]
    slices: tuple[int, ...]
    height_map: HeightMap
    missing: int
    axis: int
    across: int


def outer_surface(
    volume: SegmentedVolume,
    phases: Sequence[int],
    *,
    axis: int = 0,
    end: int = 0,
    across: int | None = None,
    smoothing: float = DEFAULT_SMOOTHING,
) -> OuterSurface:
    """Take the outer face of the largest connected solid.

    The face lies where the indicator of the solid, smoothed by a Gaussian, is one half, linear
    between voxel centres: within a fraction of a voxel for faces that are smooth over it. Heights
    are counted from the face of the volume at ``end``, upward into the solid.

    Args:
        volume: Labels.
        phases: Labels that make up the solid.
        axis: Axis across the face.
        end: 0 if the face looks to the first plane of the axis, 1 if to the last.
        across: Axis along which cross sections are taken; default: the first of the others.
        smoothing: Standard deviation of the Gaussian in voxels, 0 to 10.

    Raises:
        VolumeError: A label or an axis does not exist, the solid has no outer face, or it is cut
            by the end of the volume over more than half its width.
    """
    across = _checked_axes(axis, across, end, smoothing, volume)
    solid = _largest_solid(volume, phases)
    # rows: from deep in the solid to the outside; last axis along the profile
    along = ({0, 1, 2} - {axis, across}).pop()
    _require_width(solid.shape, axis, volume)
    turned = solid.transpose(across, axis, along)
    if end == 0:
        turned = turned[:, ::-1]
    dz = volume.voxel_size[axis]
    dx, dy = volume.voxel_size[along], volume.voxel_size[across]
    _require_void_outside(turned, volume)
    share = gaussian_filter(turned.astype(np.float32), smoothing, mode="nearest")
    field = share - np.float32(0.5)
    profiles, numbers = _profiles(field, (dz, dx), volume, across)
    heights, missing = _heights(field, dz, volume)
    metadata = _metadata(volume, axis, end, smoothing)
    height_map = HeightMap(heights, dx, dy, metadata)
    return OuterSurface(profiles, numbers, height_map, missing, axis, across)


def _profiles(
    field: npt.NDArray[np.float32],
    sizes: tuple[float, float],
    volume: SegmentedVolume,
    across: int,
) -> tuple[tuple[Profile, ...], tuple[int, ...]]:
    dz, dx = sizes
    profiles, numbers, reasons = [], [], []
    rows = field.shape[1]
    for index in range(len(field)):
        try:
            columns, heights = spanning_curve(field[index].astype(np.float64))
        except NoBoundaryError as error:
            reasons.append(f"slice {index}: {error}")
            continue
        metadata = {
            "source": "volume" if volume.source is None else volume.source.name,
            "slice": str(index),
            "across_axis": str(across),
            "pixel_size_um": f"{dx / UM:.9g}",
        }
        profiles.append(Profile(columns * dx, (rows - 0.5 - heights) * dz, metadata))
        numbers.append(index)
    if len(profiles) < _LEAST_SEEN * len(field):
        raise VolumeError(
            "no outer face runs from side to side in most slices",
            file=volume.source,
            found=f"{len(profiles)} of {len(field)} slices ({reasons[0]})",
            expected="another axis, end or phase",
        )
    for reason in reasons:
        _log.warning("%s: left out: %s", volume.source or "volume", reason)
    return tuple(profiles), tuple(numbers)


def _heights(
    field: npt.NDArray[np.float32], dz: float, volume: SegmentedVolume
) -> tuple[npt.NDArray[np.floating], int]:
    """Heights in m, shape (slices, columns), and how many were missing."""
    upward = field[:, ::-1]
    inside = upward > 0
    first = inside.argmax(axis=1)
    missing = np.asarray(~inside.any(axis=1))
    if missing.mean() > 1 - _LEAST_SEEN:
        raise VolumeError(
            "has no solid over most of the face", file=volume.source,
            found=f"{np.count_nonzero(missing)} of {missing.size} columns without",
        )  # fmt: skip
    below = np.maximum(first - 1, 0)
    at = np.take_along_axis(upward, first[:, None], axis=1)[:, 0].astype(np.float64)
    before = np.take_along_axis(upward, below[:, None], axis=1)[:, 0].astype(np.float64)
    part = np.where(first > below, at / np.where(first > below, at - before, 1), 0.0)
    heights = (first - part + 0.5) * dz
    if missing.any():
        heights = fill_missing(np.where(missing, np.nan, heights), missing)
        _log.warning(
            "%s: %d of %d columns hold no solid and were filled from their neighbours",
            volume.source or "volume", np.count_nonzero(missing), missing.size,
        )  # fmt: skip
    return heights, int(np.count_nonzero(missing))


def _largest_solid(volume: SegmentedVolume, phases: Sequence[int]) -> npt.NDArray[np.bool_]:
    absent = sorted(set(phases) - set(volume.phases))
    if absent or not phases:
        raise VolumeError(
            "no such label", file=volume.source, field="phase",
            found=", ".join(map(str, absent)) or "none",
            expected="some of " + ", ".join(map(str, volume.phases)),
        )  # fmt: skip
    solid = np.isin(volume.labels, list(phases))
    if solid.all():
        raise VolumeError("holds nothing but solid", file=volume.source, field="phase")
    bodies, count = label(solid)
    if count == 1:
        return solid
    return np.asarray(bodies == int(np.argmax(np.bincount(bodies.ravel())[1:])) + 1)


def _require_void_outside(turned: npt.NDArray[np.bool_], volume: SegmentedVolume) -> None:
    cut = turned[:, -1]
    if cut.mean() > 1 - _LEAST_SEEN:
        raise VolumeError(
            "the solid is cut by the end of the volume, where its outer face should be",
            file=volume.source,
            found=f"solid in {np.count_nonzero(cut)} of {cut.size} voxels of that plane",
            expected="another axis or end, or a volume that shows the outside",
        )
    if cut.any():
        _log.warning(
            "%s: the end of the volume cuts the solid in %d of %d columns",
            volume.source or "volume", np.count_nonzero(cut), cut.size,
        )  # fmt: skip


def _checked_axes(
    axis: int, across: int | None, end: int, smoothing: float, volume: SegmentedVolume
) -> int:
    others = {0, 1, 2} - {axis}
    for field, found, valid, expected in (
        ("axis", axis, axis in {0, 1, 2}, "0, 1 or 2"),
        ("across", across, across is None or across in others, "0, 1 or 2, not the axis"),
        ("end", end, end in {0, 1}, "0 or 1"),
        ("smoothing", smoothing, 0 <= smoothing <= 10, "0 to 10 voxels"),
    ):
        if not valid:
            raise VolumeError(
                "is out of range", file=volume.source, field=field, found=found, expected=expected
            )
    return min(others) if across is None else across


def _require_width(shape: tuple[int, ...], axis: int, volume: SegmentedVolume) -> None:
    if min(shape[other] for other in {0, 1, 2} - {axis}) < 2:
        raise VolumeError(
            "is too thin for a height map", file=volume.source, found=f"shape {shape}",
            expected="at least two voxels along each axis of the face",
        )  # fmt: skip


def _metadata(volume: SegmentedVolume, axis: int, end: int, smoothing: float) -> dict[str, str]:
    return {
        "source": "volume" if volume.source is None else volume.source.name,
        "axis": str(axis),
        "end": "high" if end else "low",
        "smoothing_voxels": f"{smoothing:g}",
    }
