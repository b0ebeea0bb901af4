# SPDX-License-Identifier: BSD-3-Clause
"""Compiling kernels once per user: the clone may be read-only, the cache folder is not."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

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


def kernel(function: Kernel) -> Kernel:
    """Compile a function at its first call, or take it from the cache.

    Sums may be reordered and nothing is NaN: that lets loops be vectorised.
    """
    return numba.njit(cache=True, fastmath=True, error_model="numpy", nogil=True)(function)


def inlined(function: Kernel) -> Kernel:
    """A part of kernels, compiled into each of them."""
    return numba.njit(fastmath=True, error_model="numpy", inline="always")(function)
