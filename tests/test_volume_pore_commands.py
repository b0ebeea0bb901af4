# SPDX-License-Identifier: BSD-3-Clause
"""``volume pores`` and ``volume describe``: JSON, files, bad input, the same on two ranks."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile
from scipy import ndimage

from interfacefem.commands import app

COMMANDS = ("pores", "describe")
NUMBERS_OF_PORES = {
    "axis", "porosity", "porosity_sd_per_axis", "porosity_near_first", "porosity_near_last",
    "porosity_interior", "near_over_interior", "near_depth_um", "pores", "percolating_pores",
    "percolating_share", "open_share", "open_to_first_share", "pore_tortuosity",
    "pore_tortuosity_mean_of_slices", "shortest_path_um", "shortest_path_tortuosity",
    "longest_path_tortuosity", "largest_feret_diameter_um", "median_feret_diameter_um",
    "median_equivalent_diameter_um", "notes",
}  # fmt: skip


def labels() -> np.ndarray:
    """Pores (0) and two solids, 32 voxels an edge."""
    generator = np.random.default_rng(3)
    pore, kind = (
        ndimage.gaussian_filter(generator.standard_normal((32, 32, 32)), 2) for _ in range(2)
    )
    solids = np.where(kind > 0, 1, 2)
    return np.where(pore < np.quantile(pore, 0.4), 0, solids).astype(np.uint8)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    np.save(tmp_path / "tape.npy", labels())
    return tmp_path


def volume(command: str, *arguments: str) -> int:
    return app.exit_code(["volume", command, *arguments, "--quiet"])


def test_pores_prints_its_contract_and_writes_what_it_says(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = volume(
        "pores", "tape.npy", "--voxel", "25 nm", "--axis", "1", "--particle-sizes",
        "1.2 um, 0.3 um, 2.5 um", "--out", "run", "--json",
    )  # fmt: skip
    output = capsys.readouterr()
    assert (code, output.err) == (0, "")
    result = json.loads(output.out)
    assert result.keys() == NUMBERS_OF_PORES | {"andersen_density", "andersen_porosity"}
    assert result["porosity"] == pytest.approx(np.mean(labels() == 0))
    assert result["axis"] == 1
    assert result["near_depth_um"] == pytest.approx(3 * 0.025)
    assert {entry.name for entry in (folder / "run").iterdir()} == {
        "result.json", "pores.png", "pore_profiles.png", "pore_sizes.csv", "slices_axis0.csv",
        "slices_axis1.csv", "slices_axis2.csv", "pores.vti",
    }  # fmt: skip
    assert json.loads((folder / "run" / "result.json").read_text()) == result
    assert len((folder / "run" / "pore_sizes.csv").read_text().splitlines()) == 1 + result["pores"]


def test_describe_without_conduction_leaves_it_out(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = volume(
        "describe", "tape.npy", "--voxel", "25 nm", "--fill", "0", "--no-flux", "--out", "run",
        "--json",
    )  # fmt: skip
    output = capsys.readouterr()
    assert (code, output.err) == (0, "")
    result = json.loads(output.out)
    fractions = [phase["volume_fraction"] for phase in result["phases"].values()]
    assert sum(fractions) == pytest.approx(1)
    assert "flux_tortuosity_factor" not in result["phases"]["1"]
    assert "filled_random_walk_tortuosity_factor" in result["phases"]["1"]
    assert "filled_random_walk_tortuosity_factor" not in result["phases"]["0"]
    names = {entry.name for entry in (folder / "run").iterdir()}
    assert names == {"result.json", "descriptors.png", "chords.csv", "local_thickness.csv"}
    assert json.loads((folder / "run" / "result.json").read_text()) == result


def test_describe_tells_of_each_step(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["volume", "describe", "tape.npy", "--voxel", "25 nm", "--phase", "1,0"]
    assert app.exit_code([*arguments, "--fill", "0", "--json"]) == 0
    said = capsys.readouterr().err.splitlines()
    lines = [line for line in said if line.startswith("describe [") and "reading" not in line]
    # each of the steps announced is begun, the last one too
    announced = {int(line.split("/")[1].split(",")[0]) for line in lines}
    assert announced == {len(lines)}
    # two phases bare and one with the pores filled; pores filled with themselves are not solved
    assert sum("conduction" in line for line in lines) == 9


def bad_volume(name: str) -> None:
    """Make a volume that cannot be described, in the working folder."""
    good = labels()
    match name:
        case "empty.tif":
            Path(name).write_bytes(b"")
        case "one_phase.npy":
            np.save(name, np.ones((8, 8, 8), np.uint8))
        case "nan.npy":
            np.save(name, np.where(good == 0, np.nan, good.astype(float)))
        case "flat.tif":
            tifffile.imwrite(name, good[0])
        case "colour.tif":
            tifffile.imwrite(name, np.repeat(good[..., None], 3, axis=3), photometric="rgb")


BAD = [
    ("missing.tif", (), "no such file"),
    ("empty.tif", (), "empty"),
    ("one_phase.npy", ("--phase", "1"), "fills the volume"),
    ("nan.npy", (), "not finite"),
    ("flat.tif", (), "flat.tif"),
    ("colour.tif", (), "colour.tif"),
    ("tape.npy", ("--phase", "7"), "does not occur"),
    ("tape.npy", ("--phase", "0,7"), "does not occur"),
    ("tape.npy", ("--phase", "0,1,2x"), "cannot be read"),
    ("tape.npy", ("--phase", ""), "cannot be read"),
    ("tape.npy", ("--voxel", "-25 nm"), "--voxel"),
    ("tape.npy", ("--voxel", "25"), "--voxel"),
    ("tape.npy", ("--crop", "0:99,0:8,0:8"), "does not fit"),
    ("tape.npy", ("--axes", "XYC"), "--axes"),
    ("tape.npy", ("--resample", "1 m"), "--resample"),
    ("tape.npy", ("--resample", "1 pm"), "--resample"),
]
BAD_OF_ONE = [
    ("pores", ("--phase", "0,1,2"), "fill"),
    ("pores", ("--axis", "3"), "--axis"),
    ("pores", ("--axis", "-1"), "--axis"),
    ("pores", ("--axis", "z"), "--axis"),
    ("pores", ("--interface-depth", "1 mm"), "--interface-depth"),
    ("pores", ("--interface-depth", "-1 um"), "--interface-depth"),
    ("pores", ("--particle-sizes", "1 um, 2 um"), "--particle-sizes"),
    ("pores", ("--particle-sizes", "3 um, 1 um, 2 um"), "--particle-sizes"),
    ("describe", ("--fill", "9"), "does not occur"),
    ("describe", ("--fill", "0,1"), "--fill"),
    ("describe", ("--fill", "x"), "--fill"),
]


def assert_refused(
    command: str, name: str, options: tuple[str, ...], message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    before = sorted(Path.cwd().rglob("*"))
    voxel = () if "--voxel" in options else ("--voxel", "25 nm")
    assert volume(command, name, *voxel, *options, "--out", "run", "--json") == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert len(output.err.splitlines()) == 1, output.err
    assert message in output.err
    assert sorted(Path.cwd().rglob("*")) == before


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("name", "options", "message"), BAD)
def test_bad_volumes_and_options_end_in_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str], command: str, name: str,
    options: tuple[str, ...], message: str,
) -> None:  # fmt: skip
    bad_volume(name)
    assert_refused(command, name, options, message, capsys)


@pytest.mark.parametrize(("command", "options", "message"), BAD_OF_ONE)
def test_bad_options_of_one_command_end_in_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str], command: str, options: tuple[str, ...],
    message: str,
) -> None:  # fmt: skip
    assert_refused(command, "tape.npy", options, message, capsys)


def test_a_folder_without_the_size_of_a_voxel_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in COMMANDS:
        assert volume(command, "tape.npy") == 2
        assert "voxel" in capsys.readouterr().err


def test_pores_that_lead_nowhere_are_no_error(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    closed = np.ones((16, 16, 16), np.uint8)
    closed[4:8, 4:8, 4:8] = 0
    np.save("closed.npy", closed)
    options = ("closed.npy", "--voxel", "25 nm", "--phase", "0", "--out", "run", "--json")
    assert volume("pores", *options) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["percolating_share"] == 0
    assert result["pore_tortuosity"] is None
    assert "no pore leads" in result["notes"][0]
    assert volume("describe", *options) == 0
    phase = json.loads(capsys.readouterr().out)["phases"]["0"]
    assert phase["flux_tortuosity_factor"] == [None, None, None]
    assert phase["random_walk_tortuosity_factor"] == [None, None, None]


@pytest.mark.mpi
@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_two_ranks_print_the_same_as_one(
    folder: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    if shutil.which("mpirun") is None:
        pytest.skip("mpirun is not there")
    options = ("tape.npy", "--voxel", "25 nm", "--json")
    run = [sys.executable, "-m", "interfacefem", "volume", command, *options]
    assert volume(command, *options, "--phase", "0") == 0
    alone = json.loads(capsys.readouterr().out)
    finished = subprocess.run(
        ["mpirun", "-n", "2", *run, "--phase", "0"], env=dict(os.environ), capture_output=True,
        text=True, timeout=300, check=False,
    )  # fmt: skip
    assert finished.returncode == 0, finished.stderr
    assert json.loads(finished.stdout) == alone
    # what rank 0 refuses, all ranks refuse, and one of them says so
    refused = subprocess.run(
        ["mpirun", "-n", "2", *run, "--phase", "9"], env=dict(os.environ), capture_output=True,
        text=True, timeout=300, check=False,
    )  # fmt: skip
    assert refused.returncode == 2
    assert refused.stderr.count("interfacefem: ") == 1
