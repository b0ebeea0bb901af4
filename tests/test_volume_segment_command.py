# SPDX-License-Identifier: BSD-3-Clause
"""volume segment: the command, published images, and slices that thresholds fail on."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import shapely
import tifffile
from PIL import Image
from skimage.filters import threshold_otsu

from interfacefem.commands import app
from interfacefem.synthetic.micrograph import synthetic_micrograph
from interfacefem.synthetic.sem import SemImaging, coverage
from interfacefem.synthetic.tape import TapeSection
from interfacefem.units import NM, UM
from interfacefem.volumes.reading import read_volume

Labels = npt.NDArray[np.integer]


def exit_code(*arguments: str) -> int:
    return app.exit_code(("volume", "segment", *arguments))


def stripes(truth: Labels, *, count: int = 5, share: float = 0.1) -> npt.NDArray[np.uint8]:
    """Vertical stripes of the true labels over at most a share of the image, 0 elsewhere."""
    columns = truth.shape[1]
    width = int(columns * share / count)
    painted = np.zeros(truth.shape, np.uint8)
    for start in np.linspace(0.02 * columns, 0.98 * columns - width, count).astype(int):
        painted[:, start : start + width] = truth[:, start : start + width]
    assert 0 < np.mean(painted > 0) <= share
    return painted


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder with a grey volume of three phases, 6 slices."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    truth = _phases()
    grey = np.array([40, 110, 190])[truth] + rng.normal(0, 10, truth.shape)
    metadata = {"axes": "ZYX", "spacing": 0.05, "unit": "um"}
    tifffile.imwrite(
        "grey.tif", grey.astype(np.uint8), imagej=True, resolution=(40, 40), metadata=metadata
    )
    painted = np.stack([stripes(plane + 1) for plane in truth])
    painted[1::2] = 0
    tifffile.imwrite("painted.tif", painted)
    return tmp_path


def _phases() -> Labels:
    z, y, x = np.mgrid[0:6, 0:64, 0:80]
    return ((y + 0.5 * z) // 8 % 3 * (x // 10 % 2) + (x // 20) % 2).clip(0, 2).astype(np.int64)


def test_painted_slices_segment_the_volume_and_the_model_does_it_again(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("grey.tif", "--train", "painted.tif", "--model", "m.npz", "--trees", "10")
    assert exit_code(*arguments, "--out", "labels.tif", "--json", "--quiet") == 0
    result = json.loads(capsys.readouterr().out)
    assert result["held_out_accuracy"] > 0.9
    assert set(result["held_out_recall"]) == {"1", "2", "3"}
    assert sum(result["fractions"].values()) == pytest.approx(1)
    volume = read_volume("labels.tif")
    # the size of a voxel goes from the grey values to the labels
    assert volume.voxel_size == pytest.approx((50 * NM, 25 * NM, 25 * NM))
    assert np.mean(volume.labels == _phases() + 1) > 0.95
    again = ("grey.tif", "--model", "m.npz", "--out", "again.npy", "--json", "--quiet")
    assert exit_code(*again) == 0
    assert "held_out_accuracy" not in json.loads(capsys.readouterr().out)
    np.testing.assert_array_equal(np.load("again.npy"), volume.labels)


def test_thresholds_are_those_given_or_found(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for text in ("75,150", "multi-otsu"):
        options = ("--threshold", text, "--out", "labels.tif", "--json", "--quiet")
        assert exit_code("grey.tif", *options) == 0
        levels = json.loads(capsys.readouterr().out)["thresholds"]
        assert levels == pytest.approx([75, 150], abs=15 if text == "multi-otsu" else 1e-9)
        labels = read_volume("labels.tif").labels
        assert np.mean(labels == _phases()) > 0.95


def test_a_crop_takes_a_part_of_grey_values_and_painted_labels(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crop = np.s_[1:5, 4:60, 10:70]
    options = ("--trees", "5", "--out", "labels.npy", "--json", "--quiet")
    command = ("grey.tif", "--train", "painted.tif", "--crop", "1:5,4:60,10:70")
    assert exit_code(*command, *options) == 0
    cropped = json.loads(capsys.readouterr().out)
    labels = np.load("labels.npy")
    np.save("part.npy", tifffile.imread("grey.tif")[crop])
    np.save("part_painted.npy", tifffile.imread("painted.tif")[crop])
    assert exit_code("part.npy", "--train", "part_painted.npy", *options) == 0
    assert json.loads(capsys.readouterr().out) == cropped
    np.testing.assert_array_equal(np.load("labels.npy"), labels)
    assert np.mean(labels == (_phases() + 1)[crop]) > 0.9


def test_the_table_has_held_out_columns_only_where_something_was_held_out(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code("grey.tif", "--threshold", "otsu", "--quiet") == 0
    printed = capsys.readouterr().out
    assert "share" in printed
    assert "held-out" not in printed
    assert exit_code("grey.tif", "--train", "painted.tif", "--trees", "5", "--quiet") == 0
    printed = capsys.readouterr().out
    assert "held-out recall" in printed
    assert "held-out precision" in printed


def test_drift_is_taken_out_first(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(1)
    scene = np.kron(rng.random((24, 26)), np.ones((8, 8))) * 200
    drift = [(0, 0), (2, -1), (5, 1), (7, 3)]
    grey = np.stack([scene[20 - r : 148 - r, 20 - c : 164 - c] for r, c in drift])
    np.save("drifting.npy", grey.astype(np.float32))
    options = ("--threshold", "otsu", "--align", "--out", "labels.npy", "--json", "--quiet")
    assert exit_code("drifting.npy", *options) == 0
    result = json.loads(capsys.readouterr().out)
    np.testing.assert_allclose(result["drift_pixels"], drift, atol=0.3)
    labels = np.load("labels.npy")
    assert labels.shape == (4, 121, 140)
    for plane in labels[1:]:
        assert np.mean(plane == labels[0]) > 0.93


def test_shaded_striped_noisy_slices_are_segmented_three_times_better_than_by_otsu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    imaging = SemImaging(pixel_size=80 * NM, noise=3.0, shading=0.6, curtaining=0.08)
    section = TapeSection(width=40 * UM, height=28 * UM, seed=3)
    made = synthetic_micrograph(section, imaging, data_bar=False)
    solid = coverage(shapely.get_parts(made.geometry.solid), imaging.pixel_size, made.image.shape)
    truth = (solid > 0.5) + 1
    painted = stripes(truth)
    Image.fromarray(made.image).save("slice.png")
    Image.fromarray(painted).save("painted.png")
    options = ("--flatten", "--destripe", "--variation", "0.1", "--out", "labels.tif")
    assert exit_code("slice.png", "--train", "painted.png", *options, "--json", "--quiet") == 0
    result = json.loads(capsys.readouterr().out)
    assert result["held_out_accuracy"] > 0.97
    unseen = painted == 0
    otsu = (made.image > threshold_otsu(made.image)) + 1
    otsu_error = np.mean((otsu != truth)[unseen])
    error = np.mean((tifffile.imread("labels.tif") != truth)[unseen])
    assert otsu_error > 0.05
    assert error < otsu_error / 3


@pytest.mark.slow
def test_the_edge_of_the_oxide_is_found_in_images_of_another_contrast(
    shared_data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    images = shared_data / "sem"
    learnt, *others = (
        "coating_070516_3_S2470003", "coating_010417_4_S2480023", "coating_050317_3_S0440016"
    )  # fmt: skip

    def true_edge(name: str) -> Labels:
        # 0 background, 1 oxide, 2 cracks in it: the background above is coating, below substrate
        return (tifffile.imread(images / f"{name}_mask.tif") > 0).argmax(axis=0)

    rows = np.arange(1024)[:, None]
    painted = stripes(np.where(rows < true_edge(learnt), 1, 2))
    tifffile.imwrite("painted.tif", painted)
    options = ("--grey-scale", "peaks", "--model", "m.npz", "--json", "--quiet")
    grey = str(images / f"{learnt}.tif")
    assert exit_code(grey, "--train", "painted.tif", *options, "--out", "own.tif") == 0
    assert json.loads(capsys.readouterr().out)["held_out_accuracy"] > 0.95
    for name in others:
        grey = str(images / f"{name}.tif")
        options = ("--model", "m.npz", "--edge-below", "1", "--json", "--quiet")
        assert exit_code(grey, *options, "--out", "labels.tif") == 0
        file = json.loads(capsys.readouterr().out)["edge_file"]
        table = np.loadtxt(file, delimiter=",", skiprows=1)
        np.testing.assert_array_equal(table[:, 1], np.arange(1024))
        error = np.abs(table[:, 2] - true_edge(name))
        assert np.median(error) < 6
        assert np.mean(error <= 25) >= 0.9


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("grey.tif",), "--train (painted labels), --model (learnt before) or --threshold"),
        (("grey.tif", "--train", "painted.tif", "--threshold", "otsu"), "both"),
        (("grey.tif", "--threshold", "bright"), "--threshold"),
        (("grey.tif", "--threshold", "300"), "without pixels"),
        (("grey.tif", "--threshold", "otsu", "--edge-below", "1"), "needs a classifier"),
        (("grey.tif", "--threshold", "otsu", "--out", "labels.png"), "--out"),
        (("grey.tif", "--threshold", "otsu", "--voxel", "-1 nm"), "not positive"),
        (("grey.tif", "--train", "none.tif"), "none.tif"),
        (("grey.tif", "--train", "empty.tif"), "no label but 0"),
        (("grey.tif", "--train", "one.tif"), "nothing to tell apart"),
        (("grey.tif", "--train", "short.tif"), "size"),
        (("grey.tif", "--train", "fractions.tif"), "whole numbers"),
        (("grey.tif", "--train", "negative.tif"), "out of range"),
        (("grey.tif", "--train", "painted.tif", "--trees", "0"), "trees"),
        (("grey.tif", "--train", "painted.tif", "--edge-below", "7"), "labels above the edge"),
        (("grey.tif", "--train", "painted.tif", "--edge-below", "top"), "--edge-below"),
        (("grey.tif", "--model", "none.npz"), "none.npz"),
        (("grey.tif", "--model", "grey.tif"), "no pixel classifier"),
        (("colours.tif", "--threshold", "otsu"), "colours"),
        (("nan.tif", "--threshold", "otsu"), "not finite"),
        (("flat.tif", "--threshold", "otsu"), "shows nothing"),
        (("flat.tif", "--train", "painted.tif"), "shows nothing"),
        (("none.tif", "--threshold", "otsu"), "none.tif"),
        (("grey.tif", "--threshold", "otsu", "--out", "grey.tif"), "--out: would be written over"),
        (("grey.tif", "--threshold", "otsu", "--out", "link.tif"), "--out: would be written over"),
        (("slices", "--threshold", "otsu", "--out", "slices/0.tif"), "outside slices"),
        (("grey.tif", "--model", "text.npz", "--out", "text.npz"), "--out: would be written over"),
        (("grey.tif", "--train", "painted.tif", "--out", "painted.tif"), "--out: would be"),
        (("grey.tif", "--train", "painted.tif", "--model", "painted.tif"), "--model: would be"),
        (("grey.tif", "--train", "painted.tif", "--model", "grey.tif"), "--model: would be"),
        (("grey.tif", "--train", "painted.tif", "--model", "labels.tif"), "--out: would be"),
        (("grey.tif", "--threshold", "otsu", "--crop", "0:7,0:9,0:9"), "grey.tif: --crop"),
        (("grey.tif", "--threshold", "otsu", "--crop", "0:7"), "--crop: cannot be read"),
        (("grey.tif", "--model", "text.npz"), "is damaged or no pixel classifier; expected a file"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], text: str
) -> None:
    painted = tifffile.imread("painted.tif")
    tifffile.imwrite("empty.tif", painted * 0)
    tifffile.imwrite("one.tif", (painted == 1).astype(np.uint8))
    tifffile.imwrite("short.tif", painted[:4], photometric="minisblack")
    tifffile.imwrite("fractions.tif", painted.astype(np.float32) / 2)
    tifffile.imwrite("negative.tif", -painted.astype(np.int16))
    tifffile.imwrite("colours.tif", np.zeros((6, 64, 80, 3), np.uint8), photometric="rgb")
    tifffile.imwrite("nan.tif", np.full(painted.shape, np.nan, np.float32))
    tifffile.imwrite("flat.tif", np.full(painted.shape, 7, np.uint8))
    Path("text.npz").write_bytes(b"\x80 no archive")
    Path("link.tif").symlink_to("grey.tif")
    Path("slices").mkdir()
    for index in range(2):
        tifffile.imwrite(f"slices/{index}.tif", painted[0])
    contents = {path: path.read_bytes() for path in folder.rglob("*.*")}
    before = sorted(entry.name for entry in folder.iterdir())
    assert exit_code(*arguments, "--quiet") == 2
    error = capsys.readouterr().err
    assert len(error.strip().splitlines()) == 1, error
    assert text in error
    assert sorted(entry.name for entry in folder.iterdir()) == before
    assert {path: path.read_bytes() for path in folder.rglob("*.*")} == contents
