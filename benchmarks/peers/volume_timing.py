# SPDX-License-Identifier: BSD-3-Clause
"""CPU time and memory of one call, alike for every program, and a small volume to warm up on."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

Found = TypeVar("Found")


def timed(solve: Callable[[], Found]) -> tuple[Found, dict[str, Any]]:
    """Call once; returns what it found, with process CPU seconds and the peak of memory in bytes
    above what the process held before."""
    before = resident()
    started = time.process_time()
    found = solve()
    cpu = time.process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return found, {"cpu_s": cpu, "bytes": peak - before}


def resident() -> int:
    """Memory the process holds now, in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def small_volume() -> npt.NDArray[np.uint8]:
    """Labels 0 and 1, of which 1 connects all faces."""
    labels = np.ones((24, 24, 24), np.uint8)
    labels[8:16, 8:16, 8:16] = 0
    return labels
