# SPDX-License-Identifier: BSD-3-Clause
"""Studies that cannot be and damaged results: one line, exit code 2."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_study import forged, records_of, rewrite

from interfacefem.commands import app
from interfacefem.study.table import load_study

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a profile of two waves."""
    monkeypatch.chdir(tmp_path)
    x = np.linspace(0, 50, 257)
    z = 0.1 * np.cos(2 * np.pi * x / 12.5) + 0.05 * np.sin(2 * np.pi * x / 7)
    lines = [f"{a:.6f},{b:.6f}\n" for a, b in zip(x, z, strict=True)]
    (tmp_path / "p.csv").write_text("x_um,z_um\n" + "".join(lines))
    return tmp_path


def run(arguments: list[str], capsys: Capture) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    code = app.exit_code(arguments)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def refused(arguments: list[str], capsys: Capture) -> None:
    """Exit code 2, one line, nothing on standard output."""
    code, out, err = run([*arguments, "--quiet"], capsys)
    assert code == 2, err
    assert out == ""
    assert len(err.strip().splitlines()) == 1


def study_text(more: str = "") -> str:
    """A study of one profile."""
    return (
        "name: t\nphysics: [stress]\nprofiles:\n  - files: p.csv\n"
        "cell: {stress: {depth: 1 um}}\n" + more
    )


@pytest.mark.parametrize(
    "more",
    [
        "parameters:\n  - zip: {}\n",
        "parameters:\n  - table: {columns: [load.pressure, load.pressure], "
        "rows: [[1 MPa, 2 MPa]]}\n",
        "parameters:\n  - grid: {load.pressure: [1 MPa, 1 MPa]}\n",
    ],
)
def test_study_refuses(folder: Path, capsys: Capture, more: str) -> None:
    (folder / "s.yaml").write_text(study_text(more))
    refused(["study", "s.yaml", "--dry-run"], capsys)


@pytest.mark.parametrize("factor", ["a: .nan", "a: .inf", "stress_ratio: 1", "status: 1"])
def test_study_refuses_factors(folder: Path, capsys: Capture, factor: str) -> None:
    text = study_text().replace("p.csv\n", f"p.csv\n    factors: {{{factor}}}\n")
    (folder / "s.yaml").write_text(text)
    refused(["study", "s.yaml", "--dry-run"], capsys)


@pytest.fixture
def key(folder: Path, capsys: Capture) -> str:
    """Key of a study's only case."""
    (folder / "s.yaml").write_text(study_text())
    code, _, err = run(["study", "s.yaml", "--out", "st", "-j", "1", "--quiet"], capsys)
    assert code == 0, err
    return str(records_of(folder / "st")[0]["key"])


def test_rerun_of_an_untouched_result_names_no_difference(key: str, capsys: Capture) -> None:
    code, out, _ = run(["rerun", "st", key, "--json", "--quiet"], capsys)
    assert code == 0
    assert json.loads(out)["differences"] == []


def _drop(*path: str) -> Callable[[dict[str, Any]], None]:
    def change(content: dict[str, Any]) -> None:
        for name in path[:-1]:
            content = content[name]
        del content[path[-1]]

    return change


def _set(value: Any, *path: str) -> Callable[[dict[str, Any]], None]:
    def change(content: dict[str, Any]) -> None:
        for name in path[:-1]:
            content = content[name]
        content[path[-1]] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        _drop("inputs", "source"),
        _drop("inputs", "source", "path"),
        _drop("inputs", "source", "content"),
        _drop("inputs", "cell"),
        _drop("answers"),
        _drop("answers", "cell"),
        _drop("inputs", "sampling"),
        _drop("inputs", "line"),
        _drop("provenance"),
        _set("heat", "answers", "physics"),
        _set([], "inputs"),
        _set(99, "inputs", "line"),
        _set(0, "inputs", "line"),
        _set({"x": 1}, "inputs", "cell"),
        _set(5, "inputs", "source", "path"),
        _set(None, "metrics"),
        _set({}, "metrics"),
        _set(float("nan"), "metrics", "stress_ratio"),
        _set(None, "provenance"),
        _set("volume", "inputs", "source", "kind"),
        _set("../x", "inputs", "source", "path"),
    ],
)
def test_rerun_refuses_a_damaged_result(
    key: str, folder: Path, capsys: Capture, change: Callable[[dict[str, Any]], None]
) -> None:
    assert rewrite(folder / "st", forged(change), which='"kind": "case"') == 1
    refused(["rerun", "st", key, "--json"], capsys)


def test_report_of_one_image(key: str, capsys: Capture) -> None:
    code, _, err = run(["report", "st", "--quiet"], capsys)
    assert code == 0, err


def test_a_study_takes_one_length_for_all_and_refuses_to_mix(folder: Path, capsys: Capture) -> None:
    for name, width in (("wide", 40), ("narrow", 18), ("narrower", 17.97)):
        x = np.linspace(0, width, 129)
        lines = [f"{a:.6f},{b:.6f}\n" for a, b in zip(x, 0.1 * np.cos(x), strict=True)]
        (folder / f"{name}.csv").write_text("x_um,z_um\n" + "".join(lines))
    text = "name: t\ncell: {tolerance: 20 %}\nprofiles: [{files: [wide.csv, narrow.csv]}]\n"
    (folder / "s.yaml").write_text(text)
    command = ["study", "s.yaml", "--out", "st", "-j", "1", "--quiet"]
    code, out, err = run(command, capsys)
    assert (code, out) == (2, "")
    (line,) = err.strip().splitlines()
    for said in ("narrow.csv", "sampling.reference_length", "18 um wide", "25 um", '"18 um"'):
        assert said in line
    assert load_study("st")["status"].tolist() == ["missing", "missing"]
    # what it says to set makes it run, over that length for both
    (folder / "s.yaml").write_text(text + "sampling: {reference_length: 18 um}\n")
    assert run(command, capsys)[0] == 0
    assert load_study("st")["reference_length_um"].tolist() == [18, 18]
    # what is equally narrow is read over its own width, and says so
    (folder / "s.yaml").write_text(text.replace("wide.csv", "narrower.csv"))
    assert run(command, capsys)[0] == 0
    table = load_study("st")
    assert table["reference_length_um"].tolist() == pytest.approx([17.97, 18])
    assert table["excess"].tolist() == pytest.approx(table["i_ratio"] - 1, rel=1e-9)
    assert all("its own width" in notes for notes in table["notes"])
