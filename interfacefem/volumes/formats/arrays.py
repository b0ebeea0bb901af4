# SPDX-License-Identifier: BSD-3-Clause
"""Plain arrays: NPY, NPZ, HDF5 and raw bytes."""

from __future__ import annotations

import math
import zipfile
from pathlib import Path
from typing import IO

import numpy as np

from interfacefem.errors import DAMAGED, VolumeError
from interfacefem.sizes import bytes_text
from interfacefem.volumes.formats.stored import (
    FORMATS,
    Planes,
    StoredVolume,
    require_bytes,
    require_three_axes,
)
from interfacefem.volumes.voxel_size import voxel_size_from_attribute

HDF5_SUFFIXES = {".h5", ".hdf5", ".hdf", ".ilp"}
_PACKED_BY_NUMPY = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BLOCK = 2**24  # bytes unpacked at a time


def open_npy(path: Path) -> StoredVolume:
    """Open an NPY file, which is mapped.

    Raises:
        VolumeError: It is damaged or truncated.
    """
    with path.open("rb") as stream:
        shape, dtype, _ = _npy_header(stream, path)
        require_bytes(path, math.prod(shape) * dtype.itemsize, offset=stream.tell())
    try:
        voxels = np.load(path, mmap_mode="r", allow_pickle=False)
    except DAMAGED:
        raise _no_array(path) from None
    shape = require_three_axes(voxels.shape, path)
    voxels = voxels.reshape(shape)
    return StoredVolume(
        path, shape, voxels.dtype, None, lambda start, stop: np.asarray(voxels[start:stop])
    )


def open_npz(path: Path, dataset: str | None) -> StoredVolume:
    """Open one array of an NPZ file; planes are unpacked as they are read.

    Raises:
        VolumeError: It is damaged, truncated or ambiguous.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name.removesuffix(".npy") for name in archive.namelist()]
            member = only_one(names, dataset, path) + ".npy"
            unpacked = archive.getinfo(member).file_size
            if archive.getinfo(member).compress_type not in _PACKED_BY_NUMPY:
                # other methods unpack all that is there before they give the first byte
                raise VolumeError(
                    "is packed by a method that NumPy does not write", file=path,
                    found=f"{bytes_text(unpacked)} once unpacked",
                    expected="numpy.savez or numpy.savez_compressed",
                )  # fmt: skip
            with archive.open(member) as stream:
                full, dtype, by_columns = _npy_header(stream, path)
                begin = stream.tell()
    except VolumeError:
        raise
    except DAMAGED:
        raise _no_array(path) from None
    needed = begin + math.prod(full) * dtype.itemsize
    if unpacked < needed:
        raise VolumeError(
            "is truncated", file=path, found=f"{unpacked} bytes once unpacked",
            expected=f"{needed} bytes",
        )  # fmt: skip
    shape = require_three_axes(full, path)
    if by_columns:
        # the first index runs fastest: planes along it are scattered over all of the array
        whole = np.load(path, allow_pickle=False)[member.removesuffix(".npy")].reshape(shape)
        return StoredVolume(path, shape, dtype, None, lambda start, stop: whole[start:stop])
    plane = shape[1] * shape[2] * dtype.itemsize

    def read(start: int, stop: int) -> Planes:
        planes = np.empty((stop - start, *shape[1:]), dtype)
        target = memoryview(planes.reshape(-1).view(np.uint8))  # type: ignore[arg-type]
        try:
            with zipfile.ZipFile(path) as archive, archive.open(member) as stream:
                _skip(stream, begin + start * plane)
                filled = 0
                while filled < len(target):
                    block = stream.read(min(_BLOCK, len(target) - filled))
                    if not block:
                        raise EOFError
                    target[filled : filled + len(block)] = block
                    filled += len(block)
        except DAMAGED:
            raise _no_array(path) from None
        return planes

    return StoredVolume(path, shape, dtype, None, read, packed=True)


def _npy_header(stream: IO[bytes], path: Path) -> tuple[tuple[int, ...], np.dtype, bool]:
    try:
        version = np.lib.format.read_magic(stream)
        read = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }.get(version)
        if read is None:
            raise ValueError
        shape, by_columns, dtype = read(stream)
    except DAMAGED:
        raise _no_array(path) from None
    if dtype.hasobject:
        raise _no_array(path)
    return shape, dtype, by_columns and len(shape) > 1


def _no_array(path: Path) -> VolumeError:
    # what NumPy says of such files may be advice to load them unsafely
    return VolumeError("is truncated, damaged or no array of numbers", file=path, expected=FORMATS)


def _skip(stream: IO[bytes], count: int) -> None:
    while count > 0:
        block = stream.read(min(_BLOCK, count))
        if not block:
            raise EOFError
        count -= len(block)


def open_hdf5(path: Path, dataset: str | None) -> StoredVolume:
    """Open a data set of an HDF5 file; planes are read as they are asked for.

    Raises:
        VolumeError: It is damaged or ambiguous.
    """
    import h5py

    names: list[str] = []

    def collect(name: str, item: object) -> None:
        if isinstance(item, h5py.Dataset) and item.shape is not None and len(item.shape) >= 2:
            names.append(name)

    try:
        with h5py.File(path, "r") as file:
            file.visititems(collect)
            name = only_one(names, dataset, path)
            shape = require_three_axes(file[name].shape, path)
            full_shape, dtype = file[name].shape, file[name].dtype
            voxel_size = voxel_size_from_attribute(file[name].attrs.get("element_size_um", ()))
    except VolumeError:
        raise
    except DAMAGED as error:
        raise VolumeError(f"is damaged or no HDF5 file ({error})", file=path) from None
    # the axis that planes are counted along, after axes of length 1
    leading = next(axis for axis, length in enumerate(full_shape) if length == shape[0])

    def read(start: int, stop: int) -> Planes:
        try:
            with h5py.File(path, "r") as file:
                chosen = (*(slice(None),) * leading, slice(start, stop))
                return np.asarray(file[name][chosen]).reshape((stop - start, *shape[1:]))
        except DAMAGED as error:
            # filters that are not installed, damaged chunks
            raise VolumeError(f"cannot be decoded ({error})", file=path) from None

    return StoredVolume(path, shape, dtype, voxel_size, read)


def only_one(names: list[str], wanted: str | None, path: Path) -> str:
    """The data set that is wanted, or the only one there is.

    Raises:
        VolumeError: There is no such, or there are several.
    """
    if wanted is not None and wanted in names:
        return wanted
    if wanted is None and len(names) == 1:
        return names[0]
    found = ", ".join(names) if names else "none"
    raise VolumeError(
        "holds no such data set" if wanted else "does not hold one data set",
        file=path,
        field="dataset",
        found=found,
        expected="the name of one of them" if names else "a data set with three axes",
    )


def open_raw(path: Path, shape: tuple[int, int, int], voxel_type: str) -> StoredVolume:
    """Open raw bytes, which are mapped.

    Raises:
        VolumeError: The file does not have the size of the shape.
    """
    try:
        dtype = np.dtype(voxel_type)
    except TypeError:
        dtype = np.dtype(object)
    if dtype.kind not in "biuf":
        raise VolumeError(
            "is no type of number", field="voxel_type", found=f'"{voxel_type}"',
            expected="such as uint8, uint16, >u2 or float32",
        )  # fmt: skip
    require_three_axes(shape, path)
    size, needed = path.stat().st_size, math.prod(shape) * dtype.itemsize
    if size != needed:
        raise VolumeError(
            "does not have the size of its shape" if size > needed else "is truncated",
            file=path,
            found=f"{size} bytes",
            expected=f"{needed} bytes for {shape[0]} x {shape[1]} x {shape[2]} {dtype}",
        )
    voxels = np.memmap(path, dtype=dtype, mode="r", shape=shape)
    return StoredVolume(
        path, shape, dtype, None, lambda start, stop: np.asarray(voxels[start:stop])
    )
