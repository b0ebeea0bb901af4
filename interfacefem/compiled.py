# SPDX-License-Identifier: BSD-3-Clause
"""Compiling kernels once per user: the clone may be read-only, the cache folder is not."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from interfacefem.progress import remark

# kernels take arrays of several types and shapes: numba checks them at the call
Kernel = Callable[..., Any]


def _cache_folder() -> str:
    home = os.environ.get("XDG_CACHE_HOME")
    folder = (Path(home) if home else Path.home() / ".cache") / "interfacefem" / "numba"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError:
        # a home that cannot be written to: compile again for each run
        folder = Path(tempfile.gettempdir()) / f"interfacefem-numba-{os.getuid()}"
    return str(folder)


# read by numba when it is imported
os.environ.setdefault("NUMBA_CACHE_DIR", _cache_folder())

import numba  # noqa: E402
from numba.core import event  # noqa: E402

_SECONDS_BETWEEN_REMARKS = 3


class CompilingIsSlow(event.Listener):  # type: ignore[misc]
    """Says that kernels are compiled: numba tells of those that its cache does not hold."""

    def __init__(self) -> None:
        self.begin_anew()

    def begin_anew(self) -> None:
        """Take the next kernel for the first."""
        self._kernels = 0
        self._started = self._last = 0.0

    def on_start(self, event: event.Event) -> None:
        now = time.monotonic()
        if self._kernels == 0:
            self._started = self._last = now
            remark(
                "compiling kernels, which are kept for the next run: "
                "half a minute for conduction, ten seconds for the rest"
            )
        elif now - self._last > _SECONDS_BETWEEN_REMARKS:
            self._last = now
            remark(f"{self._kernels} kernels compiled, {now - self._started:.0f} s")
        self._kernels += 1

    def on_end(self, event: event.Event) -> None:
        """Nothing is said: the next step speaks."""


LISTENER = CompilingIsSlow()
event.register("numba:compile", LISTENER)


def kernel(function: Kernel) -> Kernel:
    """Compile a function at its first call, or take it from the cache.

    Sums may be reordered and nothing is NaN: that lets loops be vectorised.
    """
    return numba.njit(cache=True, fastmath=True, error_model="numpy", nogil=True)(function)


def inlined(function: Kernel) -> Kernel:
    """A part of kernels, compiled once and put into each of them by LLVM.

    numba's own inlining copies it before types are found, which takes several times as long to
    compile and runs no faster.
    """
    return numba.njit(fastmath=True, error_model="numpy", forceinline=True, nogil=True)(function)


def exact_kernel(function: Kernel) -> Kernel:
    """The same for loops that compare with infinity, which fast arithmetic must not reorder."""
    return numba.njit(cache=True, error_model="numpy", nogil=True)(function)
