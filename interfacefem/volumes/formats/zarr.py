# SPDX-License-Identifier: BSD-3-Clause
"""Zarr folders, versions 2 and 3, with OME's voxel sizes; chunks are read as they are asked for.

Chunks that are not packed, or packed by zlib or gzip, are read without further libraries, others
(blosc, zstd, lz4) where ``numcodecs`` is installed.
"""

from __future__ import annotations

import gzip
import importlib
import itertools
import json
import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from interfacefem.errors import DAMAGED, VolumeError
from interfacefem.sizes import require_memory
from interfacefem.volumes.formats.arrays import only_one
from interfacefem.volumes.formats.stored import Planes, StoredVolume, require_three_axes
from interfacefem.volumes.voxel_size import VoxelSize

_METADATA = ("zarr.json", ".zarray", ".zgroup")
_UNITS = {"nanometer": 1e-9, "micrometer": 1e-6, "millimeter": 1e-3, "meter": 1.0}
_CHECKSUM = 4  # bytes behind a chunk (crc32c)

_Decode = Callable[[bytes], bytes]


def is_zarr(path: Path) -> bool:
    """Whether a folder is a Zarr array or group."""
    return any((path / name).is_file() for name in _METADATA)


@dataclass(frozen=True)
class _Stored:
    """One array of a Zarr folder: ``order`` is that of the axes within a chunk, slowest first."""

    folder: Path
    shape: tuple[int, ...]
    chunks: tuple[int, ...]
    dtype: np.dtype[Any]
    order: tuple[int, ...]
    fill: Any
    prefix: str
    separator: str
    decode: list[_Decode]

    def chunk(self, place: tuple[int, ...]) -> Planes:
        """Decode one chunk; one that was never written holds what the array is filled with."""
        name = self.separator.join(map(str, place))
        path = self.folder / (f"{self.prefix}{self.separator}{name}" if self.prefix else name)
        if not path.is_file():
            return np.full(self.chunks, self.fill, self.dtype)
        data = path.read_bytes()
        for decode in self.decode:
            data = decode(data)
        stored = tuple(self.chunks[axis] for axis in self.order)
        values = np.frombuffer(data, self.dtype, math.prod(self.chunks)).reshape(stored)
        return values.transpose(np.argsort(self.order))


def open_zarr(path: Path, dataset: str | None) -> StoredVolume:
    """Open an array of a Zarr folder.

    Args:
        path: The folder of an array or of a group.
        dataset: Name of the array within a group; default: the only one, or the first of OME's
            scales.

    Raises:
        VolumeError: It is damaged, ambiguous or packed by a method that is not there.
    """
    try:
        folder, size = _array_folder(path, dataset)
        stored = _described(folder, path)
        shape = require_three_axes(stored.shape, path)
    except VolumeError:
        raise
    except DAMAGED as error:
        raise VolumeError(f"is damaged or no Zarr array ({error})", file=path) from None
    require_memory(stored.chunks, stored.dtype.itemsize, file=path, kind=VolumeError)
    # the axis that planes are counted along, after axes of length 1
    leading = next(axis for axis, length in enumerate(stored.shape) if length == shape[0])

    def read(start: int, stop: int) -> Planes:
        limits = [(0, length) for length in stored.shape]
        limits[leading] = (start, stop)
        try:
            return _part(stored, limits).reshape((stop - start, *shape[1:]))
        except DAMAGED as error:
            raise VolumeError(f"cannot be decoded ({error})", file=path) from None

    return StoredVolume(path, shape, stored.dtype, size, read)


def _part(stored: _Stored, limits: list[tuple[int, int]]) -> Planes:
    """The voxels between limits along each axis."""
    values = np.empty([stop - start for start, stop in limits], stored.dtype)
    places = [
        range(start // size, -(-stop // size))
        for (start, stop), size in zip(limits, stored.chunks, strict=True)
    ]
    for place in itertools.product(*places):
        own, target = [], []
        for index, size, (start, stop) in zip(place, stored.chunks, limits, strict=True):
            first, last = max(index * size, start), min((index + 1) * size, stop)
            own.append(slice(first - index * size, last - index * size))
            target.append(slice(first - start, last - start))
        values[tuple(target)] = stored.chunk(place)[tuple(own)]
    return values


def _array_folder(path: Path, dataset: str | None) -> tuple[Path, VoxelSize | None]:
    """Folder of the array that is wanted, and its voxel size where OME's metadata say it."""
    if _is_array(path):
        return path, None
    scales = _scales(path)
    if scales is not None:
        names = [one["path"] for one in scales["datasets"]]
        name = names[0] if dataset is None else only_one(names, dataset, path)
        return path / name, _voxel_size(scales, names.index(name))
    names = sorted(
        str(one.parent.relative_to(path))
        for pattern in (".zarray", "zarr.json")
        for one in path.rglob(pattern)
        if _is_array(one.parent)
    )
    return path / only_one(names, dataset, path), None


def _is_array(folder: Path) -> bool:
    if (folder / ".zarray").is_file():
        return True
    file = folder / "zarr.json"
    return file.is_file() and json.loads(file.read_text())["node_type"] == "array"


def _scales(path: Path) -> dict[str, Any] | None:
    """OME's description of a group, of either version."""
    attributes: dict[str, Any] = {}
    if (path / ".zattrs").is_file():
        attributes = json.loads((path / ".zattrs").read_text())
    elif (path / "zarr.json").is_file():
        attributes = json.loads((path / "zarr.json").read_text()).get("attributes", {})
    found = attributes.get("ome", attributes).get("multiscales")
    return found[0] if found else None


def _voxel_size(scales: dict[str, Any], index: int) -> VoxelSize | None:
    """Edges of a voxel in m; None unless each of the last three axes has a unit of length."""
    steps = scales["datasets"][index].get("coordinateTransformations", [])
    scale = next((one["scale"] for one in steps if one.get("type") == "scale"), None)
    units = [axis.get("unit") if isinstance(axis, dict) else None for axis in scales["axes"]]
    if scale is None or any(unit not in _UNITS for unit in units[-3:]):
        return None
    edges = [
        float(step) * _UNITS[str(unit)] for step, unit in zip(scale[-3:], units[-3:], strict=True)
    ]
    return edges[0], edges[1], edges[2]


def _described(folder: Path, path: Path) -> _Stored:
    if (folder / ".zarray").is_file():
        known = json.loads((folder / ".zarray").read_text())
        axes = range(len(known["shape"]))
        if known.get("filters"):
            raise _unknown(path, "filters")
        packed = known["compressor"]
        decode = [] if packed is None else [_decoder(packed["id"], packed, path)]
        return _Stored(
            folder, tuple(known["shape"]), tuple(known["chunks"]), np.dtype(known["dtype"]),
            tuple(axes) if known["order"] == "C" else tuple(reversed(axes)),
            known["fill_value"] or 0, "", known.get("dimension_separator", "."), decode,
        )  # fmt: skip
    known = json.loads((folder / "zarr.json").read_text())
    order = tuple(range(len(known["shape"])))
    dtype, decode = np.dtype(known["data_type"]), []
    for codec in known["codecs"]:
        name, options = codec["name"], codec.get("configuration", {})
        if name == "bytes":
            dtype = dtype.newbyteorder(">" if options.get("endian") == "big" else "<")
        elif name == "transpose":
            order = tuple(options["order"])
        else:
            decode.insert(0, _decoder(name, options, path))
    keys = known["chunk_key_encoding"]
    plain = keys["name"] == "v2"
    separator = keys.get("configuration", {}).get("separator", "." if plain else "/")
    return _Stored(
        folder, tuple(known["shape"]), tuple(known["chunk_grid"]["configuration"]["chunk_shape"]),
        dtype, order, known["fill_value"] or 0, "" if plain else "c", separator, decode,
    )  # fmt: skip


def _decoder(name: str, options: dict[str, Any], path: Path) -> _Decode:
    """What unpacks a chunk.

    Raises:
        VolumeError: It is not there.
    """
    if name == "zlib":
        return zlib.decompress
    if name == "gzip":
        return gzip.decompress
    if name == "crc32c":
        return lambda data: data[:-_CHECKSUM]
    if name not in ("blosc", "zstd", "lz4"):
        raise _unknown(path, name)
    try:
        codecs = importlib.import_module("numcodecs")
    except ImportError:
        raise VolumeError(
            f"is packed by {name}, which needs another library", file=path,
            expected="python3 -m pip install numcodecs",
        ) from None  # fmt: skip
    codec = {"blosc": "Blosc", "zstd": "Zstd", "lz4": "LZ4"}[name]
    return getattr(codecs, codec)().decode


def _unknown(path: Path, name: str) -> VolumeError:
    return VolumeError(
        "is packed by a method that is not read", file=path, found=name,
        expected="none, zlib, gzip, blosc, zstd or lz4",
    )  # fmt: skip
