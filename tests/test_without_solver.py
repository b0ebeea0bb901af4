# SPDX-License-Identifier: BSD-3-Clause
"""What an installation without MPI and DOLFINx still does, and what it says of the rest."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

BLOCKED = """
import sys
from interfacefem.errors import SOLVER_MODULES

class Blocked:
    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] in SOLVER_MODULES | {"dolfinx_solver"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Blocked())
"""

LIGHT = """
import tempfile

import numpy as np
import interfacefem as ifem

traced = ifem.trace("studies/images/lpscl_4h_400MPa_1.tif")
print(traced.sections[0].profile.width)
profile = ifem.read_profile("meshes/rough.csv")
print(ifem.solve_contact(profile, ifem.Cell(depth="1 um")).stress_ratio)
labels = (np.random.default_rng(1).random((8, 8, 8)) < 0.8).astype(np.uint8)
with tempfile.TemporaryDirectory() as folder:
    np.save(f"{folder}/labels.npy", labels)
    print(ifem.transport(f"{folder}/labels.npy", phase=1, voxel="20 nm").comm.size)
unneeded = set(ifem.__all__) - {"risk", "solve_current", "sweep"}
for name in sorted(unneeded):
    getattr(ifem, name)
for name in ("risk", "solve_current", "sweep"):
    try:
        getattr(ifem, name)
    except ifem.InputError:
        raise
    except ImportError as error:
        assert "pip install 'interfacefem[solver]'" in str(error), error
    else:
        raise AssertionError(name)
assert not {"mpi4py", "dolfinx", "petsc4py", "gmsh"} & sys.modules.keys()
"""


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_images_contact_and_volumes_need_neither() -> None:
    ended = _run("-c", BLOCKED + LIGHT)
    assert ended.returncode == 0, ended.stderr
    width, ratio, size = ended.stdout.split()
    assert 50e-6 < float(width) < 60e-6
    assert float(ratio) > 1
    assert size == "1"


def test_a_command_that_needs_the_solver_says_how_to_get_it() -> None:
    command = "from interfacefem.commands.app import main; main(['current', 'case.yaml'])"
    ended = _run("-c", BLOCKED + command)
    assert ended.returncode == 2
    assert ended.stderr.startswith("interfacefem: this command needs the finite-element solver")
    assert len(ended.stderr.splitlines()) == 1
