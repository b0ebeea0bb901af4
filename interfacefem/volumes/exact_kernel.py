# SPDX-License-Identifier: BSD-3-Clause
"""Compiling loops that compare with infinity, which fast arithmetic must not reorder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from interfacefem.volumes.compiled import numba

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def exact_kernel(function: Kernel) -> Kernel:
    """Compile a function at its first call, or take it from the cache."""
    return numba.njit(cache=True, error_model="numpy", nogil=True)(function)
