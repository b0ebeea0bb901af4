# SPDX-License-Identifier: BSD-3-Clause
"""The size of a pixel as each vendor writes it."""

from __future__ import annotations

import logging
from collections.abc import Callable
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


def tagged(tag: int, text: str, kind: str | int = "s") -> Callable[[Path], None]:
    """A writer of a TIFF file with a vendor's tag."""

    def write(path: Path) -> None:
        value = text.encode("cp1252") if kind == 1 else text
        count = len(value) if kind == 1 else 0
        tifffile.imwrite(path, IMAGE, metadata=None, extratags=[(tag, kind, count, value, True)])

    return write


def beside(name: str, text: str, encoding: str = "utf-8") -> Callable[[Path], None]:
    """A writer of a plain TIFF file with a text beside it."""

    def write(path: Path) -> None:
        tifffile.imwrite(path, IMAGE, metadata=None)
        path.with_name(name).write_text(text, encoding=encoding)

    return write


def phenom(width: str, height: str, unit: str = "nm") -> Callable[[Path], None]:
    return tagged(
        34683,
        f'<FeiImage><version>5</version><pixelWidth unit="{unit}">{width}</pixelWidth>'
        f'<pixelHeight unit="{unit}">{height}</pixelHeight></FeiImage>',
    )


def zeiss_entries(**entries: str) -> Callable[[Path], None]:
    lines = "".join(f"{key.upper()}\r\n{key} = {value}\r\n" for key, value in entries.items())
    return tagged(34118, lines, 1)


def with_unit(unit: str, per: float) -> Callable[[Path], None]:
    """ImageJ's calibration with a unit, ``per`` pixels of it."""

    def write(path: Path) -> None:
        tifffile.imwrite(path, IMAGE, imagej=True, resolution=(per, per), metadata={"unit": unit})

    return write


def ome_of(size: float, unit: str | None) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        sizes: dict[str, object] = {"axes": "YX", "PhysicalSizeX": size, "PhysicalSizeY": size}
        if unit:
            sizes |= {"PhysicalSizeXUnit": unit, "PhysicalSizeYUnit": unit}
        tifffile.imwrite(path.with_name("a.ome.tif"), IMAGE, ome=True, metadata=sizes)
        path.with_name("a.ome.tif").rename(path)

    return write


TM3000 = "Version=02-01\nInstructName=TM3000\nDataSize=64x48\nPixelSize=55.8\n"
RIGHT = {
    "fei": (fei, "FEI tag 34682"),
    "fei sfeg": (tagged(34680, "[Scan]\r\nPixelWidth=5.58e-008\r\n"), "FEI tag 34680"),
    "fei escan": (tagged(34682, "[EScan]\r\nPixelWidth=5.58e-8\r\n"), "FEI tag 34682"),
    "fei iscan": (tagged(34682, "[IScan]\r\nPixelWidth=5.58e-8\r\n"), "FEI tag 34682"),
    "phenom": (phenom("55.8", "55.8"), "Phenom tag"),
    "phenom um": (phenom("0.0558", "0.0558", "um"), "Phenom tag"),
    "zeiss": (zeiss, "Zeiss tag"),
    "zeiss um": (zeiss_in_micrometres, "Zeiss tag"),
    "zeiss pm": (zeiss_in_picometres, "Zeiss tag"),
    "zeiss width": (
        zeiss_entries(ap_pixel_size="6.25 nm", ap_width="3.5712 µm", ap_height="2.6784 µm"),
        "Zeiss tag 34118: AP_WIDTH over the columns",
    ),
    "zeiss bad size, good width": (
        zeiss_entries(ap_image_pixel_size="55.8 xx", ap_width="3.5712 µm"), "Zeiss tag",
    ),
    "tescan tag": (tescan_tag, "Tescan tag"),
    "tescan header": (tescan_header, "Tescan header"),
    "tescan plain header": (beside("a.hdr", "PixelSizeX=5.58E-8\n"), "Tescan header a.hdr"),
    "tescan full header": (beside("a.tif.hdr", "PixelSizeX=5.58E-8\n"), "Tescan header a.tif.hdr"),
    "jeol": (jeol, "JEOL"),
    "jeol own width": (
        beside("a.txt", "$$SM_MICRON_BAR 50\n$$SM_MICRON_MARKER 2.79um\n"), "JEOL",
    ),
    "jeol nm": (beside("a.txt", "$$SM_MICRON_BAR 10\n$$SM_MICRON_MARKER 558 nm\n"), "JEOL"),
    "hitachi": (hitachi, "Hitachi"),
    "hitachi tabletop": (beside("a.txt", TM3000), "Hitachi"),
    "hitachi utf-16": (beside("a.txt", TM3000, "utf-16"), "Hitachi"),
    "hitachi rescaled": (
        beside("a.TXT", "[SemImageFile]\nDataSize=128x96\nPixelSize=27.9\n"), "Hitachi",
    ),
    "imagej um": (imagej, "ImageJ"),
    "imagej nm": (with_unit("nm", 1 / 55.8), "ImageJ"),
    "imagej micron": (with_unit("micron", 1 / 0.0558), "ImageJ"),
    "ome nm": (ome, "OME"),
    "ome without unit": (ome_of(0.0558, None), "OME"),
    "ome mm": (ome_of(5.58e-5, "mm"), "OME"),
}  # fmt: skip

THERE = "has a pixel size in it that cannot be used; found "
REFUSED = {
    "fei zero": (tagged(34682, "[Scan]\r\nPixelWidth=0\r\n"), THERE + "FEI tag 34682"),
    "fei not square": (
        tagged(34682, "[Scan]\r\nPixelWidth=5e-8\r\nPixelHeight=6e-8\r\n"), "not square",
    ),
    "phenom unit": (phenom("50", "50", "parsnip"), THERE + "Phenom tag 34683: pixelWidth 50"),
    "phenom not square": (phenom("50", "60"), "not square"),
    "zeiss unit": (
        zeiss_entries(ap_image_pixel_size="55.8 px"),
        THERE + "Zeiss tag 34118: AP_IMAGE_PIXEL_SIZE",
    ),
    "zeiss screen only": (zeiss_entries(ap_pixel_size="6.25 nm"), "has no pixel size in it"),
    "tescan zero": (tagged(50431, "PixelSizeX=0\r\n", 1), THERE + "Tescan: PixelSizeX=0"),
    "hitachi word": (
        beside("a.txt", TM3000.replace("55.8", "unknown")), THERE + "Hitachi sidecar text",
    ),
    "somebody's text": (beside("a.txt", "PixelSize=50\n"), "has no pixel size in it"),
    "imagej unit": (with_unit("furlong-ish", 2.0), THERE + "ImageJ metadata"),
    "ome unit": (ome_of(50.0, "reference frame"), THERE + "OME metadata"),
}  # fmt: skip


@pytest.mark.parametrize("layout", RIGHT)
def test_every_vendor_gives_the_same_size(tmp_path: Path, layout: str) -> None:
    write, said_by = RIGHT[layout]
    path = tmp_path / ("a.ome.tif" if write is ome else "a.tif")
    write(path)
    micrograph = read_micrograph(path)
    assert micrograph.pixel_size == pytest.approx(55.8e-9, rel=1e-4)
    assert micrograph.pixel_size_source.startswith(said_by)


@pytest.mark.parametrize("layout", REFUSED)
def test_a_size_that_is_there_and_cannot_be_used_is_not_denied(tmp_path: Path, layout: str) -> None:
    write, message = REFUSED[layout]
    write(tmp_path / "a.tif")
    with pytest.raises(PixelSizeError, match=message) as caught:
        read_micrograph(tmp_path / "a.tif")
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    "write",
    [
        tagged(34682, "[Scan]\nPixelWidth=5e-8\n[Image]\nResolutionX=64\nResolutionY=40\n"),
        tagged(50431, "PixelSizeX=5e-8\r\nImageStripSize=8\r\n", 1),
        beside("a.txt", "$CM_FULL_SIZE 64 40\n$$SM_MICRON_BAR 50\n$$SM_MICRON_MARKER 2.5um\n"),
        beside("a.txt", TM3000.replace("64x48", "64x40").replace("55.8", "50")),
    ],
    ids=["fei", "tescan", "jeol", "hitachi"],
)  # fmt: skip
def test_the_microscope_knows_how_many_rows_are_specimen(
    tmp_path: Path, write: Callable[[Path], None]
) -> None:
    write(tmp_path / "a.tif")
    micrograph = read_micrograph(tmp_path / "a.tif")
    assert micrograph.crop == (0, 40, 0, 64)
    assert read_micrograph(tmp_path / "a.tif", crop="none").crop == (0, 48, 0, 64)
    assert micrograph.pixel_size == pytest.approx(50e-9)


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
