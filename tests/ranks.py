# SPDX-License-Identifier: BSD-3-Clause
"""Running a script on several MPI ranks."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


def numbers_on_ranks(script: Path, ranks: int) -> dict:
    """What a script prints as JSON when mpirun starts it; skips where there is no mpirun."""
    if shutil.which("mpirun") is None:
        pytest.skip("mpirun is not there")
    # os.environ, not what MPI added to the environment of this process
    finished = subprocess.run(
        # -m mpi4py: an exception on one rank ends all, else the others wait until the timeout
        ["mpirun", "-n", str(ranks), sys.executable, "-m", "mpi4py", str(script)],
        env=dict(os.environ),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout)
