# SPDX-License-Identifier: BSD-3-Clause
"""Reading micrographs: formats, bad input, data bars."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import tifffile
from PIL import Image, ImageDraw

from interfacefem.errors import ImageError
from interfacefem.images import Micrograph, read_micrograph
from interfacefem.images.data_bar import find_data_bar, specimen_rows

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "sem"
shared_data = pytest.mark.skipif(not SHARED.is_dir(), reason=f"{SHARED} is absent")

NM = 1e-9
PIXEL = 50 * NM


def ramp(rows: int = 48, columns: int = 64) -> npt.NDArray[np.uint8]:
    return np.add.outer(np.arange(rows), np.arange(columns)).astype(np.uint8) * 2


def read(path: Path) -> Micrograph:
    return read_micrograph(path, pixel_size=PIXEL, crop="none")


def stretched(image: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
    values = image.astype(np.float64)
    return (values - values.min()) / np.ptp(values)


def test_eight_bit_grey_values_are_divided_by_255(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", ramp())
    micrograph = read(tmp_path / "a.tif")
    np.testing.assert_allclose(micrograph.gray, ramp() / 255, atol=1e-7)
    assert micrograph.crop == (0, 48, 0, 64)


@pytest.mark.parametrize("dtype", [np.uint16, np.int16, np.float32, np.float64])
def test_deeper_images_are_stretched(tmp_path: Path, dtype: type) -> None:
    image = (ramp().astype(dtype) * 7) - dtype(5) * (dtype is not np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", image)
    np.testing.assert_allclose(read(tmp_path / "a.tif").gray, stretched(image), atol=1e-6)


def test_colour_planes_in_either_order(tmp_path: Path) -> None:
    rgb = np.stack([ramp()] * 3, axis=-1)
    tifffile.imwrite(tmp_path / "chunky.tif", rgb, photometric="rgb")
    tifffile.imwrite(
        tmp_path / "planar.tif",
        np.moveaxis(rgb, -1, 0),
        photometric="rgb",
        planarconfig="separate",
    )
    for name in ("chunky.tif", "planar.tif"):
        np.testing.assert_allclose(read(tmp_path / name).gray, ramp() / 255, atol=1e-6)


def test_palette_is_looked_up(tmp_path: Path) -> None:
    # an inverted grey palette: the index alone would give the negative
    colormap = np.tile(np.arange(255, -1, -1, dtype=np.uint16) * 257, (3, 1))
    tifffile.imwrite(tmp_path / "a.tif", ramp(), photometric="palette", colormap=colormap)
    np.testing.assert_allclose(read(tmp_path / "a.tif").gray, 1 - ramp() / 255, atol=1e-6)


def test_one_bit_and_inverted_images(tmp_path: Path) -> None:
    bits = ramp() > 90
    Image.fromarray(bits).save(tmp_path / "bits.tif")
    np.testing.assert_array_equal(read(tmp_path / "bits.tif").gray, bits)
    tifffile.imwrite(tmp_path / "white.tif", ramp(), photometric="miniswhite")
    np.testing.assert_allclose(read(tmp_path / "white.tif").gray, 1 - ramp() / 255, atol=1e-6)


def test_png_jpeg_and_alpha(tmp_path: Path) -> None:
    Image.fromarray(ramp()).save(tmp_path / "a.png")
    np.testing.assert_allclose(read(tmp_path / "a.png").gray, ramp() / 255, atol=1e-6)
    Image.fromarray(ramp()).save(tmp_path / "a.jpg", quality=95)
    np.testing.assert_allclose(read(tmp_path / "a.jpg").gray, ramp() / 255, atol=0.03)
    rgba = np.dstack([ramp()] * 3 + [np.full_like(ramp(), 255)])
    Image.fromarray(rgba).save(tmp_path / "alpha.png")
    np.testing.assert_allclose(read(tmp_path / "alpha.png").gray, ramp() / 255, atol=1e-6)


def test_compression_that_only_pillow_decodes(tmp_path: Path) -> None:
    Image.fromarray(ramp()).save(tmp_path / "a.tif", compression="tiff_lzw")
    np.testing.assert_allclose(read(tmp_path / "a.tif").gray, ramp() / 255, atol=1e-6)


def test_first_of_several_pages_with_a_word_about_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.stack([ramp(), 255 - ramp()]))
    with caplog.at_level(logging.WARNING):
        micrograph = read(tmp_path / "a.tif")
    np.testing.assert_allclose(micrograph.gray, ramp() / 255, atol=1e-6)
    assert "has 2 pages" in caplog.text


def truncated(path: Path, keep: float, **options: object) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (64, 64)).astype(np.uint8)
    tifffile.imwrite(path, noise, **options)
    data = path.read_bytes()
    path.write_bytes(data[: int(keep * len(data))])


@pytest.mark.parametrize("keep", [0.9, 0.5, 0.02])
@pytest.mark.parametrize("options", [{}, {"compression": "zlib"}, {"rowsperstrip": 8}])
def test_truncated_tiff_is_refused(tmp_path: Path, keep: float, options: dict[str, object]) -> None:
    truncated(tmp_path / "cut.tif", keep, **options)
    with pytest.raises(ImageError, match=r"cut\.tif") as caught:
        read(tmp_path / "cut.tif")
    assert caught.value.exit_code == 2


def test_truncated_jpeg_and_png_are_refused(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (64, 64)).astype(np.uint8)
    for name in ("cut.png", "cut.jpg"):
        Image.fromarray(noise).save(tmp_path / name)
        data = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(data[: len(data) // 2])
        with pytest.raises(ImageError, match="damaged"):
            read(tmp_path / name)


def bad_files(folder: Path) -> dict[str, tuple[Path, str]]:
    def tiff(name: str, image: npt.NDArray[np.generic]) -> Path:
        tifffile.imwrite(folder / name, image)
        return folder / name

    holed = ramp().astype(np.float32)
    holed[3, 4] = np.nan
    (folder / "empty.tif").touch()
    (folder / "text.tif").write_text("x_um,z_um\n0,0\n")
    return {
        "missing": (folder / "none.tif", "no such file"),
        "folder": (folder, "is a folder"),
        "empty": (folder / "empty.tif", "is an empty file"),
        "text": (folder / "text.tif", "is not an image"),
        "black": (tiff("black.tif", np.zeros((64, 64), np.uint8)), "are of one grey value"),
        "constant": (tiff("grey.tif", np.full((64, 64), 9, np.uint8)), "of one grey value"),
        "constant 16 bit": (tiff("grey16.tif", np.full((64, 64), 9, np.uint16)), "one grey value"),
        "small": (tiff("small.tif", ramp(20, 64)), "is too small"),
        "nan": (tiff("nan.tif", holed), "not finite numbers"),
        "complex": (tiff("complex.tif", ramp().astype(np.complex64)), "is not a grey"),
    }


@pytest.mark.parametrize(
    "kind",
    [
        "missing",
        "folder",
        "empty",
        "text",
        "black",
        "constant",
        "constant 16 bit",
        "small",
        "nan",
        "complex",
    ],
)
def test_bad_input_ends_in_one_clear_line(tmp_path: Path, kind: str) -> None:
    path, message = bad_files(tmp_path)[kind]
    with pytest.raises(ImageError) as caught:
        read(path)
    text = str(caught.value)
    assert message in text
    assert text.startswith(str(path))
    assert "\n" not in text
    assert caught.value.exit_code == 2


def test_crop_is_checked_and_kept(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", ramp(80, 90))
    micrograph = read_micrograph(tmp_path / "a.tif", pixel_size=PIXEL, crop=(5, 50, 10, 80))
    np.testing.assert_allclose(micrograph.gray, ramp(80, 90)[5:50, 10:80] / 255, atol=1e-6)
    assert micrograph.crop == (5, 50, 10, 80)
    with pytest.raises(ImageError, match="crop"):
        read_micrograph(tmp_path / "a.tif", pixel_size=PIXEL, crop=(5, 81, 0, 90))


def specimen_with_bar(background: int, noise: float) -> npt.NDArray[np.uint8]:
    rng = np.random.default_rng(1)
    image = np.clip(120 + 30 * rng.standard_normal((240, 320)), 0, 255).astype(np.uint8)
    bar = Image.new("L", (320, 24), background)
    ImageDraw.Draw(bar).text((8, 6), "HV 5 kV   WD 4 mm   1 um", fill=255 - background)
    spread = noise * rng.standard_normal((24, 320))
    return np.vstack([image, np.clip(np.asarray(bar) + spread, 0, 255).astype(np.uint8)])


@pytest.mark.parametrize("background", [0, 255])
@pytest.mark.parametrize("noise", [0.0, 2.0])
def test_data_bar_is_found_to_the_row(background: int, noise: float) -> None:
    assert find_data_bar(specimen_with_bar(background, noise) / 255) == 240


@pytest.mark.parametrize("grey", [47, 0, 180, 255])
@pytest.mark.parametrize("at_top", [False, True])
def test_bars_of_any_grey_at_either_end_are_left_out(grey: int, at_top: bool) -> None:
    image = specimen_with_bar(0, 0.0)
    bar = image[240:]
    image[240:] = np.where(bar > 100, 255 if grey < 128 else 0, grey)
    image = image[::-1] if at_top else image
    rows = image.shape[0]
    expected = (rows - 240, rows) if at_top else (0, 240)
    assert specimen_rows(image / 255) == expected
    # labels of a segmented image are of one grey as well, and no bar
    labels = np.where(np.arange(rows)[:, None] < 240, 0.2, 0.8) + np.zeros((1, 80))
    labels[250:255, 10:20] = 0.2
    assert specimen_rows(labels) == (0, rows)


def test_dark_resin_at_the_bottom_is_no_data_bar() -> None:
    rng = np.random.default_rng(2)
    image = 0.6 + 0.05 * rng.standard_normal((300, 300))
    image[260:] = 0.02 + 0.01 * rng.standard_normal((40, 300))
    assert find_data_bar(np.clip(image, 0, 1)) is None


@pytest.mark.shared_data
@shared_data
@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("zeiss_nanoporous_gold.tif", 691),
        ("glass_bubbles.jpg", 884),
        ("zeiss_tilted_layer.tif", 768),
        ("coating_010417_4_S2480023.tif", 1024),
        ("coating_050317_3_S0440016.tif", 1024),
        ("coating_070516_3_S2470003.tif", 1024),
        ("nmc_cathode_no_scale.tif", 754),
    ],
)
def test_data_bars_of_real_micrographs(name: str, rows: int) -> None:
    assert abs(read_micrograph(SHARED / name, pixel_size=PIXEL).gray.shape[0] - rows) <= 3
