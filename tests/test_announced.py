# SPDX-License-Identifier: BSD-3-Clause
"""What a file announces, or a profile needs, is known and refused before work is done for it."""

from __future__ import annotations

import io
import os
import resource
import stat
import struct
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile

from interfacefem.errors import CaseError, ImageError, MeshError, PixelSizeError
from interfacefem.images import read_micrograph
from interfacefem.meshing.boundary_nodes import MAX_BOUNDARY_NODES
from interfacefem.meshing.profile_domain import mesh_profile
from interfacefem.parameters.yaml_input import MOST_YAML, read_yaml
from interfacefem.study.file import Study
from interfacefem.surfaces import Profile
from interfacefem.surfaces.height_map import HeightMapError
from interfacefem.surfaces.height_map_files import read_height_map
from interfacefem.units import UM


def tiff_of_zeros(path: Path, side: int, rows_per_strip: int = 100) -> Path:
    """A square image whose strips are all the same few bytes (shared case ``announced_sizes``)."""
    strip = zlib.compress(bytes(side * rows_per_strip), 9)
    strips = side // rows_per_strip
    offsets = 8 + len(strip) + len(strip) % 2
    counts = offsets + 4 * strips
    entries = [
        (256, 4, 1, side), (257, 4, 1, side), (258, 3, 1, 8), (259, 3, 1, 8), (262, 3, 1, 1),
        (273, 4, strips, offsets), (277, 3, 1, 1), (278, 4, 1, rows_per_strip),
        (279, 4, strips, counts),
    ]  # fmt: skip
    content = struct.pack("<2sHI", b"II", 42, counts + 4 * strips)
    content += strip.ljust(offsets - 8, b"\0")
    content += struct.pack(f"<{strips}I", *[8] * strips)
    content += struct.pack(f"<{strips}I", *[len(strip)] * strips)
    content += struct.pack("<H", len(entries))
    content += b"".join(struct.pack("<HHII", *entry) for entry in entries)
    path.write_bytes(content + bytes(4))
    return path


def peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@pytest.mark.parametrize("side", [20_000, 60_000])
def test_an_image_of_kilobytes_that_announces_gigabytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, side: int
) -> None:
    monkeypatch.setattr("interfacefem.sizes.memory_there", lambda: 8e9)
    path = tiff_of_zeros(tmp_path / "large.tif", side)
    assert path.stat().st_size < 100_000
    before = peak_bytes()
    with pytest.raises(ImageError, match=f"does not fit.*{side} x {side} pixels") as said:
        read_micrograph(path, pixel_size=50e-9)
    assert "damaged" not in str(said.value)
    assert peak_bytes() - before < 200e6


def test_an_image_that_fits_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "small.tif"
    tifffile.imwrite(path, np.tile(np.arange(200, dtype=np.uint8), (100, 1)))
    monkeypatch.setattr("interfacefem.sizes.memory_there", lambda: 100 * 200 * 200.0)
    assert read_micrograph(path, pixel_size=50e-9, crop="none").gray.shape == (100, 200)
    monkeypatch.setattr("interfacefem.sizes.memory_there", lambda: 100 * 200 * 20.0)
    with pytest.raises(ImageError, match="100 x 200 pixels"):
        read_micrograph(path, pixel_size=50e-9, crop="none")


def test_a_height_map_without_its_data(tmp_path: Path) -> None:
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        stream, {"descr": "<f8", "fortran_order": False, "shape": (1_000_000, 1_000_000)}
    )
    path = tmp_path / "map.npy"
    path.write_bytes(stream.getvalue())
    with pytest.raises(HeightMapError, match="is truncated; found 128 bytes; expected 8000000000"):
        read_height_map(path, pixel_size=1e-6)


def test_a_height_map_that_does_not_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heights = np.random.default_rng(0).normal(size=(64, 64)) * 1e-7
    np.save(tmp_path / "map.npy", heights)
    tifffile.imwrite(tmp_path / "map.tif", heights)
    np.savetxt(tmp_path / "map.csv", heights, delimiter=",")
    for name in ("map.npy", "map.tif", "map.csv"):
        assert read_height_map(tmp_path / name, pixel_size=1e-6).heights.shape == (64, 64)
    monkeypatch.setattr("interfacefem.sizes.memory_there", lambda: 64 * 64 * 10.0)
    for name in ("map.npy", "map.tif", "map.csv"):
        with pytest.raises(HeightMapError, match="does not fit into the memory"):
            read_height_map(tmp_path / name, pixel_size=1e-6)


def neck(half_width: float) -> Profile:
    """A pore behind a neck of twice this width, in um (shared case ``neck_profile``)."""
    x = [0.0, 5 - half_width, 4.0, 6.0, 5 + half_width, 10.0]
    z = [0.0, 0.0, -5.0, -5.0, 0.0, 0.0]
    return Profile(np.array(x) * UM, np.array(z) * UM)


@pytest.mark.parametrize("half_width", [1e-10, 1e-7])
def test_nodes_are_counted_before_they_are_made(half_width: float) -> None:
    before, started = peak_bytes(), time.process_time()
    with pytest.raises(MeshError, match=r"too many nodes; found \d+, with the shortest edges") as e:
        mesh_profile(neck(half_width), 20 * UM)
    said = str(e.value)
    assert f"at most {MAX_BOUNDARY_NODES}" in said
    # at the neck
    place = float(said.split("x = ")[1].split(" um")[0])
    assert place == pytest.approx(5.0, abs=0.2)
    assert peak_bytes() - before < 300e6
    assert time.process_time() - started < 20


def test_a_neck_that_can_be_meshed_is(tmp_path: Path) -> None:
    mesh = mesh_profile(neck(0.005), 20 * UM)
    assert mesh.quality.smallest_angle > 10


def test_a_long_list_in_yaml_is_read_at_once(tmp_path: Path) -> None:
    path = tmp_path / "list.yaml"
    path.write_text("x:\n" + "".join(f"  - {number}\n" for number in range(100_000)))
    started = time.process_time()
    with pytest.raises(CaseError, match="unknown key"):
        read_yaml(path, Study)
    # 12 s with the parser in Python
    assert time.process_time() - started < 6
    path.write_text("# " + "x" * MOST_YAML + "\nname: a\n")
    with pytest.raises(CaseError, match="too large for what it should be; found 4000"):
        read_yaml(path, Study)


@pytest.mark.parametrize("suffix", [".txt", ".hdr"])
@pytest.mark.parametrize("kind", ["device", "pipe"])
def test_a_special_file_beside_an_image_is_not_opened(
    tmp_path: Path, kind: str, suffix: str
) -> None:
    image = tmp_path / "image.tif"
    tifffile.imwrite(image, np.tile(np.arange(200, dtype=np.uint8), (100, 1)))
    beside = image.with_suffix(suffix)
    if kind == "device":
        beside.symlink_to("/dev/zero")
    else:
        os.mkfifo(beside)
        assert stat.S_ISFIFO(beside.stat().st_mode)
    with pytest.raises(PixelSizeError):
        read_micrograph(image)


@pytest.mark.parametrize("kind", ["device", "pipe"])
def test_a_special_file_is_no_input(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "input"
    if kind == "device":
        path.symlink_to("/dev/zero")
    else:
        os.mkfifo(path)
    with pytest.raises(CaseError, match="is no file"):
        read_yaml(path, Study)
    with pytest.raises(ImageError, match="is no file"):
        read_micrograph(path)
