# SPDX-License-Identifier: BSD-3-Clause
"""What does not fit into the memory is refused before it is allocated."""

from __future__ import annotations

import os
import resource
import subprocess
import sys

import pytest

from interfacefem import sizes
from interfacefem.errors import InputError, VolumeError

GIB = 2**30


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine without limits of its own, whose control groups are files below ``tmp_path``."""
    monkeypatch.setattr(sizes, "_CGROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(sizes, "_PROCESS", tmp_path / "self")
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (resource.RLIM_INFINITY,) * 2)
    (tmp_path / "self").mkdir()
    (tmp_path / "cgroup").mkdir()
    return tmp_path


def physical() -> float:
    return float(os.sysconf("SC_PHYS_PAGES")) * os.sysconf("SC_PAGE_SIZE")


def test_without_limits_the_memory_is_the_machines(machine) -> None:
    assert sizes.memory_there() == physical()


def test_limit_of_a_container_lies_at_the_root(machine) -> None:
    (machine / "self" / "cgroup").write_text("0::/docker/abc\n")
    (machine / "cgroup" / "memory.max").write_text("1073741824\n")
    assert sizes.memory_there() == GIB


def test_limit_of_a_job_holds_for_the_steps_within_it(machine) -> None:
    (machine / "self" / "cgroup").write_text("0::/slurm/job/step\n")
    step = machine / "cgroup" / "slurm" / "job" / "step"
    step.mkdir(parents=True)
    (step / "memory.max").write_text("max\n")
    (step.parent / "memory.max").write_text(f"{2 * GIB}\n")
    assert sizes.memory_there() == 2 * GIB


def test_limit_of_the_older_control_groups(machine) -> None:
    (machine / "self" / "cgroup").write_text("9:cpu:/a\n4:memory:/job\n0::/\n")
    (machine / "cgroup" / "memory" / "job").mkdir(parents=True)
    (machine / "cgroup" / "memory" / "job" / "memory.limit_in_bytes").write_text(f"{GIB}\n")
    assert sizes.memory_there() == GIB


def test_limit_of_the_shell_counts_what_is_mapped() -> None:
    code = (
        "import resource; from interfacefem.sizes import memory_there, _mapped;"
        f"resource.setrlimit(resource.RLIMIT_AS, ({4 * GIB}, {4 * GIB}));"
        f"print(memory_there(), {4 * GIB} - _mapped())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    there, left = map(float, done.stdout.split())
    assert there == pytest.approx(left, rel=0.05)
    assert there < 4 * GIB


def test_the_line_names_what_is_announced_and_what_fits(machine) -> None:
    (machine / "self" / "cgroup").write_text("0::/\n")
    (machine / "cgroup" / "memory.max").write_text("8e9\n")
    sizes.require_memory((1000, 1000, 1000), 8, file="v.tif")
    with pytest.raises(VolumeError) as caught:
        sizes.require_memory((6000, 6000, 6000), 2, file="v.npz", kind=VolumeError)
    assert str(caught.value) == (
        "v.npz: does not fit into the memory; found 6000 x 6000 x 6000 voxels, 432 GB to work on "
        "them; expected at most 4e+09 voxels in 8 GB"
    )
    with pytest.raises(InputError):
        sizes.require_memory((1000, 1000, 1000), 8, file="v.tif", processes=2)


def test_counts_beyond_64_bits_are_counted(machine) -> None:
    with pytest.raises(InputError, match="PB"):
        sizes.require_memory((2**31, 2**31, 2**31), 8, file="v.tif")
