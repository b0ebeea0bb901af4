# SPDX-License-Identifier: BSD-3-Clause
"""Reading micrographs, profiles, height maps and segmented volumes."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from interfacefem.api.arguments import Amount, communicator, require_path, switch
from interfacefem.conduction.segmented_volume import SegmentedVolume
from interfacefem.errors import InputError, naming_fields
from interfacefem.images import Micrograph
from interfacefem.images import read_micrograph as read_image
from interfacefem.mpi import MPI
from interfacefem.parallel import from_first_rank
from interfacefem.parameters.door import Door
from interfacefem.parameters.names import names_at
from interfacefem.parameters.sampling import MapReading, Sampling
from interfacefem.parameters.volume_reading import VolumeReading
from interfacefem.study.height_maps import read_map_as
from interfacefem.surfaces import Profile, read_profile_csv
from interfacefem.surfaces.height_map import HeightMap
from interfacefem.volumes.reading import open_as

_log = logging.getLogger(__name__)


def read_micrograph(
    path: str | Path,
    *,
    pixel_size: Amount | None = None,
    crop: tuple[int, int, int, int] | Literal["auto", "none"] = "auto",
    comm: MPI.Comm | None = None,
) -> Micrograph:
    """Read an image, its pixel size, and leave its data bar out.

    Args:
        path: TIFF, PNG or JPEG.
        pixel_size: Side of a pixel, such as "55.8 nm"; default: from the microscope's metadata.
        crop: First and last row, first and last column to keep, ends excluded; "auto" takes a data
            bar off, "none" keeps everything.
        comm: Ranks that get the image; the first reads it.

    Raises:
        ImageError: The file cannot be read, or has no pixel size.
    """
    path = require_path(path, "path")
    asked = Sampling(pixel_size=pixel_size, crop=crop)
    box = None if asked.crop == "auto" else asked.crop

    def read() -> Micrograph:
        return read_image(path, pixel_size=asked.pixel_size, crop=box)

    return from_first_rank(communicator(comm), read)


def read_profile(path: str | Path, *, comm: MPI.Comm | None = None) -> Profile:
    """Read a curve from a CSV file with the columns ``x_um,z_um``, electrolyte above it.

    Args:
        path: The file.
        comm: Ranks that get the profile; the first reads it.

    Raises:
        ProfileError: The file cannot be read, or holds no such curve.
    """
    path = require_path(path, "path")
    return from_first_rank(communicator(comm), lambda: read_profile_csv(path))


def read_height_map(
    path: str | Path,
    *,
    pixel_size: Amount | None = None,
    solid: Literal["below", "above"] = "below",
    missing: Literal["refuse", "fill"] = "refuse",
    level: bool = True,
    comm: MPI.Comm | None = None,
) -> HeightMap:
    """Read a height map: a grid (CSV, NPY, TIFF) or an instrument's file.

    Args:
        path: The file; numbers of a grid are in um, row 0 at y = 0.
        pixel_size: Distance of the samples, such as "0.5 um"; needed by grids.
        solid: Side of the electrolyte in the file; "below", as instruments look at it, is flipped.
        missing: Whether points without a height are refused or filled with the nearest one.
        level: Whether the least-squares plane is subtracted.
        comm: Ranks that get the map; the first reads it.

    Raises:
        HeightMapError: The file cannot be read.
    """
    path = require_path(path, "path")
    level = switch(level, "level")
    reading = MapReading(pixel_size=pixel_size, solid=solid, missing=missing, level=level)
    return from_first_rank(communicator(comm), lambda: read_map_as(path, reading))


def read_volume(
    path: str | Path,
    *,
    voxel: Amount | Sequence[Amount] | None = None,
    resample: Amount | Sequence[Amount] | None = None,
    crop: Any = None,
    shape: tuple[int, int, int] | None = None,
    voxel_type: str = "uint8",
    dataset: str | None = None,
    axis_order: Literal["ZYX"] | None = None,
    comm: MPI.Comm | None = None,
) -> SegmentedVolume:
    """Read a segmented volume whole.

    ``transport`` also takes the name of a file, of which each rank then reads its part.

    Args:
        path: TIFF stack, folder of slices, NPY, NPZ, HDF5 or raw bytes.
        voxel: Edge of a voxel, such as "25 nm", or three for axes 0, 1, 2; default: from the
            file's metadata.
        resample: Edge or edges of the voxels to read it on instead.
        crop: First and last voxel along each axis, ends excluded.
        shape: Of raw bytes.
        voxel_type: Of raw bytes.
        dataset: Name within an HDF5 or NPZ file that holds several.
        axis_order: "ZYX" takes a TIFF file's axes as they are stored, whatever it calls them.
        comm: Ranks that get the volume; the first reads it.

    Raises:
        VolumeError: The file cannot be read, or says no voxel size.
    """
    path = require_path(path, "path")
    given: dict[str, Any] = {
        "voxel": voxel, "resample": resample, "crop": crop, "shape": shape,
        "voxel_type": voxel_type, "dataset": dataset, "axis_order": axis_order,
    }  # fmt: skip
    reading = VolumeReading(**given)

    def read() -> SegmentedVolume:
        with naming_fields(names_at(Door.ARGUMENT, VolumeReading)):
            file = open_as(path, reading)
            for note in file.notes:
                _log.warning("%s: %s", path, note)
            return SegmentedVolume(file.labels(), file.voxel_size, path)

    return from_first_rank(communicator(comm), read)


def volume_of(
    volume: object, voxel: Amount | Sequence[Amount] | None, comm: MPI.Comm
) -> SegmentedVolume:
    """The volume that was given, or that of a file; collective.

    Raises:
        InputError: It is neither, or the size of a voxel is given for a volume that has one.
    """
    if not isinstance(volume, SegmentedVolume):
        path = require_path(volume, "volume", "what read_volume returns")
        return read_volume(path, voxel=voxel, comm=comm)
    require_no_voxel(voxel)
    return volume


def require_no_voxel(voxel: object) -> None:
    """Refuse the size of a voxel beside a volume that has one.

    Raises:
        InputError: There is one.
    """
    if voxel is not None:
        raise InputError(
            "belongs to reading a volume", field="voxel=", found="a volume that was read",
            expected="read_volume(path, voxel=...)",
        )  # fmt: skip
