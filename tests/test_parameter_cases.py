# SPDX-License-Identifier: BSD-3-Clause
"""Kinds of bad input that once passed or spoke the wrong language, through the commands."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from interfacefem.commands import app
from interfacefem.errors import InputError
from interfacefem.files import require_writable_folder, written_atomically

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a profile, its case, a volume without voxel size and a study of it."""
    monkeypatch.chdir(tmp_path)
    x = np.linspace(0, 10, 101)
    rows = "".join(f"{a:.6f},{np.sin(a):.6f}\n" for a in x)
    (tmp_path / "line.csv").write_text("x_um,z_um\n" + rows)
    (tmp_path / "case.yaml").write_text("profile: line.csv\n")
    labels = np.ones((12, 12, 12), np.uint8)
    labels[4:8, 4:8, 4:8] = 0
    np.save(tmp_path / "volume.npy", labels)
    return tmp_path


def refused(capsys: Capture, *arguments: str, leaves: tuple[str, ...] = ()) -> str:
    """The one line of a command that is refused and writes nothing but the pictures named."""
    before = sorted(Path().rglob("*"))
    assert app.exit_code([*arguments, "--quiet"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert len(shown.err.splitlines()) == 1, shown.err
    written = [path for path in sorted(Path().rglob("*")) if path not in before]
    assert [path.name for path in written if path.is_file()] == list(leaves)
    assert leaves or not written
    return shown.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("profile", "a.tif", "--lines", "5.9"),
        ("profile", "a.tif", "--lines", "4.9"),
        ("profile", "a.tif", "--margin", "0.9"),
        ("profile", "a.tif", "--threshold", "multi-otsu", "--classes", "2.7"),
        ("profile", "a.tif", "--phases", "1.5"),
        ("risk", "a.tif", "--lines", "5.9"),
        ("volume", "transport", "volume.npy", "--axis", "0", "--phase", "1.9"),
        ("volume", "transport", "volume.npy", "--phase", "1", "--axis", "0.9"),
        ("volume", "transport", "volume.npy", "--phase", "1", "--crop", "0:4.5,0:4,0:4"),
        ("volume", "transport", "volume.npy", "--phase", "1", "--shape", "1.5,2,2"),
        ("volume", "transport", "volume.npy", "--conductivity", "0.5=1 mS/cm"),
        ("volume", "pores", "volume.npy", "--axis", "0.9"),
        ("volume", "pores", "volume.npy", "--phase", "0.9"),
        ("volume", "describe", "volume.npy", "--fill", "0.9"),
        ("volume", "surface", "volume.npy", "--phase", "1", "--across", "1.9"),
        ("volume", "segment", "volume.npy", "--threshold", "otsu", "--trees", "5.5"),
        ("volume", "segment", "volume.npy", "--threshold", "otsu", "--seed", "0.5"),
        ("volume", "segment", "volume.npy", "--threshold", "otsu", "--classes", "2.7"),
        ("study", "study.yaml", "-j", "1.9", "--dry-run"),
        ("study", "study.yaml", "--tasks", "1.9", "--dry-run"),
        ("study", "study.yaml", "--ranks-per-case", "1.9", "--dry-run"),
    ],
)
def test_whole_numbers_are_not_rounded(
    folder: Path, capsys: Capture, arguments: tuple[str, ...]
) -> None:
    """``int_options``: 5.9 lines were 6, phase 1.9 was 2."""
    error = refused(capsys, *arguments)
    assert "whole number" in error or "cannot be read" in error or "label" in error
    option = next(one for one in arguments[::-1] if one.startswith("-") and one != "--dry-run")
    assert error.startswith(f"interfacefem: {option}: ")


@pytest.mark.parametrize("number", ["5.9", "true", ".nan", '"5.9"', "[5]"])
def test_whole_numbers_of_files_are_whole(folder: Path, capsys: Capture, number: str) -> None:
    (folder / "study.yaml").write_text(
        f"name: s\nimages: [{{files: a.tif}}]\nsampling: {{lines: {number}}}\n"
    )
    assert "line 3: sampling.lines: " in refused(capsys, "study", "study.yaml", "--dry-run")


@pytest.mark.parametrize(
    ("transport", "said"),
    [
        ("crop: '0:5'", "line 4: cell.transport.crop: cannot be read"),
        ("axes: [0, 4]", "line 4: cell.transport.axes: out of range"),
        ("axes: [0, 0]", "line 4: cell.transport.axes: names one twice"),
        ("plane: middle", "line 4: cell.transport.plane: "),
        ("voxel: wide", "line 4: cell.transport.voxel: cannot be read"),
        ("resample: 0 nm", "line 4: cell.transport.resample: is not positive"),
        ("conductivity: {0: fast}", "line 4: cell.transport.conductivity: label 0: "),
    ],
)
def test_study_files_are_answered_in_their_own_words(
    folder: Path, capsys: Capture, transport: str, said: str
) -> None:
    """``flag_in_study_message``, where the file is wrong by itself."""
    write_study(folder, transport)
    error = refused(capsys, "study", "study.yaml", "--out", "run")
    assert said in error
    assert "--" not in error
    assert error.count(said.split(": ")[1]) == 1


@pytest.mark.parametrize(
    ("transport", "said"),
    [
        (
            "voxel: 25 nm, crop: '0:5,0:5,0:50'",
            "cell.transport.crop: does not fit into the volume; found 0:5,0:5,0:50",
        ),
        ("voxel: 25 nm, resample: 200 nm", "cell.transport.resample: leaves too few voxels"),
        ("axes: [0]", 'expected cell.transport.voxel such as "25 nm"'),
        ("voxel: 25 nm, dataset: labels, shape: '6,6,6'", "does not have the size of its shape"),
    ],
)
def test_reasons_in_a_table_name_keys(
    folder: Path, capsys: Capture, transport: str, said: str
) -> None:
    """``flag_in_study_message``, where only the volume shows what is wrong."""
    write_study(folder, transport)
    assert app.exit_code(["study", "study.yaml", "--out", "run", "-j", "1", "--quiet"]) == 3
    with (folder / "run" / "results.csv").open() as stream:
        (row,) = csv.DictReader(stream)
    assert said in row["reason"]
    assert "--" not in row["reason"]


def write_study(folder: Path, transport: str) -> None:
    (folder / "study.yaml").write_text(
        "name: s\nphysics: [transport]\nvolumes: [{files: volume.npy}]\n"
        f"cell: {{transport: {{phase: 1, {transport}}}}}\n".replace(
            "phase: 1, conductivity", "conductivity"
        )
    )


def test_images_of_a_study_are_answered_with_keys(folder: Path, capsys: Capture) -> None:
    """The advice of the extraction names keys in a study and options on the command line."""
    from PIL import Image

    row, column = np.mgrid[:200, :240]
    holes = np.hypot((row + 7 * (column // 40)) % 30 - 15, column % 40 - 20) < 11
    pores = np.where(holes, 60, 180) + np.random.default_rng(0).normal(0, 4, holes.shape)
    Image.fromarray(pores.astype(np.uint8)).save(folder / "pores.png")
    (folder / "study.yaml").write_text(
        "name: s\nimages: [{files: pores.png}]\nsampling: {pixel_size: 0.1 um, method: contour}\n"
    )
    assert app.exit_code(["study", "study.yaml", "--out", "run", "-j", "1", "--quiet"]) == 3
    with (folder / "run" / "results.csv").open() as stream:
        reason = next(csv.DictReader(stream))["reason"]
    assert "expected sampling.method sampling-line" in reason
    assert "--" not in reason
    capsys.readouterr()
    options = ("--pixel-size", "0.1 um")
    asked = ("profile", "pores.png", *options, "--method", "contour")
    error = refused(capsys, *asked, leaves=("trace.png",))
    assert "expected --method sampling-line" in error
    # what is named was tried
    options = (*options, "--method", "sampling-line", "--quiet")
    assert app.exit_code(["profile", "pores.png", *options]) == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("profile", "a.tif", "--out"),
        ("risk", "a.tif", "--out"),
        ("current", "case.yaml", "--out"),
        ("stress", "case.yaml", "--out"),
        ("study", "study.yaml", "--out"),
        ("report", "run", "--out"),
        ("volume", "transport", "volume.npy", "--phase", "1", "--out"),
        ("volume", "segment", "volume.npy", "--threshold", "otsu", "--out"),
        ("volume", "segment", "volume.npy", "--train"),
    ],
)
def test_a_null_byte_in_the_name_of_what_is_written(
    folder: Path, capsys: Capture, arguments: tuple[str, ...]
) -> None:
    """``out_nul``: a shell cannot pass one, another program can."""
    error = refused(capsys, *arguments, "a\0b")
    assert error.startswith(f"interfacefem: {arguments[-1]}: the name holds a null byte; found ")


@pytest.mark.parametrize("command", ["current", "profile", "study", "report", "status", "rerun"])
def test_a_null_byte_in_the_name_of_what_is_read(
    folder: Path, capsys: Capture, command: str
) -> None:
    arguments = [command, "a\0b"] + (["--quiet"] if command != "status" else [])
    assert app.exit_code(arguments) == 2
    assert "the name holds a null byte" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["a\0b", "x" * 300])
def test_places_that_no_name_can_have(name: str) -> None:
    """Also without the command line."""
    with pytest.raises(InputError, match="cannot be written to") as refused:
        require_writable_folder(name)
    assert "--" not in str(refused.value)
    with pytest.raises(InputError, match="cannot be written to"), written_atomically(f"{name}/a"):
        pass
