# SPDX-License-Identifier: BSD-3-Clause
"""Zarr folders as they are laid out on a disk, and labels that are read part by part."""

from __future__ import annotations

import gzip
import importlib.util
import itertools
import json
import zlib

import h5py
import numpy as np
import pytest

from interfacefem.errors import VolumeError
from interfacefem.volumes import reading
from interfacefem.volumes.reading import open_volume

SIZE = (50e-9, 25e-9, 25e-9)
SHAPE = (9, 7, 10)


def labels(kind: str = "uint8") -> np.ndarray:
    return np.random.default_rng(0).integers(0, 3, SHAPE).astype(kind)


def write_chunks(folder, values, chunks, name, pack, order="C", leave_out=()) -> None:
    counts = [-(-length // size) for length, size in zip(values.shape, chunks, strict=True)]
    for place in itertools.product(*map(range, counts)):
        if place in leave_out:
            continue
        part = values[tuple(slice(i * n, (i + 1) * n) for i, n in zip(place, chunks, strict=True))]
        whole = np.zeros(chunks, values.dtype)
        whole[tuple(map(slice, part.shape))] = part
        path = folder / name(place)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pack(whole.tobytes(order)))


def version_2(folder, values, chunks=(4, 3, 10), *, packed="zlib", order="C", separator="."):
    folder.mkdir(parents=True)
    (folder / ".zarray").write_text(json.dumps({
        "zarr_format": 2, "shape": values.shape, "chunks": chunks, "dtype": values.dtype.str,
        "compressor": packed and {"id": packed}, "filters": None, "fill_value": 0, "order": order,
        "dimension_separator": separator,
    }))  # fmt: skip
    pack = {"zlib": zlib.compress, "gzip": gzip.compress}.get(packed, bytes)
    write_chunks(folder, values, chunks, lambda at: separator.join(map(str, at)), pack, order)


def version_3(folder, values, chunks=(4, 3, 10), leave_out=()):
    folder.mkdir(parents=True)
    big = values.astype(values.dtype.newbyteorder(">"))
    (folder / "zarr.json").write_text(json.dumps({
        "zarr_format": 3, "node_type": "array", "shape": values.shape,
        "data_type": values.dtype.name, "fill_value": 0,
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": chunks}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "codecs": [
            {"name": "bytes", "configuration": {"endian": "big"}},
            {"name": "gzip", "configuration": {"level": 5}}, {"name": "crc32c"},
        ],
    }))  # fmt: skip
    write_chunks(
        folder, big, chunks, lambda at: "c/" + "/".join(map(str, at)),
        lambda data: gzip.compress(data) + b"sums", leave_out=leave_out,
    )  # fmt: skip


@pytest.mark.parametrize(
    "layout",
    [
        {"packed": None}, {"packed": "zlib", "separator": "/"}, {"packed": "gzip", "order": "F"},
        {"packed": "zlib", "chunks": (1, 7, 10)}, {"packed": None, "chunks": (9, 7, 10)},
    ],
)  # fmt: skip
def test_every_layout_of_version_2_gives_its_labels(tmp_path, layout) -> None:
    values = labels()
    version_2(tmp_path / "a.zarr", values, **layout)
    file = open_volume(tmp_path / "a.zarr", voxel_size=SIZE)
    assert (file.labels() == values).all()
    assert (file.labels(3, 8) == values[3:8]).all()


def test_version_3_with_a_chunk_that_was_never_written(tmp_path) -> None:
    values = labels("uint16")
    version_3(tmp_path / "a.zarr", values, leave_out=[(1, 0, 0)])
    values[4:8, :3] = 0
    assert (open_volume(tmp_path / "a.zarr", voxel_size=SIZE).labels() == values).all()


def test_the_first_of_omes_scales_with_its_voxel_size(tmp_path) -> None:
    values = labels()
    version_2(tmp_path / "a.zarr" / "0", values[None, None], (1, 1, 4, 7, 10))
    version_2(tmp_path / "a.zarr" / "1", values[None, None, ::2], (1, 1, 4, 7, 10))
    axes = [{"name": "t"}, {"name": "c"}] + [{"name": one, "unit": "micrometer"} for one in "zyx"]
    scale = [{"type": "scale", "scale": [1, 1, 0.05, 0.025, 0.025]}]
    known = [{"path": name, "coordinateTransformations": scale} for name in "01"]
    (tmp_path / "a.zarr" / ".zgroup").write_text('{"zarr_format": 2}')
    (tmp_path / "a.zarr" / ".zattrs").write_text(
        json.dumps({"multiscales": [{"axes": axes, "datasets": known}]})
    )
    file = open_volume(tmp_path / "a.zarr")
    assert file.voxel_size == pytest.approx(SIZE)
    assert (file.labels() == values).all()
    assert (open_volume(tmp_path / "a.zarr", dataset="1").labels() == values[::2]).all()


def test_bad_folders_are_one_line(tmp_path) -> None:
    version_2(tmp_path / "cut.zarr", labels())
    next(iter((tmp_path / "cut.zarr").glob("0.*"))).write_bytes(b"x")
    with pytest.raises(VolumeError, match="cannot be decoded"):
        open_volume(tmp_path / "cut.zarr", voxel_size=SIZE).labels()
    version_2(tmp_path / "huge.zarr", labels())
    file = tmp_path / "huge.zarr" / ".zarray"
    known = json.loads(file.read_text())
    file.write_text(json.dumps({**known, "chunks": [10**6] * 3}))
    with pytest.raises(VolumeError, match="does not fit into the memory"):
        open_volume(tmp_path / "huge.zarr", voxel_size=SIZE)
    file.write_text(json.dumps({**known, "compressor": {"id": "blosc"}}))
    if importlib.util.find_spec("numcodecs") is None:
        with pytest.raises(VolumeError, match=r"needs another library.*numcodecs"):
            open_volume(tmp_path / "huge.zarr", voxel_size=SIZE)
    file.write_text("{")
    with pytest.raises(VolumeError, match="is damaged or no Zarr array"):
        open_volume(tmp_path / "huge.zarr", voxel_size=SIZE)
    for name in "ab":
        version_2(tmp_path / "two.zarr" / name, labels())
    (tmp_path / "two.zarr" / ".zgroup").write_text('{"zarr_format": 2}')
    with pytest.raises(VolumeError, match="does not hold one data set; found a, b"):
        open_volume(tmp_path / "two.zarr", voxel_size=SIZE)


def test_labels_are_read_part_by_part_into_the_smallest_type(tmp_path, monkeypatch) -> None:
    values = labels("int64")
    values[7] *= 200
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["labels"] = values
    said: list[str] = []
    monkeypatch.setattr(reading, "_PART", 2 * 7 * 10 * 8)
    monkeypatch.setattr(reading, "_SECONDS_BETWEEN_REMARKS", -1)
    monkeypatch.setattr(reading, "remark", said.append)
    found = open_volume(tmp_path / "a.h5", voxel_size=SIZE).labels()
    assert (found == values).all()
    assert found.dtype == np.uint16
    assert said == [f"a.h5: {count} of 9 planes read" for count in (2, 4, 6, 8)]
    np.save(tmp_path / "a.npy", values)
    # what is mapped is not read at all
    assert reading._is_mapped(open_volume(tmp_path / "a.npy", voxel_size=SIZE).labels())
