# SPDX-License-Identifier: BSD-3-Clause
"""Lines and masks from other programs: an edge between rows 50 and 51 is at 50.5 from each."""

from __future__ import annotations

import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import numpy.typing as npt
import pytest
import tifffile
from guided_images import PIXEL, guided, write_image
from PIL import Image

import interfacefem as ifem
from interfacefem.commands.app import exit_code
from interfacefem.errors import InputError
from interfacefem.images.drawn_files import line_of_field, read_drawn_field, read_drawn_line
from interfacefem.images.guide import Stroke, guide_beside, read_guide
from interfacefem.images.painted_files import read_painted

SHAPE = (120, 90)
EDGE = 50.5
POLYGON, RECTANGLE, OVAL, LINE, FREELINE, POLYLINE, FREEHAND, TRACED, ANGLE, POINT = (
    0, 1, 2, 3, 4, 5, 7, 8, 9, 10,
)  # fmt: skip


def roi(kind: int, points: list[tuple[float, float]], *, fine: bool, composite: int = 0) -> bytes:
    """A region as ImageJ 1.54 writes it (ij.io.RoiEncoder)."""
    xy = np.array(points)
    left, top = np.floor(xy.min(axis=0)).astype(int)
    right, bottom = np.ceil(xy.max(axis=0)).astype(int)
    header = bytearray(64)
    header[:4] = b"Iout"
    struct.pack_into(">hB", header, 4, 228, kind)
    count = 0 if kind in (RECTANGLE, OVAL, LINE) else len(xy)
    struct.pack_into(">4hH", header, 8, top, left, bottom, right, count)
    if kind == LINE:
        struct.pack_into(">4f", header, 18, *xy.ravel())
    elif kind in (RECTANGLE, OVAL) and fine:
        (x0, y0), (x1, y1) = xy.min(axis=0), xy.max(axis=0)
        struct.pack_into(">4f", header, 18, x0, y0, x1 - x0, y1 - y0)
    struct.pack_into(">h", header, 34, 3)
    struct.pack_into(">i", header, 36, composite)
    struct.pack_into(">h", header, 50, 128 if fine else 0)
    if not count:
        return bytes(header)
    whole = (xy.round() - [left, top]).astype(">i2").T.tobytes()
    return bytes(header) + whole + (xy.astype(">f4").T.tobytes() if fine else b"")


def write(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("kind", [POLYLINE, FREELINE, LINE, POINT])
def test_lines_of_imagej_count_from_the_centre_of_a_pixel(tmp_path: Path, kind: int) -> None:
    points = [(0.0, EDGE), (89.0, EDGE)]
    (line,) = read_drawn_line(write(tmp_path, "a.roi", roi(kind, points, fine=True)), SHAPE)
    assert line.tolist() == [[0, EDGE], [89, EDGE]]
    if kind != LINE:
        coarse = roi(kind, [(3.0, 50.0), (80.0, 51.0)], fine=False)
        (line,) = read_drawn_line(write(tmp_path, "b.roi", coarse), SHAPE)
        assert line.tolist() == [[3, 50], [80, 51]]


@pytest.mark.parametrize("fine", [True, False])
@pytest.mark.parametrize("kind", [POLYGON, FREEHAND, TRACED, RECTANGLE])
def test_areas_of_imagej_count_from_the_corner_of_a_pixel(
    tmp_path: Path, kind: int, fine: bool
) -> None:
    # rows 0 to 50 of all columns: their lower edge is 51 from the corner, 50.5 from the centre
    above = [(0.0, 0.0), (90.0, 0.0), (90.0, 51.0), (0.0, 51.0)]
    below = [(0.0, 120.0), (90.0, 120.0), (90.0, 51.0), (0.0, 51.0)]
    for corners in (above, below, above[2:] + above[:2]):
        path = write(tmp_path, "a.roi", roi(kind, corners, fine=fine))
        (line,) = read_drawn_line(path, SHAPE)
        assert line[:, 1].tolist() == [EDGE] * len(line)
        assert np.ptp(line[:, 0]) == pytest.approx(90, abs=0.5)


def test_an_oval_is_one_of_areas(tmp_path: Path) -> None:
    box = roi(OVAL, [(-200.0, -49.0), (290.0, 51.0)], fine=True)
    (line,) = read_drawn_line(write(tmp_path, "a.roi", box), SHAPE)
    assert line[:, 1].max() == pytest.approx(EDGE)


def test_several_regions_are_several_pieces_and_what_is_no_line_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("one.roi", roi(POLYLINE, [(0.0, 50.5), (9.0, 50.5)], fine=True))
        archive.writestr("two.roi", roi(POLYLINE, [(20.0, 40.0), (30.0, 41.0)], fine=True))
    assert [line.tolist() for line in read_drawn_line(path, SHAPE)] == [
        [[0, 50.5], [9, 50.5]], [[20, 40], [30, 41]],
    ]  # fmt: skip
    inside = roi(RECTANGLE, [(30.0, 50.0), (60.0, 70.0)], fine=False)
    for content, says in (
        (roi(6, [(0, 0), (9, 9)], fine=True), "no line and no area; found no region"),
        (roi(ANGLE, [(0, 0), (9, 9)], fine=True), "no line and no area; found angle"),
        (roi(99, [(0, 0), (9, 9)], fine=True), "found type 99"),
        (roi(RECTANGLE, [(0, 0), (9, 9)], fine=True, composite=12), "composite"),
        (roi(POLYLINE, [(0, 0), (9, 9)], fine=True)[:60], "is damaged"),
        (roi(POLYLINE, [(0, 0), (9, 9)], fine=True)[:66], "points announced"),
        (b"PK no region", "is no region of ImageJ"),
        (inside, "reaches neither top nor bottom"),
    ):
        with pytest.raises(InputError, match=says):
            read_drawn_line(write(tmp_path, "bad.roi", content), SHAPE)
    with pytest.raises(InputError, match="no ZIP file"):
        read_drawn_line(write(tmp_path, "bad.zip", b"none"), SHAPE)


@pytest.mark.parametrize("extra", ["", "axis-2,"])
def test_napari_has_the_row_before_the_column(tmp_path: Path, extra: str) -> None:
    axes = ["axis-0", "axis-1", "axis-2"][: 3 if extra else 2]
    first = "7," if extra else ""
    rows = [
        "index,shape-type,vertex-index," + ",".join(axes),
        f"0,path,0,{first}50.5,0", f"0,path,1,{first}50.5,89", f"1,line,0,{first}10,3",
        f"1,line,1,{first}12,5",
    ]  # fmt: skip
    lines = read_drawn_line(write(tmp_path, "shapes.csv", "\n".join(rows)), SHAPE)
    assert [line.tolist() for line in lines] == [[[0, 50.5], [89, 50.5]], [[3, 10], [5, 12]]]
    rows[1] = rows[1].replace("path", "ellipse")
    with pytest.raises(InputError, match="is no line; found ellipse"):
        read_drawn_line(write(tmp_path, "shapes.csv", "\n".join(rows)), SHAPE)


def test_plain_csv_must_say_that_it_holds_pixels(tmp_path: Path) -> None:
    (line,) = read_drawn_line(write(tmp_path, "a.csv", "x_px,y_px\n0,50.5\n89,50.5\n"), SHAPE)
    assert line.tolist() == [[0, 50.5], [89, 50.5]]
    with pytest.raises(InputError, match="wrong header; found x_um,z_um; expected x_px,y_px"):
        read_drawn_line(write(tmp_path, "a.csv", "x_um,z_um\n0,50.5\n89,50.5\n"), SHAPE)


def labels(values: tuple[int, int, int]) -> npt.NDArray[np.uint8]:
    """Rows 0 to 50 of one label, the others of two more."""
    mask = np.full(SHAPE, values[1], np.uint8)
    mask[51:] = values[0]
    mask[100:] = values[2]
    return mask


@pytest.mark.parametrize("suffix", [".tif", ".png", ".npy"])
def test_masks_of_any_number_of_labels_are_cut_between_pixels(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"mask{suffix}"
    mask = labels((0, 255, 128))
    if suffix == ".npy":
        np.save(path, mask)
    elif suffix == ".png":
        Image.fromarray(mask).save(path)
    else:
        tifffile.imwrite(path, mask)
    line = line_of_field(read_drawn_field(path, (255,), SHAPE))
    assert line[:, 1].tolist() == [EDGE] * len(line)
    line = line_of_field(read_drawn_field(path, (0, 128), SHAPE), electrolyte="below")
    assert line[:, 1].tolist() == [EDGE] * len(line)
    for wrong in (None, (), (7,), (0, 128, 255)):
        with pytest.raises(InputError, match="some but not all of 0, 128, 255"):
            read_drawn_field(path, wrong, SHAPE)
    with pytest.raises(InputError, match="120 x 90; expected 60 x 90"):
        read_drawn_field(path, (255,), (60, 90))


def test_grey_values_are_no_mask(tmp_path: Path) -> None:
    np.save(tmp_path / "grey.npy", np.random.default_rng(0).random(SHAPE))
    with pytest.raises(InputError, match="looks like grey values"):
        read_drawn_field(tmp_path / "grey.npy", (1,), SHAPE)


@pytest.mark.parametrize("axes", ["yxc", "tzyxc", "cyx", "xyc"])
@pytest.mark.parametrize("scale", [1.0, 255.0])
def test_probabilities_of_ilastik_in_any_order_of_axes(
    tmp_path: Path, axes: str, scale: float
) -> None:
    share = np.zeros((*SHAPE, 3))
    share[:51, :, 1], share[51:, :, 0] = 1, 1
    share[100:, :, 0], share[100:, :, 2] = 0.25, 0.75
    order: dict[str, int] = {"y": 0, "x": 1, "c": 2}
    data = np.transpose(share, [order[axis] for axis in axes if axis in order])
    for place, axis in enumerate(axes):
        if axis not in order:
            data = np.expand_dims(data, place)
    path = tmp_path / "p.h5"
    with h5py.File(path, "w") as file:
        stored = file.create_dataset("exported_data", data=(scale * data).astype(np.float32))
        stored.attrs["axistags"] = json.dumps({"axes": [{"key": axis} for axis in axes]})
    line = line_of_field(read_drawn_field(path, (2,), SHAPE))
    assert line[:, 1].tolist() == [EDGE] * len(line)
    with pytest.raises(InputError, match="some but not all of 1 to 3"):
        read_drawn_field(path, (0,), SHAPE)
    with h5py.File(path, "a") as file:
        del file["exported_data"].attrs["axistags"]
    with pytest.raises(InputError, match="does not say its axes"):
        read_drawn_field(path, (2,), SHAPE)


def test_labels_of_ilastik(tmp_path: Path) -> None:
    path = tmp_path / "s.h5"
    with h5py.File(path, "w") as file:
        stored = file.create_dataset("exported_data", data=labels((1, 2, 3))[..., None])
        stored.attrs["axistags"] = json.dumps({"axes": [{"key": axis} for axis in "yxc"]})
        file.create_dataset("other", data=[1])
    line = line_of_field(read_drawn_field(path, (2,), SHAPE))
    assert line[:, 1].tolist() == [EDGE] * len(line)
    with h5py.File(tmp_path / "t.h5", "w") as file:
        file.create_dataset("data", data=[1])
    with pytest.raises(InputError, match="is no export of ilastik; found data"):
        read_drawn_field(tmp_path / "t.h5", (2,), SHAPE)


def _as_field(image: Path, mask: Path) -> float:
    traced = ifem.trace(image, field=mask, phases=(255,), pixel_size=PIXEL)
    return float(np.ptp(traced.sections[0].pixel_rows)) + float(traced.sections[0].pixel_rows[0])


def _by_command(image: Path, mask: Path) -> float:
    assert exit_code(["guide", str(image), str(mask), "--labels", "255"]) == 0
    traced = ifem.trace(image, pixel_size=PIXEL)
    guide_beside(image).unlink()
    return float(np.ptp(traced.sections[0].pixel_rows)) + float(traced.sections[0].pixel_rows[0])


@pytest.mark.parametrize("way", [_as_field, _by_command])
def test_a_mask_gives_the_same_place_by_every_way(
    tmp_path: Path, way: Callable[[Path, Path], float]
) -> None:
    image = write_image(tmp_path)
    mask = np.zeros((160, 260), np.uint8)
    mask[:51] = 255
    tifffile.imwrite(tmp_path / "mask.tif", mask)
    assert way(image, tmp_path / "mask.tif") == EDGE


def test_the_command_checks_before_it_writes(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    image = write_image(tmp_path)
    drawn = write(tmp_path, "a.csv", "x_px,y_px\n0,50.5\n2590,50.5\n")
    assert exit_code(["guide", str(image), str(drawn)]) == 2
    assert "a.csv: boundary.0: lies outside of the image" in capfd.readouterr().err
    assert not guide_beside(image).exists()
    drawn.write_text("x_px,y_px\n0,50.5\n259,50.5\n")
    assert exit_code(["guide", str(image), str(drawn)]) == 0
    assert read_guide(guide_beside(image), image).boundary[0].points == ((0, 50.5), (259, 50.5))
    capfd.readouterr()
    assert exit_code(["guide", str(image), str(drawn)]) == 2
    assert "is there already; expected --replace" in capfd.readouterr().err


def test_strokes_and_regions_are_painted_examples_for_segmentation(tmp_path: Path) -> None:
    image = write_image(tmp_path)
    strokes = [
        Stroke(label="other", width=9, points=[(20, 125), (240, 125)]),
        Stroke(label="electrolyte", width=9, points=[(20, 35), (240, 35)]),
    ]
    guide = guided(image, strokes=strokes)
    regions = tmp_path / "set.zip"
    with zipfile.ZipFile(regions, "w") as archive:
        archive.writestr("1 dark.roi", roi(RECTANGLE, [(20, 120), (240, 130)], fine=False))
        archive.writestr("2-bright.roi", roi(POLYLINE, [(20, 35), (240, 35)], fine=True))
    found = []
    for painted in (guide, regions):
        out = tmp_path / "labels.npy"
        command = ["volume", "segment", str(image), "--train", str(painted), "--out", str(out)]
        assert exit_code([*command, "--quiet"]) == 0
        found.append(np.load(out))
        assert (found[-1][10:60] == 2).all()
        assert (found[-1][100:150] == 1).all()
    assert np.mean(found[0] == found[1]) > 0.99
    with zipfile.ZipFile(regions, "a") as archive:
        archive.writestr("pore.roi", roi(POLYLINE, [(20, 35), (240, 35)], fine=True))
    with pytest.raises(InputError, match='says no label; found "pore"'):
        read_painted(regions, image, (160, 260))
