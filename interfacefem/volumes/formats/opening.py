# SPDX-License-Identifier: BSD-3-Clause
"""Which format a file has, by its name."""

from __future__ import annotations

from pathlib import Path

from interfacefem.errors import VolumeError
from interfacefem.volumes.formats.arrays import (
    HDF5_SUFFIXES,
    open_hdf5,
    open_npy,
    open_npz,
    open_raw,
)
from interfacefem.volumes.formats.mrc import MRC_SUFFIXES, open_mrc
from interfacefem.volumes.formats.nrrd import NRRD_SUFFIXES, open_nrrd
from interfacefem.volumes.formats.slices import open_folder
from interfacefem.volumes.formats.stored import FORMATS, StoredVolume
from interfacefem.volumes.formats.tiff import TIFF_SUFFIXES, open_tiff
from interfacefem.volumes.formats.zarr import is_zarr, open_zarr


def open_stored_volume(
    path: Path,
    *,
    shape: tuple[int, int, int] | None = None,
    voxel_type: str = "uint8",
    dataset: str | None = None,
    axes: str | None = None,
) -> StoredVolume:
    """Open a file of voxels by its suffix.

    Args:
        path: File, folder of slices, or Zarr folder.
        shape: Needed by raw files alone.
        voxel_type: Numpy's name for the type of a voxel of a raw file.
        dataset: Name within an HDF5 or NPZ file, or a Zarr folder, that holds several.
        axes: "ZYX" to take a TIFF file's axes in the order they are stored, whatever it calls them.

    Raises:
        VolumeError: The file is missing, damaged, truncated or of another form.
    """
    if path.is_dir():
        return open_zarr(path, dataset) if is_zarr(path) else open_folder(path)
    if not path.is_file():
        raise VolumeError("no such file or folder", file=path)
    if path.stat().st_size == 0:
        raise VolumeError("is an empty file", file=path, expected=FORMATS)
    suffix = path.suffix.lower()
    if shape is not None:
        return open_raw(path, shape, voxel_type)
    if suffix in TIFF_SUFFIXES:
        return open_tiff(path, axes)
    if suffix == ".npy":
        return open_npy(path)
    if suffix == ".npz":
        return open_npz(path, dataset)
    if suffix in HDF5_SUFFIXES:
        return open_hdf5(path, dataset)
    if suffix in MRC_SUFFIXES:
        return open_mrc(path)
    if suffix in NRRD_SUFFIXES:
        return open_nrrd(path)
    if suffix in {".raw", ".bin", ".dat"}:
        raise VolumeError(
            "raw bytes do not say their shape", file=path, expected='{shape} such as "256,256,256"'
        )
    raise VolumeError(
        "is not a volume this program reads", file=path, found=f'"{suffix}"', expected=FORMATS
    )
