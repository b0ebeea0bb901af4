# SPDX-License-Identifier: BSD-3-Clause
"""Running studies: numbers, failures, resuming, what has changed."""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_study import (
    CASES,
    STUDY,
    case_files,
    command,
    forged,
    records_of,
    rewrite,
    run_study,
    write_small_study,
)

import interfacefem
from interfacefem.commands import app
from interfacefem.current.run import run_current
from interfacefem.errors import InputError
from interfacefem.mpi import MPI
from interfacefem.parameters.cell import Cell
from interfacefem.study import cases
from interfacefem.study import doing as told
from interfacefem.study.engines import Lost, Processes
from interfacefem.surfaces import read_profile_csv


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the small study and, in ``out``, its results by one process."""
    folder = tmp_path_factory.mktemp("study")
    run_study(write_small_study(folder), folder / "out", "--jobs", "1")
    return folder


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return write_small_study(tmp_path)


def table(out: Path) -> bytes:
    return (out / "results.csv").read_bytes()


def exit_code(study: Path, *options: str) -> int:
    out = study.parent / "out"
    return app.exit_code(
        ["study", str(study), "--out", str(out), "--jobs", "1", "--quiet", *options]
    )


def test_the_table_holds_what_single_runs_give(done: Path) -> None:
    frame = interfacefem.load_study(done / "out")
    assert len(frame) == CASES
    assert frame.attrs["study"] == "small"
    row = frame.query("image == 'line2.csv' and current_density_mA_cm2 == 10").iloc[0]
    cell = Cell.model_validate(
        {
            "domain": {"height": "12 um"},
            "electrolyte": {"conductivity": "1 mS/cm"},
            "kinetics": {"exchange_current_density": "5 mA/cm^2"},
            "load": {"current_density": "10 mA/cm^2"},
            "tolerance": "5 %",
        }
    )
    run = run_current(read_profile_csv(done / "line2.csv"), cell, MPI.COMM_SELF)
    assert row["i_ratio"] == pytest.approx(run.metrics.i_ratio, rel=1e-12)
    assert row["i_max_mA_cm2"] == pytest.approx(run.metrics.i_max / 10, rel=1e-12)
    assert row["powder"] == "fine"
    assert row["pressure_MPa"] == 200
    assert (frame["status"] == "done").all()


def test_csv_and_load_study_agree(done: Path) -> None:
    frame = interfacefem.load_study(done / "out")
    written = pd.read_csv(done / "out" / "results.csv", float_precision="round_trip")
    assert list(written.columns) == list(frame.columns)
    for column in frame.select_dtypes("number"):
        np.testing.assert_array_equal(written[column], frame[column])
    assert not [name for name in frame.columns if "cpu" in name or "wall" in name]
    timings = pd.read_csv(done / "out" / "timings.csv")
    assert (timings["current_cpu_s"] > 0).all()


def test_every_result_says_what_it_was_made_with(done: Path) -> None:
    provenance = {record["key"]: record for record in records_of(done / "out", "provenance")}
    for result in records_of(done / "out"):
        made = provenance[result["provenance"]]["answers"]
        assert made["libraries"]["fenics-dolfinx"]
        assert made["interfacefem"] == interfacefem.__version__
        assert made["command"][1] == "study"
        assert result["timing"]["ranks"] == 1
        assert result["timing"]["cpu_s"] > 0
        assert len(result["inputs"]["source"]["content"]["sha256"]) == 64
        assert result["answers"]["cell"]["kinetics"]["exchange_current_density"] == 50


def test_two_processes_give_the_same_bytes(done: Path, tmp_path: Path) -> None:
    run_study(done / "small.yaml", tmp_path / "out", "--jobs", "2")
    assert table(tmp_path / "out") == table(done / "out")


@pytest.mark.mpi
@pytest.mark.slow
@pytest.mark.parametrize("ranks", [2, 3])
def test_ranks_give_the_same_bytes(done: Path, tmp_path: Path, ranks: int) -> None:
    run_study(done / "small.yaml", tmp_path / "out", ranks=ranks)
    assert table(tmp_path / "out") == table(done / "out")


def test_parts_give_the_same_bytes(done: Path, study: Path) -> None:
    out = study.parent / "out"
    for part in ("3/3", "1/3", "2/3"):
        assert exit_code(study, "--shard", part) == 0
        assert not (out / "results.csv").exists()
    written = case_files(out)
    assert len(written) == CASES
    assert exit_code(study) == 0
    assert table(out) == table(done / "out")
    assert case_files(out) == written


def test_going_on_computes_only_what_is_missing(done: Path, study: Path) -> None:
    out = study.parent / "out"
    assert exit_code(study, "--shard", "1/3") == 0
    written = case_files(out)
    assert len(written) == 3
    damaged, *kept = sorted(written)
    assert rewrite(out, lambda line: line.replace(b'"done"', b'"dune"'), which=damaged) == 1
    assert exit_code(study) == 0
    assert table(out) == table(done / "out")
    after = case_files(out)
    assert {name: after[name] for name in kept} == {name: written[name] for name in kept}
    assert after[damaged] != written[damaged]


def test_another_version_of_the_code_is_said_and_computed_again(
    done: Path, study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = study.parent / "out"
    assert exit_code(study) == 0
    key = records_of(out)[0]["key"]
    # as if another version had found another number
    other = forged(lambda record: record.update(code="0" * 16, metrics={"i_ratio": 99.0}))
    assert rewrite(out, other, which=f'"key": "{key}"') == 1
    before = case_files(out)
    capsys.readouterr()
    code = app.exit_code(["study", str(study), "--out", str(out), "--jobs", "1"])
    assert code == 0
    assert "1 results are by another version of the code" in capsys.readouterr().err
    changed = {name for name, when in case_files(out).items() if when != before[name]}
    assert changed == {key}
    assert table(out) == table(done / "out")


def test_a_changed_profile_is_said_and_solved(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(study, "--dry-run") == 0
    assert exit_code(study) == 0
    (study.parent / "line1.csv").write_text((study.parent / "line2.csv").read_text())
    capsys.readouterr()
    out = study.parent / "out"
    assert app.exit_code(["study", str(study), "--out", str(out), "--jobs", "1"]) == 0
    said = capsys.readouterr().err
    assert "changed since the last run: line1.csv" in said
    assert "3 results" in said
    assert "belong to other inputs" in said
    frame = interfacefem.load_study(out)
    one, two = (frame[frame["image"] == f"line{n}.csv"]["Rq_um"].iloc[0] for n in (1, 2))
    assert one == two


def test_a_failed_case_is_a_row_and_the_others_go_on(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # the top would cut through the interface
    study.write_text(STUDY + "  - grid: {domain.height: [12 um, 0.01 um]}\n")
    out = study.parent / "out"
    assert exit_code(study) == 3
    said = capsys.readouterr()
    (line,) = said.err.strip().splitlines()
    assert "9 of 18 cases failed" in line
    # one line for all of one kind
    (why,) = [text for text in said.out.splitlines() if "height" in text]
    assert why.strip().startswith("9 of ")
    frame = interfacefem.load_study(out)
    low = frame["domain_height_um"] == 0.01
    assert (frame[low]["status"] == "failed").all()
    assert frame[low]["reason"].str.contains("height").all()
    assert frame[low]["i_ratio"].isna().all()
    assert frame[~low]["i_ratio"].gt(1).all()
    # it is known to fail: nothing is computed, and the exit code stays
    written = case_files(out)
    assert exit_code(study) == 3
    assert case_files(out) == written
    assert exit_code(study, "--retry-failed") == 3
    again = case_files(out)
    assert sum(again[name] != written[name] for name in written) == 9


def test_a_bug_in_one_case_does_not_end_the_study(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    solvers = cases.solvers

    def with_bug(*interface):
        solve = solvers(*interface)["current"]

        def sometimes(cell):
            if cell.load.current_density > 50:
                raise ZeroDivisionError("no such luck")
            return solve(cell)

        return {"current": sometimes}

    monkeypatch.setattr(cases, "solvers", with_bug)
    assert exit_code(study) == 3
    frame = interfacefem.load_study(study.parent / "out")
    assert sum(frame["status"] == "done") == 6
    reasons = set(frame[frame["status"] == "failed"]["reason"])
    assert reasons == {"a bug: ZeroDivisionError: no such luck"}
    assert "Traceback" in (study.parent / "out" / "study.log").read_text()


def test_profile_that_is_none_fails_alone(study: Path) -> None:
    (study.parent / "line2.csv").write_text("x_um,z_um\n0,0\n5,nan\n10,0\n")
    assert exit_code(study) == 3
    frame = interfacefem.load_study(study.parent / "out")
    bad = frame["image"] == "line2.csv"
    assert (frame[bad]["status"] == "failed").all()
    assert (frame[~bad]["status"] == "done").all()


def test_two_runs_in_one_folder_do_no_harm(done: Path, study: Path) -> None:
    out = study.parent / "out"
    runs = [
        subprocess.Popen(command(study, out, "--jobs", "2"), env=dict(os.environ)) for _ in range(2)
    ]
    assert [run.wait(timeout=300) for run in runs] == [0, 0]
    assert table(out) == table(done / "out")
    assert not list(out.rglob("*.part*"))


def test_rerun_gives_the_same_bits_and_sees_a_changed_number(
    done: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = records_of(done / "out")[0]["key"]
    assert app.exit_code(["rerun", str(done / "out"), key, "--json", "--quiet"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["stored"] == answer["again"]
    assert answer["differences"] == []
    other = tmp_path / "other"
    shutil.copytree(done / "out", other)

    def larger(record: dict) -> None:
        record["metrics"]["i_ratio"] *= 1.001

    assert rewrite(other, forged(larger), which=f'"key": "{key}"') == 1
    assert app.exit_code(["rerun", str(other), key[:12], "--quiet"]) == 3
    assert "numbers differ by 1.0e-03" in capsys.readouterr().err


def test_status_counts_files(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = study.parent / "out"
    assert exit_code(study, "--shard", "1/3") == 0
    capsys.readouterr()
    assert app.exit_code(["status", str(out), "--json"]) == 0
    status = json.loads(capsys.readouterr().out)
    assert (status["cases"], status["done"], status["failed"], status["left"]) == (9, 3, 0, 6)
    assert (status["sources"], status["sources_done"]) == (3, 1)
    assert status["running"] == []
    assert sum(interfacefem.load_study(out)["status"] == "missing") == 6
    # a report of what one part has found; the table itself is written when all parts are there
    assert app.exit_code(["report", str(out), "--quiet"]) == 0
    assert "6 of 9 rows" in (out / "report.html").read_text()
    assert not (out / "results.csv").exists()
    with pytest.raises(InputError, match="no folder of a study"):
        interfacefem.load_study(study.parent)


def test_a_job_array_needs_sbatch_unless_its_scripts_alone_are_asked_for(
    study: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(study.parent))  # no sbatch there
    out = study.parent / "out"
    assert exit_code(study, "--engine", "slurm", "--tasks", "3") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "there is no sbatch here" in line
    assert "--script-only" in line
    assert not out.exists()
    assert exit_code(study, "--engine", "slurm", "--tasks", "3", "--script-only") == 0
    assert f"bash {out}/slurm/submit.sh" in capsys.readouterr().out
    assert "--array=1-3" in (out / "slurm" / "part.sh").read_text()


def test_what_takes_long_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="interfacefem")
    monkeypatch.setattr(told, "_LONG", 0.01)
    logger = logging.getLogger("interfacefem.current")
    with told.doing(tmp_path, "line1.csv, line 1: current"):
        logger.info("1000 cells:\x1b[2J error")
        deadline = time.monotonic() + 10
        while not (found := [one for one in told.long_work(tmp_path) if one.step]):
            assert time.monotonic() < deadline
            time.sleep(0.01)
    (one,) = found
    assert one.what == "line1.csv, line 1: current"
    assert one.step == "1000 cells:[2J error"  # nothing that a terminal would obey
    assert 0 < one.seconds < 20
    # it ends with what was done, and nothing is left of it
    assert told.long_work(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "[]", "[" * 3000, '{"what": 1}', '{"seconds": "x"}', "\0"])
def test_what_is_told_is_no_more_than_text(text: str, tmp_path: Path) -> None:
    (tmp_path / "running").mkdir()
    (tmp_path / "running" / "a.json").write_text(text)
    (tmp_path / "running" / "b.json").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "running" / "c.json")
    assert told.long_work(tmp_path) == []


def square_or_die(number: int, deadly: int) -> int:
    if number == deadly:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.01)
    return number**2


def no_setup() -> None:
    pass


def test_only_the_task_that_kills_its_process_is_lost() -> None:
    engine = Processes(2, no_setup)
    try:
        found = dict(engine.map(partial(square_or_die, deadly=4), range(12)))
    finally:
        engine.close()
    assert isinstance(found.pop(4), Lost)
    assert found == {number: number**2 for number in range(12) if number != 4}


def worker_processes(parent: int) -> list[int]:
    """Process ids of the workers of a study (Linux)."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            command_line = (entry / "cmdline").read_bytes()
        except (OSError, IndexError):
            continue
        if int(fields[1]) == parent and b"spawn_main" in command_line:
            found.append(int(entry.name))
    return found


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_a_killed_worker_costs_nothing_but_time(done: Path, study: Path) -> None:
    out = study.parent / "out"
    with subprocess.Popen(command(study, out, "--jobs", "2"), env=dict(os.environ)) as run:
        while not case_files(out) and run.poll() is None:
            time.sleep(0.02)
        workers = worker_processes(run.pid)
        assert workers
        os.kill(workers[0], signal.SIGKILL)
        assert run.wait(timeout=300) == 0
    assert table(out) == table(done / "out")
    assert "a worker process died" in (out / "study.log").read_text()


def test_a_study_that_says_how_its_report_is_drawn_gets_one(study: Path) -> None:
    out = study.parent / "out"
    study.write_text(STUDY + "report: {against: pressure_MPa, by: powder}\n")
    assert exit_code(study) == 0
    page = (out / "report.html").read_text()
    assert "small" in page
    # every profile is named, and no other file is needed
    assert all(f"line{number}.csv" in page for number in (1, 2, 3))
    assert 'src="http' not in page
