# SPDX-License-Identifier: BSD-3-Clause
"""Hundreds of damaged inputs and records: no traceback, no hang, nothing written where it must not.

100 of them unless ``IFEM_ATTACK`` says how many; ``.ci/run --full`` asks for 600.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from attack import LIMIT_S

MOST_GB = 2.0
FEW = 100


def test_no_damage_breaks_the_program(tmp_path: Path) -> None:
    """The kinds are in ``damage.py``; records are damaged with a right checksum as well."""
    count = int(os.environ.get("IFEM_ATTACK", FEW))
    finished = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("attack.py")), str(tmp_path), str(count)],
        capture_output=True,
        text=True,
        timeout=LIMIT_S * count,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr[-3000:]
    *found, last = [json.loads(line) for line in finished.stdout.splitlines()]
    assert len(found) == count
    # a traceback is exit code 1, a hang -1
    assert [one for one in found if one["exit"] not in (0, 2, 3)] == []
    assert [one["what"] for one in found if one["seconds"] > LIMIT_S] == []
    assert [(one["what"], one["changed"]) for one in found if one["changed"]] == []
    assert [(one["what"], one["written"]) for one in found if one["written"]] == []
    # once repaired, the study is the undisturbed one byte for byte
    assert [(one["what"], one["said"]) for one in found if not one["right"]] == []
    assert last["memory_GB"] < MOST_GB
    # both ways out were taken: what is still sound is read, what is not is refused
    assert {one["exit"] for one in found} >= {0, 2}
