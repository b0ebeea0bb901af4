# SPDX-License-Identifier: BSD-3-Clause
"""A study that is killed, or whose disk is full, ends with the same table when it goes on."""

from __future__ import annotations

import os
import random
import shlex
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from small_study import CASES, case_files, command, run_study, write_small_study

# parts of the time an undisturbed run takes, from the start of Python to the table
FAST_MOMENTS = (0.5, 0.8)
RANDOM_MOMENTS = 10


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes, float]:
    """Study file, table, and seconds an undisturbed run takes."""
    folder = tmp_path_factory.mktemp("undisturbed")
    study = write_small_study(folder)
    started = time.monotonic()
    run_study(study, folder / "out", "--jobs", "2")
    return study, (folder / "out" / "results.csv").read_bytes(), time.monotonic() - started


def kill_after(
    study: Path, out: Path, seconds: float, *options: str, of_a_new_result: bool = False
) -> None:
    """Start a study and kill it some time after that, or after its next result, or see it end."""
    before = len(case_files(out))
    with subprocess.Popen(
        command(study, out, *options), env=dict(os.environ), stdout=subprocess.DEVNULL
    ) as run:
        while of_a_new_result and len(case_files(out)) == before and run.poll() is None:
            time.sleep(0.01)
        try:
            run.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            # its workers end themselves when it has gone
            run.send_signal(signal.SIGKILL)


def no_writer_is_left(out: Path) -> None:
    """Wait until nothing in the folder changes any more."""
    before = None
    while (now := case_files(out)) != before:
        before = now
        time.sleep(0.7)


def test_killed_twice_and_resumed(undisturbed, tmp_path: Path) -> None:
    study, table, seconds = undisturbed
    for part in FAST_MOMENTS:
        kill_after(study, tmp_path / "out", part * seconds, "--jobs", "2")
    run_study(study, tmp_path / "out", "--jobs", "2")
    assert (tmp_path / "out" / "results.csv").read_bytes() == table


@pytest.mark.slow
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_killed_at_ten_random_moments_and_resumed(undisturbed, tmp_path: Path, jobs: str) -> None:
    study, table, seconds = undisturbed
    out = tmp_path / "out"
    moments = random.Random(20)
    seen: dict[str, int] = {}
    partial = 0
    for turn in range(RANDOM_MOMENTS):
        if turn % 2:
            kill_after(study, out, moments.uniform(0.1, 1.0) * seconds, "--jobs", jobs)
        else:  # however slow the machine is, some moments lie between two results
            delay = 0.05 * turn * moments.random()
            kill_after(study, out, delay, "--jobs", jobs, of_a_new_result=True)
        no_writer_is_left(out)
        written = case_files(out)
        # nothing that had been written was computed again
        assert {name: written[name] for name in seen} == seen
        partial += 0 < len(written) < CASES
        seen = written
    assert partial > 0
    run_study(study, out, "--jobs", jobs)
    final = case_files(out)
    assert {name: final[name] for name in seen} == seen
    assert len(final) == CASES
    assert (out / "results.csv").read_bytes() == table


def test_workers_end_with_the_process_that_started_them(undisturbed, tmp_path: Path) -> None:
    study, _, seconds = undisturbed
    out = tmp_path / "out"
    kill_after(study, out, 0.6 * seconds, "--jobs", "2")
    deadline = time.monotonic() + 20
    while processes_naming(out) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not processes_naming(out)


def processes_naming(out: Path) -> list[str]:
    """Processes that have a file below a folder open (Linux)."""
    found = []
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if os.readlink(link).startswith(str(out)):
                found.append(link.parts[2])
        except OSError:
            continue
    return found


def can_mount_tmpfs() -> bool:
    if shutil.which("unshare") is None:
        return False
    script = "mount -t tmpfs -o size=64k tmpfs /mnt"
    return subprocess.run(
        ["unshare", "-rm", "sh", "-c", script], capture_output=True, check=False
    ).returncode == 0  # fmt: skip


@pytest.mark.skipif(not can_mount_tmpfs(), reason="no tmpfs may be mounted here")
@pytest.mark.parametrize(
    "kilobytes",
    [24, pytest.param(8, marks=pytest.mark.slow), pytest.param(48, marks=pytest.mark.slow)],
)
def test_full_disk_is_one_line_and_loses_nothing(
    undisturbed, tmp_path: Path, kilobytes: int
) -> None:
    study, table, _ = undisturbed
    small, kept = tmp_path / "small_disk", tmp_path / "kept"
    small.mkdir()
    run = shlex.join(command(study, small / "out", "--jobs", "2"))
    # what the full disk holds is moved to a larger one, where the study goes on
    script = (
        f"mount -t tmpfs -o size={kilobytes}k tmpfs {shlex.quote(str(small))} || exit 99; "
        f"{run}; code=$?; "
        f"cp -rp {shlex.quote(str(small))}/out {shlex.quote(str(kept))} 2>/dev/null; exit $code"
    )
    finished = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script],
        env=dict(os.environ),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert finished.returncode == 2, finished.stderr
    (line,) = finished.stderr.strip().splitlines()
    assert "No space left on device" in line
    written = case_files(kept)
    assert len(written) <= CASES  # records are short: the table may be the first without room
    run_study(study, kept, "--jobs", "2")
    after = case_files(kept)
    assert {name: after[name] for name in written} == written
    assert (kept / "results.csv").read_bytes() == table
    assert not list(kept.rglob("*.part*"))
