# SPDX-License-Identifier: BSD-3-Clause
"""The size of a voxel: as people write it, and as files declare it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from xml.etree import ElementTree

import numpy as np
import tifffile

from interfacefem.errors import InputError, VolumeError
from interfacefem.parameters.voxels import VoxelSize
from interfacefem.units import UM, parse_quantity

_EXAMPLE = "25 nm"
_EXPECTED = f'one length such as "{_EXAMPLE}", or three for axes 0, 1, 2: "50 nm, 25 nm, 25 nm"'
SMALLEST = 1e-11  # m: a tenth of an atom (assumed)
LARGEST = 1e-2  # m: what no microscope or tomograph of a cell has (assumed)
LONGEST = 50.0  # longest edge over shortest: beyond, a unit is more often wrong than the voxel long
_PRINTER_UNITS = {"", "inch", "inches", "in", "dpi", "pixel", "pixels", "px", "voxel"}


def checked_voxel_size(sizes: Sequence[float], field: str = "voxel size") -> VoxelSize:
    """Three positive, finite lengths in m, or an error.

    Raises:
        VolumeError: A length is not positive and finite, or no voxel can be so small or so large.
    """
    found = ", ".join(f"{size:g} m" for size in sizes)
    if len(sizes) != 3 or not all(math.isfinite(size) and size > 0 for size in sizes):
        raise VolumeError("is not positive", field=field, found=found, expected=_EXPECTED)
    if not all(SMALLEST <= size <= LARGEST for size in sizes):
        raise VolumeError(
            "is no size of a voxel", field=field, found=found,
            expected=f"{SMALLEST:g} to {LARGEST:g} m, {_EXPECTED}",
        )  # fmt: skip
    return float(sizes[0]), float(sizes[1]), float(sizes[2])


def declared(edges: Sequence[float]) -> VoxelSize | None:
    """What a file declares, in m along axes 0, 1, 2; None where it leaves edges out as 0."""
    if len(edges) != 3 or not all(math.isfinite(edge) and edge > 0 for edge in edges):
        return None
    return float(edges[0]), float(edges[1]), float(edges[2])


def shape_note(size: VoxelSize) -> tuple[str, ...]:
    """A note where voxels are so long that a unit may be wrong."""
    ratio = max(size) / min(size)
    if ratio <= LONGEST:
        return ()
    return (
        f"voxels are {ratio:.3g} times longer along axis {size.index(max(size))} than along axis "
        f"{size.index(min(size))}: is each unit right?",
    )


def voxel_size_from_tiff(tiff: tifffile.TiffFile) -> VoxelSize | None:
    """What ImageJ or OME metadata say, in m along z, y, x; None where they do not."""
    return _from_imagej(tiff) or _from_ome(tiff)


def voxel_size_from_attribute(value: object) -> VoxelSize | None:
    """What the HDF5 attribute ``element_size_um`` (z, y, x) of ilastik says, in m."""
    try:
        sizes = np.asarray(value, dtype=np.float64).ravel()
    except (TypeError, ValueError):
        return None
    return declared([float(size) * UM for size in sizes])


def _from_imagej(tiff: tifffile.TiffFile) -> VoxelSize | None:
    """``unit`` is that of columns; ImageJ writes ``yunit`` and ``zunit`` where they differ."""
    metadata = tiff.imagej_metadata or {}
    unit = str(metadata.get("unit", ""))
    units = [str(metadata.get(name, unit)) for name in ("zunit", "yunit")]
    if any(one.lower() in _PRINTER_UNITS for one in (unit, *units)):
        return None
    lengths = [_length(metadata.get("spacing"), units[0])]
    for tag, one in (("YResolution", units[1]), ("XResolution", unit)):
        numerator, denominator = tiff.pages.first.tags.valueof(tag, default=(0, 1))
        lengths.append(_length(denominator / numerator if numerator else None, one))
    return _complete(lengths)


def _from_ome(tiff: tifffile.TiffFile) -> VoxelSize | None:
    if not tiff.ome_metadata:
        return None
    try:
        root = ElementTree.fromstring(tiff.ome_metadata)
    except ElementTree.ParseError:
        return None
    pixels = next((node for node in root.iter() if node.tag.endswith("}Pixels")), None)
    if pixels is None:
        return None
    return _complete(
        [
            _length(pixels.get(f"PhysicalSize{axis}"), pixels.get(f"PhysicalSize{axis}Unit", "um"))
            for axis in "ZYX"
        ]
    )


def _complete(lengths: Sequence[float | None]) -> VoxelSize | None:
    return declared([length or 0.0 for length in lengths])


def _length(value: object, unit: str) -> float | None:
    try:
        number = float(str(value))
    except ValueError:
        return None
    if not (math.isfinite(number) and number > 0):
        return None
    # ImageJ writes the micro sign as an escape
    unit = unit.replace("\\u00B5", "u").replace("microns", "um").replace("micron", "um")
    try:
        return parse_quantity(f"{number!r} {unit}", unit="m", example=_EXAMPLE)
    except InputError:
        return None
