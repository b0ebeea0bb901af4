# SPDX-License-Identifier: BSD-3-Clause
"""NRRD files: a header in words, the voxels behind it or in a file beside it (teem's format 5)."""

from __future__ import annotations

import bz2
import gzip
import math
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, cast

import numpy as np

from interfacefem.errors import DAMAGED, InputError, VolumeError
from interfacefem.units import parse_quantity
from interfacefem.volumes.formats.stored import (
    Planes,
    StoredVolume,
    require_bytes,
    require_three_axes,
)
from interfacefem.volumes.voxel_size import VoxelSize, declared

NRRD_SUFFIXES = {".nrrd", ".nhdr"}
_LONGEST_HEADER = 100_000  # bytes
_TYPES = {
    "i1": ("signed char", "int8", "int8_t"),
    "u1": ("uchar", "unsigned char", "uint8", "uint8_t"),
    "i2": ("short", "short int", "signed short", "signed short int", "int16", "int16_t"),
    "u2": ("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"),
    "i4": ("int", "signed int", "int32", "int32_t"),
    "u4": ("uint", "unsigned int", "uint32", "uint32_t"),
    "i8": ("longlong", "long long", "long long int", "int64", "int64_t"),
    "u8": ("ulonglong", "unsigned long long", "uint64", "uint64_t"),
    "f4": ("float",),
    "f8": ("double",),
}
_UNPACK: dict[str, Callable[..., Any]] = {
    "gzip": gzip.open,
    "gz": gzip.open,
    "bzip2": bz2.open,
    "bz2": bz2.open,
}


def open_nrrd(path: Path) -> StoredVolume:
    """Open an NRRD file: raw voxels are mapped, packed ones unpacked as they are read.

    The fastest axis, which NRRD names first, becomes axis 2.

    Raises:
        VolumeError: It is damaged, truncated, or of a type or encoding that is not read.
    """
    fields, begin = _header(path)
    dtype = _dtype(fields, path)
    sizes = _numbers(fields, "sizes", path)
    if not sizes or any(not value.is_integer() for value in sizes):
        raise VolumeError("is damaged", file=path, field="sizes", found=fields.get("sizes"))
    counts = tuple(int(value) for value in reversed(sizes))
    shape = require_three_axes(counts, path)
    encoding = fields.get("encoding", "").lower()
    named = fields.get("data file", fields.get("datafile"))
    data = path
    if named is not None:
        if Path(named).name != named or "%" in named or named.lower() == "list":
            raise VolumeError(
                "keeps its voxels elsewhere", file=path, field="data file", found=named,
                expected="one file beside it",
            )  # fmt: skip
        data, begin = path.with_name(named), 0
        if not data.is_file():
            raise VolumeError("no such file", file=data, expected=f"the voxels of {path.name}")
    for skip in ("byte skip", "line skip"):
        if fields.get(skip, "0") != "0":
            raise VolumeError("is not read", file=path, field=skip, found=fields[skip])
    size = _voxel_size(fields, len(counts)) if len(counts) == 3 else None
    needed = math.prod(shape) * dtype.itemsize
    if encoding == "raw":
        require_bytes(data, needed, offset=begin)
        voxels = np.memmap(data, dtype=dtype, mode="r", offset=begin, shape=shape)
        return StoredVolume(
            path, shape, dtype, size, lambda start, stop: np.asarray(voxels[start:stop])
        )
    if encoding not in _UNPACK:
        raise VolumeError(
            "is not read", file=path, field="encoding", found=f'"{encoding}"',
            expected="raw, gzip or bzip2",
        )  # fmt: skip
    read = _unpacker(data, begin, encoding, shape, dtype)
    return StoredVolume(path, shape, dtype, size, read, packed=True)


def _unpacker(
    data: Path, begin: int, encoding: str, shape: tuple[int, int, int], dtype: np.dtype
) -> Callable[[int, int], Planes]:
    plane = shape[1] * shape[2] * dtype.itemsize

    def read(start: int, stop: int) -> Planes:
        planes = np.empty((stop - start, *shape[1:]), dtype)
        try:
            with data.open("rb") as packed:
                packed.seek(begin)
                with cast(IO[bytes], _UNPACK[encoding](packed)) as stream:
                    for index in range(stop):
                        block = stream.read(plane)
                        if len(block) < plane:
                            raise EOFError
                        if index >= start:
                            planes[index - start] = np.frombuffer(block, dtype).reshape(shape[1:])
        except DAMAGED:
            raise VolumeError(
                "is truncated or damaged", file=data,
                expected=f"{plane * shape[0]} bytes once unpacked",
            ) from None  # fmt: skip
        return planes

    return read


def _header(path: Path) -> tuple[dict[str, str], int]:
    """Fields by name, and the byte at which the voxels begin."""
    with path.open("rb") as stream:
        text = stream.read(_LONGEST_HEADER)
    if not text.startswith(b"NRRD000"):
        raise VolumeError("is damaged or no NRRD file", file=path, expected="NRRD000 at its begin")
    ends = [(at, at + len(mark)) for mark in (b"\n\n", b"\r\n\r\n") if (at := text.find(mark)) > 0]
    last, begin = min(ends, default=(len(text), len(text)))
    fields = {}
    for line in text[:last].decode("ascii", "replace").splitlines()[1:]:
        name, colon, value = line.partition(": ")
        if colon and not line.startswith("#"):
            fields[name.strip().lower()] = value.strip()
    return fields, begin


def _dtype(fields: dict[str, str], path: Path) -> np.dtype:
    kind = fields.get("type", "").lower()
    code = next((code for code, names in _TYPES.items() if kind in names), None)
    if code is None:
        raise VolumeError(
            "is no type of number", file=path, field="type", found=f'"{kind}"',
            expected="such as uchar, uint16 or float",
        )  # fmt: skip
    return np.dtype((">" if fields.get("endian", "").lower() == "big" else "<") + code)


def _numbers(fields: dict[str, str], name: str, path: Path) -> list[float]:
    try:
        return [float(part) for part in fields.get(name, "").split()]
    except ValueError:
        raise VolumeError("is damaged", file=path, field=name, found=fields[name]) from None


def _voxel_size(fields: dict[str, str], axes: int) -> VoxelSize | None:
    """Edges along the slowest to the fastest axis; None without lengths or their unit."""
    units = [part for part in fields.get("space units", fields.get("units", "")).split('"') if part]
    units = [part.strip() for part in units if part.strip()]
    if len(units) != axes:
        return None
    lengths = []
    if "space directions" in fields:
        for vector in fields["space directions"].replace("(", " ").split(")"):
            parts = [part for part in vector.replace(",", " ").split() if part != "none"]
            if parts:
                lengths.append(math.hypot(*(float(part) for part in parts)))
    elif "spacings" in fields:
        lengths = [float(part) for part in fields["spacings"].split()]
    if len(lengths) != axes:
        return None
    try:
        edges = [
            parse_quantity(f"{length!r} {unit}", unit="m", example="25 nm")
            for length, unit in zip(lengths, units, strict=True)
        ]
    except InputError:
        return None
    return declared(list(reversed(edges)))
