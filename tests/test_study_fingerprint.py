# SPDX-License-Identifier: BSD-3-Clause
"""An edit of the package's sources makes the results that it may change be solved again."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_study import run_study, write_small_study

from interfacefem.study import provenance
from interfacefem.study.file import read_study
from interfacefem.study.plan import Plan, build_plan
from interfacefem.study.provenance import NO_NUMBERS, code_version, library_versions
from interfacefem.study.run import state_of

PACKAGE = provenance.PACKAGE
ROOMS = sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py"))
MODULES = sorted(path.name for path in PACKAGE.glob("*.py"))
STUDY = """\
name: small
physics: [current, stress]
profiles: [{files: line1.csv, factors: {pressure_MPa: 0}}]
cell: {domain: {height: 12 um}, stress: {depth: 0.5 um}, tolerance: 10 %}
"""


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Plan]:
    """Folder of a study that the package as it is has solved, and its plan."""
    folder = tmp_path_factory.mktemp("finished")
    study = write_small_study(folder)
    study.write_text(STUDY)
    run_study(study, folder / "out", "--jobs", "1")
    return folder / "out", build_plan(read_study(study))


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the package, whose sources are taken for those that run."""
    copy = tmp_path / "interfacefem"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(provenance, "PACKAGE", copy)
    code_version.cache_clear()
    yield copy
    code_version.cache_clear()


def redone(finished: tuple[Path, Plan]) -> list[str]:
    """Which results of the study the sources of the copy would make again."""
    code_version.cache_clear()
    folder, plan = finished
    state = state_of(plan, plan.groups, folder)
    steps = [case.physics for group in state.todo for case in group.cases]
    keys = {group.interfaces.key for group in plan.groups}
    assert {entry.key for entry in state.sources} <= keys
    return [*(["profiles"] if state.sources else []), *steps]


def edit(path: Path) -> None:
    path.write_text(path.read_text() + "\n# edited\n")


@pytest.mark.parametrize("room", ROOMS)
def test_an_edit_in_a_room_redoes_what_it_may_change(
    room: str, finished: tuple[Path, Plan], package: Path
) -> None:
    assert redone(finished) == []
    files = sorted(path for path in (package / room).rglob("*") if path.suffix in (".py", ".yaml"))
    for path in {files[0], files[-1]}:
        before = path.read_text()
        edit(path)
        everything = ["profiles", "current", "stress"]
        assert redone(finished) == ([] if room in NO_NUMBERS else everything), path
        path.write_text(before)
    assert redone(finished) == []


@pytest.mark.parametrize("module", MODULES)
def test_so_does_an_edit_of_the_ground_floor(
    module: str, finished: tuple[Path, Plan], package: Path
) -> None:
    edit(package / module)
    assert redone(finished) == ["profiles", "current", "stress"]


def test_so_does_a_new_file_and_one_that_is_gone(
    finished: tuple[Path, Plan], package: Path
) -> None:
    new = package / "current" / "new_law.py"
    new.write_text("")
    assert redone(finished) == ["profiles", "current", "stress"]
    new.unlink()
    assert redone(finished) == []
    (package / "materials" / "Li.yaml").unlink()
    assert redone(finished) == ["profiles", "current", "stress"]


def test_what_cannot_change_a_number_is_a_short_list_of_rooms() -> None:
    assert set(NO_NUMBERS) <= {"report", "commands", "app"}
    assert len(ROOMS) > 15


def test_so_does_another_version_of_a_library(
    finished: tuple[Path, Plan], package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = library_versions()
    monkeypatch.setattr(provenance, "library_versions", lambda: {**versions, "gmsh": "0.0"})
    # profiles are taken without gmsh
    assert redone(finished) == ["current", "stress"]
    monkeypatch.setattr(provenance, "library_versions", lambda: {**versions, "scipy": "0.0"})
    assert redone(finished) == ["profiles", "current", "stress"]


def test_the_numbers_of_the_edited_sources_are_those_of_the_table(
    finished: tuple[Path, Plan], tmp_path: Path
) -> None:
    """Shared case ``stale_code``: a metric is edited in the room of studies."""
    out = finished[0]
    work = tmp_path / "work"
    shutil.copytree(out.parent, work)
    shutil.copytree(PACKAGE, work / "interfacefem")
    source = work / "interfacefem" / "study" / "cases.py"
    text = source.read_text()
    assert text.count("**current_result(run),") == 1
    source.write_text(
        text.replace("**current_result(run),", '**current_result(run), "i_ratio": 99.0,')
    )
    finished_again = subprocess.run(
        [sys.executable, "-m", "interfacefem", "study", "small.yaml", "--out", "out", "-j", "1",
         "--quiet"],
        cwd=work, env={**os.environ, "PYTHONPATH": str(work)}, capture_output=True, text=True,
        timeout=300, check=False,
    )  # fmt: skip
    assert finished_again.returncode == 0, finished_again.stderr
    assert "2 solved now" in finished_again.stdout
    with (work / "out" / "results.csv").open(newline="") as table:
        (row,) = csv.DictReader(table)
    assert row["i_ratio"] == "99.0"
