# SPDX-License-Identifier: BSD-3-Clause
"""Formats of microscopes' own software: what they need, and their calibrated axes.

Those with a writer in RosettaSciIO are written by it, DM3, DM4 and SER here, byte by byte.
"""

from __future__ import annotations

import importlib
import struct
import warnings
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from interfacefem.errors import ImageError, PixelSizeError
from interfacefem.images import read_micrograph

IMAGE = np.add.outer(np.arange(48), np.arange(64)).astype(np.uint8) * 2


@pytest.mark.skipif(find_spec("rsciio") is not None, reason="RosettaSciIO is installed")
@pytest.mark.parametrize("suffix", ["dm3", "dm4", "emd", "ser", "mrc"])
def test_a_microscopes_own_format_says_what_to_install(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(bytes(200))
    with pytest.raises(ImageError, match=r'pip install "rosettasciio>=0\.9"'):
        read_micrograph(path)


def test_a_microscopes_own_format_keeps_its_calibration(tmp_path: Path) -> None:
    rsciio = pytest.importorskip("rsciio")
    for plugin, suffix in (("emd", "emd"), ("hspy", "hspy")):
        writer = importlib.import_module(f"{rsciio.__name__}.{plugin}").file_writer
        for unit, scale in (("nm", 55.8), ("um", 0.0558)):
            path = tmp_path / f"{unit}.{suffix}"
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of the other library's own
                writer(str(path), signal(unit, (scale, scale)))
            micrograph = read_micrograph(path)
            assert micrograph.pixel_size == pytest.approx(55.8e-9)
            assert micrograph.gray.shape == IMAGE.shape
            assert np.corrcoef(micrograph.gray.ravel(), IMAGE.ravel())[0, 1] > 0.999
    hspy = importlib.import_module("rsciio.hspy").file_writer
    hspy(str(tmp_path / "flat.hspy"), signal("nm", (50.0, 60.0)))
    with pytest.raises(PixelSizeError, match="not square"):
        read_micrograph(tmp_path / "flat.hspy")
    hspy(str(tmp_path / "diffraction.hspy"), signal("1/nm", (0.1, 0.1)))
    with pytest.raises(PixelSizeError, match="cannot be used"):
        read_micrograph(tmp_path / "diffraction.hspy")


def signal(units: str, scales: tuple[float, float]) -> dict[str, object]:
    """An image as RosettaSciIO's writers take it."""
    axes = [
        {
            "_type": "UniformDataAxis", "name": name, "size": size, "scale": scale, "offset": 0.0,
            "units": units, "navigate": False, "is_binned": False, "index_in_array": index,
        }
        for index, (name, size, scale) in enumerate(
            zip("yx", IMAGE.shape, scales, strict=True)
        )
    ]  # fmt: skip
    metadata = {"General": {"title": "a"}, "Signal": {"signal_type": ""}}
    return {
        "data": IMAGE, "axes": axes, "metadata": metadata, "original_metadata": {},
        "package_info": {},
        "attributes": {"_lazy": False}, "package": "interfacefem", "package_version": "0",
        "learning_results": {}, "models": {}, "tmp_parameters": {},
    }  # fmt: skip


def series(side: float) -> bytes:
    """A SER file of TIA with one image; its axes are in metres."""
    rows, columns = IMAGE.shape
    head = struct.pack("<hhhiiii", 0x4949, 0x0197, 0x0210, 0x4122, 0x4152, 1, 1)
    number = b"Number"
    dimension = struct.pack("<iddii", 1, 0.0, 1.0, 0, len(number)) + number + struct.pack("<i", 0)
    start = len(head) + 4 + 4 + len(dimension)
    head += struct.pack("<ii", start, 1) + dimension
    element = struct.pack("<ddiddihii", 0.0, side, 0, 0.0, side, 0, 1, columns, rows)
    element += IMAGE[::-1].tobytes()  # rows count upward
    first = start + 8
    offsets = struct.pack("<ii", first, first + len(element))
    return head + offsets + element + struct.pack("<hhi", 0x4152, 0, 0)


class DigitalMicrographFile:
    """Just so much of DM3 and DM4 as holds one calibrated image of eight bits."""

    def __init__(self, version: int) -> None:
        self.size = ">q" if version == 4 else ">i"
        self.version = version

    def group(self, entries: list[tuple[str, bytes, bool]]) -> bytes:
        """Tags of a group, each a name, its content, and whether it is a group itself."""
        body = b"".join(self._entry(name, content, is_group) for name, content, is_group in entries)
        return struct.pack(">bb", 1, 0) + struct.pack(self.size, len(entries)) + body

    def _entry(self, name: str, content: bytes, is_group: bool) -> bytes:
        head = struct.pack(">bh", 20 if is_group else 21, len(name)) + name.encode()
        if self.version == 4:
            head += struct.pack(">q", len(content))
        return head + content

    def tag(self, info: list[int], data: bytes) -> bytes:
        """A value: what kind it is, and its bytes."""
        kinds = b"".join(struct.pack(self.size, number) for number in info)
        return b"%%%%" + struct.pack(self.size, len(info)) + kinds + data

    def text(self, value: str) -> bytes:
        return self.tag([20, 4, len(value)], value.encode("utf-16-le"))

    def whole(self, value: int) -> bytes:
        return self.tag([5], struct.pack("<I", value))

    def real(self, value: float) -> bytes:
        return self.tag([6], struct.pack("<f", value))

    def content(self, scale: float, units: str) -> bytes:
        rows, columns = IMAGE.shape
        axis = self.group([
            ("Origin", self.real(0.0), False), ("Scale", self.real(scale), False),
            ("Units", self.text(units), False),
        ])  # fmt: skip
        axes = self.group([("", axis, True), ("", axis, True)])
        brightness = self.group([
            ("Origin", self.real(0.0), False), ("Scale", self.real(1.0), False),
            ("Units", self.text(""), False),
        ])  # fmt: skip
        calibrations = self.group([("Brightness", brightness, True), ("Dimension", axes, True)])
        sides = self.group([("", self.whole(columns), False), ("", self.whole(rows), False)])
        pixels = self.tag([20, 10, IMAGE.size], IMAGE.tobytes())
        data = self.group([
            ("Calibrations", calibrations, True), ("Data", pixels, False),
            ("DataType", self.whole(6), False), ("Dimensions", sides, True),
            ("PixelDepth", self.whole(1), False),
        ])  # fmt: skip
        image = self.group([
            ("ImageData", data, True), ("ImageTags", self.group([]), True),
            ("Name", self.text("a"), False),
        ])  # fmt: skip
        root = self.group([("ImageList", self.group([("", image, True)]), True)])
        return (
            struct.pack(">i", self.version) + struct.pack(self.size, len(root))
            + struct.pack(">i", 1) + root + bytes(8)
        )  # fmt: skip


@pytest.mark.parametrize("suffix", ["ser", "dm3", "dm4"])
def test_vendors_binary_files_are_read_with_their_axes(tmp_path: Path, suffix: str) -> None:
    pytest.importorskip("rsciio")
    path = tmp_path / f"a.{suffix}"
    if suffix == "ser":
        path.write_bytes(series(55.8e-9))
    else:
        path.write_bytes(DigitalMicrographFile(int(suffix[-1])).content(0.0558, "µm"))
    micrograph = read_micrograph(path)
    assert micrograph.pixel_size == pytest.approx(55.8e-9, rel=1e-6)
    np.testing.assert_allclose(micrograph.gray, IMAGE / 255, atol=1e-6)
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(ImageError, match="holds no image that can be read"):
        read_micrograph(path)
