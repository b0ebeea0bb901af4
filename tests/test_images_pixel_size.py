# SPDX-License-Identifier: BSD-3-Clause
"""The size of a pixel as each vendor writes it."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest
import tifffile

from interfacefem.errors import PixelSizeError
from interfacefem.images import read_micrograph

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "sem"
shared_data = pytest.mark.skipif(not SHARED.is_dir(), reason=f"{SHARED} is absent")

IMAGE = np.add.outer(np.arange(48), np.arange(64)).astype(np.uint8) * 2


def fei(path: Path) -> None:
    text = "[User]\r\nDate=1\r\n[Scan]\r\nPixelWidth=5.58e-008\r\nPixelHeight=5.58e-008\r\n"
    tifffile.imwrite(path, IMAGE, metadata=None, extratags=[(34682, "s", 0, text, True)])


def zeiss(path: Path, size: str = "55.8 nm") -> None:
    # the size on the screen comes first and must not be taken
    text = (
        "AP_PIXEL_SIZE\r\nPixel Size = 99.9 nm\r\n"
        f"AP_IMAGE_PIXEL_SIZE\r\nImage Pixel Size = {size}\r\n"
    ).encode("cp1252")
    tifffile.imwrite(path, IMAGE, metadata=None, extratags=[(34118, 1, len(text), text, True)])


def zeiss_in_micrometres(path: Path) -> None:
    zeiss(path, "0.0558 µm")


def zeiss_in_picometres(path: Path) -> None:
    zeiss(path, "55800.0 pm")


def tescan_tag(path: Path) -> None:
    text = b"\x01\x02[MAIN]\r\nPixelSizeX=5.58e-8\r\nPixelSizeY=5.58e-8\r\n"
    tifffile.imwrite(path, IMAGE, metadata=None, extratags=[(50431, 1, len(text), text, True)])


def tescan_header(path: Path) -> None:
    tifffile.imwrite(path, IMAGE, metadata=None)
    path.with_name(f"{path.stem}-tif.hdr").write_text("[MAIN]\nPixelSizeX=5.58E-8\n")


def jeol(path: Path) -> None:
    tifffile.imwrite(path, IMAGE, metadata=None)
    # counted on an image of twice the width: 100 px there are 50 px here
    text = "$CM_MAG 5000\n$CM_FULL_SIZE 128 96\n$$SM_MICRON_BAR 100\n$$SM_MICRON_MARKER 2.79um\n"
    path.with_suffix(".txt").write_text(text)


def hitachi(path: Path) -> None:
    tifffile.imwrite(path, IMAGE, metadata=None)
    path.with_suffix(".txt").write_text("[SemImageFile]\nDataSize=64x48\nPixelSize=55.8\n")


def imagej(path: Path) -> None:
    per_um = 1 / 0.0558
    tifffile.imwrite(
        path, IMAGE, imagej=True, resolution=(per_um, per_um), metadata={"unit": "\\u00B5m"}
    )


def ome(path: Path) -> None:
    sizes = {"PhysicalSizeX": 55.8, "PhysicalSizeXUnit": "nm"}
    tifffile.imwrite(path, IMAGE, ome=True, metadata={"axes": "YX", **sizes})


@pytest.mark.parametrize(
    ("write", "said_by"),
    [
        (fei, "FEI"),
        (zeiss, "Zeiss"),
        (zeiss_in_micrometres, "Zeiss"),
        (zeiss_in_picometres, "Zeiss"),
        (tescan_tag, "Tescan tag"),
        (tescan_header, "Tescan header"),
        (jeol, "JEOL"),
        (hitachi, "Hitachi"),
        (imagej, "ImageJ"),
        (ome, "OME"),
    ],
)
def test_every_vendor_gives_the_same_size(tmp_path: Path, write: object, said_by: str) -> None:
    path = tmp_path / "a.ome.tif" if write is ome else tmp_path / "a.tif"
    write(path)  # type: ignore[operator]
    micrograph = read_micrograph(path)
    assert micrograph.pixel_size == pytest.approx(55.8e-9, rel=1e-4)
    assert micrograph.pixel_size_source.startswith(said_by)


def test_dots_per_inch_are_not_believed(tmp_path: Path) -> None:
    tifffile.imwrite(
        tmp_path / "dpi.tif", IMAGE, metadata=None, resolution=(384, 384), resolutionunit="INCH"
    )
    tifffile.imwrite(
        tmp_path / "ij.tif", IMAGE, imagej=True, resolution=(384, 384), metadata={"unit": "inch"}
    )
    per_cm = {"resolution": (151, 151), "resolutionunit": "CENTIMETER"}
    tifffile.imwrite(tmp_path / "cm.tif", IMAGE, metadata=None, **per_cm)
    for name in ("dpi.tif", "ij.tif", "cm.tif"):
        with pytest.raises(PixelSizeError, match=r'such as pixel_size "55\.8 nm"') as caught:
            read_micrograph(tmp_path / name)
        assert caught.value.exit_code == 2


def test_the_users_size_wins_with_a_word_where_they_differ(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fei(tmp_path / "a.tif")
    with caplog.at_level(logging.WARNING):
        assert read_micrograph(tmp_path / "a.tif", pixel_size=56e-9).pixel_size == 56e-9
        assert not caplog.records
        assert read_micrograph(tmp_path / "a.tif", pixel_size=60e-9).pixel_size == 60e-9
    assert "says 55.8 nm" in caplog.text


def test_pixels_that_are_not_square_are_refused(tmp_path: Path) -> None:
    text = "[Scan]\r\nPixelWidth=5e-8\r\nPixelHeight=6e-8\r\n"
    tifffile.imwrite(
        tmp_path / "a.tif", IMAGE, metadata=None, extratags=[(34682, "s", 0, text, True)]
    )
    with pytest.raises(PixelSizeError, match="not square"):
        read_micrograph(tmp_path / "a.tif")


@pytest.mark.parametrize("size", [0.0, -1e-9, float("nan"), 1e-13, 1e3])
def test_a_size_that_is_no_length_is_refused(tmp_path: Path, size: float) -> None:
    tifffile.imwrite(tmp_path / "a.tif", IMAGE)
    with pytest.raises(PixelSizeError, match="of no micrograph"):
        read_micrograph(tmp_path / "a.tif", pixel_size=size)


@pytest.mark.shared_data
@shared_data
def test_sizes_of_real_micrographs() -> None:
    layer = read_micrograph(SHARED / "zeiss_tilted_layer.tif")
    assert layer.pixel_size == pytest.approx(55.82e-9)
    gold = read_micrograph(SHARED / "zeiss_nanoporous_gold.tif")
    assert gold.pixel_size == pytest.approx(543e-12)
    for name in ("nmc_cathode_no_scale.tif", "coating_050317_3_S0440016.tif", "glass_bubbles.jpg"):
        with pytest.raises(PixelSizeError, match="such as pixel_size"):
            read_micrograph(SHARED / name)
