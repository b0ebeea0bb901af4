# SPDX-License-Identifier: BSD-3-Clause
"""``interfacefem volume transport`` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import tifffile
from volume_examples import blobs

from interfacefem import compiled
from interfacefem.commands import app
from interfacefem.progress import progress

KEYS = {
    "sigma_eff", "tortuosity_factor", "volume_fraction", "connected_fraction", "flux_imbalance",
    "hot_spot_factor", "cpu_s",
}  # fmt: skip
THREE = KEYS - {"volume_fraction", "cpu_s"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    np.save("blobs.npy", blobs((20, 24, 22), 0.5))
    columns = np.zeros((8, 8, 8), np.uint8)
    columns[:, :4] = 1
    np.save("columns.npy", columns)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = app.exit_code(["volume", "transport", *arguments])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def as_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict:
    code, out, err = run(capsys, *arguments, "--voxel", "25 nm", "--json", "--quiet")
    assert code == 0, err
    return json.loads(out)


def test_json_has_the_declared_keys(folder, capsys) -> None:
    found = as_json(capsys, "blobs.npy", "--phase", "1")
    assert set(found) >= KEYS
    for key in THREE:
        assert len(found[key]) == 3, key
    assert found["volume_fraction"] == 0.5
    assert found["voxel_nm"] == pytest.approx([25, 25, 25])
    for sigma, factor in zip(found["sigma_eff"], found["tortuosity_factor"], strict=True):
        assert 0 < sigma < 0.5
        assert factor == pytest.approx(0.5 / sigma)
    assert max(found["flux_imbalance"]) < 1e-2
    assert found["cpu_s"] > 0


def test_axes_that_conduct_and_one_that_does_not(folder, capsys) -> None:
    found = as_json(capsys, "columns.npy", "--phase", "1")
    assert found["sigma_eff"] == pytest.approx([0.5, 0, 0.5])
    assert found["tortuosity_factor"] == [pytest.approx(1), None, pytest.approx(1)]
    assert found["connected_fraction"] == [1, 0, 1]
    assert found["hot_spot_factor"] == [pytest.approx(2), None, pytest.approx(2)]
    assert found["notes"] == ["no path between the plates along axis 1: its conductivity is 0"]


def test_a_volume_of_one_phase_is_said_to_be_one(folder, capsys) -> None:
    np.save("full.npy", np.ones((6, 6, 6), np.uint8))
    found = as_json(capsys, "full.npy", "--phase", "1", "--axis", "0")
    assert found["sigma_eff"] == [pytest.approx(1)]
    assert "one phase fills the volume" in found["notes"][0]


def test_units_and_the_safe_current_density(folder, capsys) -> None:
    found = as_json(
        capsys, "columns.npy", "--conductivity", "1=2 mS/cm", "--axis", "0",
        "--critical-current-density", "1 mA/cm^2", "--current-density", "0.7 mA/cm^2",
    )  # fmt: skip
    assert found["sigma_eff_mS_cm"] == [pytest.approx(1.0)]
    # half of the plane carries all of the current
    assert found["safe_current_density_mA_cm2"] == [pytest.approx(0.5)]
    assert found["area_above_ccd"] == [1]


def test_figures_and_fields_are_written(folder, capsys) -> None:
    code, out, _ = run(
        capsys, "blobs.npy", "--phase", "1", "--voxel", "25 nm", "--axis", "1", "--out", "found"
    )
    assert code == 0
    assert "sigma_eff" in out
    names = {path.name for path in (folder / "found").iterdir()}
    assert {
        "electrode_plane_axis1.png", "streamlines_axis1.png", "potential_axis1.vti", "result.json",
        "current_depth_axis1.csv",
    } <= names  # fmt: skip
    first = np.genfromtxt("found/current_depth_axis1.csv", delimiter=",", names=True)[0]
    result = json.loads(Path("found/result.json").read_text())
    assert first["depth_um"] == 0
    assert first["largest"] == pytest.approx(result["hot_spot_factor"][0])
    assert first["quantile_99"] == pytest.approx(result["hot_spot_quantile"][0])


def stack(path: Path, shapes: list[tuple[int, ...]]) -> None:
    with tifffile.TiffWriter(path) as writer:
        for shape in shapes:
            writer.write(np.ones(shape, np.uint8), contiguous=False)


def make_bad(name: str) -> list[str]:
    """Write a file that cannot be solved for; returns the arguments."""
    voxel = ["--voxel", "25 nm"]
    phase = ["--phase", "1"]
    if name == "empty":
        Path("bad.tif").write_bytes(b"")
        return ["bad.tif", *phase, *voxel]
    if name == "one phase only":
        np.save("bad.npy", np.zeros((6, 6, 6), np.uint8))
        return ["bad.npy", *phase, *voxel]
    if name == "not a number":
        values = np.ones((6, 6, 6), np.float32)
        values[2, 3, 4] = np.nan
        np.save("bad.npy", values)
        return ["bad.npy", *phase, *voxel]
    if name == "negative voxel":
        return ["blobs.npy", *phase, "--voxel=-25 nm"]
    if name == "two-dimensional":
        np.save("bad.npy", np.ones((6, 6), np.uint8))
        return ["bad.npy", *phase, *voxel]
    if name == "colours":
        tifffile.imwrite("bad.tif", np.ones((5, 6, 7, 3), np.uint8), photometric="rgb")
        return ["bad.tif", *phase, *voxel]
    if name == "axis order":
        return ["blobs.npy", *phase, *voxel, "--axes", "XQZ"]
    if name == "truncated":
        tifffile.imwrite("whole.tif", np.ones((9, 40, 40), np.uint8))
        Path("bad.tif").write_bytes(Path("whole.tif").read_bytes()[:9000])
        return ["bad.tif", *phase, *voxel]
    if name == "different slices":
        stack(Path("bad.tif"), [(6, 7), (6, 7), (6, 8)])
        return ["bad.tif", *phase, *voxel]
    if name == "no voxel size":
        return ["blobs.npy", *phase]
    if name == "no phase":
        return ["blobs.npy", *voxel]
    if name == "unknown axis":
        return ["blobs.npy", *phase, *voxel, "--axis", "3"]
    if name == "too fine":
        return ["blobs.npy", *phase, *voxel, "--resample", "20 pm"]
    if name == "too coarse":
        return ["blobs.npy", *phase, *voxel, "--resample", "5 mm"]
    if name == "label twice":
        return ["blobs.npy", *voxel, "--conductivity", "0=1 mS/cm", "--conductivity", "0=2 mS/cm"]
    if name == "no unit":
        return ["blobs.npy", *voxel, "--conductivity", "0=1"]
    if name == "no label":
        return ["blobs.npy", *voxel, "--conductivity", "foo"]
    if name == "absent label":
        return ["blobs.npy", *voxel, "--phase", "7"]
    if name == "no archive":
        Path("bad.npz").write_bytes(b"\x80 no archive")
        return ["bad.npz", *phase, *voxel]
    if name == "unknown plane":
        return ["blobs.npy", *phase, *voxel, "--plane", "left"]
    assert name == "share"
    return ["blobs.npy", *phase, *voxel, "--safe-share", "1"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("empty", "bad.tif"), ("one phase only", "does not occur in the volume"),
        ("not a number", "bad.npy"), ("negative voxel", "voxel"), ("two-dimensional", "bad.npy"),
        ("colours", "bad.tif"), ("axis order", "--axes"), ("truncated", "bad.tif"),
        ("different slices", "bad.tif"), ("no voxel size", "voxel"), ("no phase", "--phase"),
        ("unknown axis", "--axis"), ("unknown plane", "--plane"), ("share", "--safe-share"),
        ("too fine", "blobs.npy: --resample: does not fit into the memory; found 2"),
        ("too coarse", "blobs.npy: --resample: leaves too few voxels; found 1 x 1 x 1 of 20 x 24"),
        ("label twice", '--conductivity: gives label 0 twice; found "0=1 mS/cm" and'),
        ("no unit", '--conductivity: label 0: has no unit; found "1"; expected'),
        ("no label", '--conductivity: is no label with its conductivity; found "foo"; expected'),
        ("absent label", "blobs.npy: phase 7: does not occur in the volume; found labels 0, 1"),
        ("no archive", "bad.npz: is truncated, damaged or no array of numbers; expected"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line(folder, capsys, name, expected) -> None:
    code, out, err = run(capsys, *make_bad(name), "--out", "found", "--quiet")
    assert code == 2
    assert out == ""
    assert len(err.strip().splitlines()) == 1, err
    assert expected in err
    assert not (folder / "found").exists()


def test_compiling_is_announced_where_progress_is_shown(capsys) -> None:
    compiled.LISTENER.begin_anew()
    with progress("shown", 1, quiet=False):
        compiled.numba.njit(lambda x: x + 1)(1)
        announced = capsys.readouterr().err.splitlines()
        assert len(announced) == 1
        assert announced[0].startswith("shown: compiling kernels")
        compiled.numba.njit(lambda x: x + 2)(1)
    compiled.LISTENER.begin_anew()
    with progress("not shown", 1, quiet=True):
        compiled.numba.njit(lambda x: x + 3)(1)
    compiled.numba.njit(lambda x: x + 4)(1)
    # neither for each kernel nor where nothing is to be shown
    assert capsys.readouterr().err == ""
