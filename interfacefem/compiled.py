# SPDX-License-Identifier: BSD-3-Clause
"""Compiling kernels once per user: the clone may be read-only, the cache folder is not.

Processes that need the same kernel at the same time, such as MPI ranks, wait for the first one and
take it from the cache.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from interfacefem.progress import remark

try:
    import fcntl
except ImportError:  # Windows: processes do not wait for each other
    fcntl = None  # type: ignore[assignment]

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
from numba.core import event, types  # noqa: E402, F401
from numba.core.compiler_lock import global_compiler_lock  # noqa: E402
from numba.extending import intrinsic  # noqa: E402, F401

_SECONDS_BETWEEN_REMARKS = 3
_LONGEST_WAIT = 120.0  # s, for another process; then a kernel is compiled twice
_SECONDS_BETWEEN_LOOKS = 0.05


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


@contextlib.contextmanager
def _first_of_all(name: str) -> Iterator[None]:
    """Hold other processes of this user back from compiling what is called so."""
    folder = Path(os.environ["NUMBA_CACHE_DIR"])
    if fcntl is None:
        yield
        return
    try:
        lock = (folder / f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.lock").open("w")
    except OSError:  # nothing is kept there either
        yield
        return
    with lock:
        latest = time.monotonic() + _LONGEST_WAIT
        while time.monotonic() < latest:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(_SECONDS_BETWEEN_LOOKS)
            except OSError:  # a file system without locks
                break
        yield


def _once(dispatcher: Any) -> Kernel:
    """Let one process compile, and those that come meanwhile take it from the cache."""
    compile_now = dispatcher.compile
    name = f"{dispatcher.py_func.__module__}.{dispatcher.py_func.__qualname__}"

    def compile_once(signature: Any) -> Any:
        # numba's own lock first, as one kernel's compilation may bring another's
        with global_compiler_lock, _first_of_all(f"{name} {signature}"):
            return compile_now(signature)

    dispatcher.compile = compile_once
    return dispatcher


def kernel(function: Kernel) -> Kernel:
    """Compile a function at its first call, or take it from the cache.

    Sums may be reordered and nothing is NaN: that lets loops be vectorised.
    """
    return _once(
        numba.njit(
            cache=True, fastmath=True, error_model="numpy", nogil=True, no_cfunc_wrapper=True
        )(function)
    )


def inlined(function: Kernel) -> Kernel:
    """A part of kernels, put into each of them by LLVM; Python cannot call it.

    numba's own inlining copies it before types are found, which takes several times as long to
    compile and runs no faster.
    """
    # the door from Python would take longer to compile than a part itself
    return numba.njit(
        fastmath=True, error_model="numpy", forceinline=True, nogil=True, no_cpython_wrapper=True,
        no_cfunc_wrapper=True,
    )(function)  # fmt: skip


def exact_kernel(function: Kernel) -> Kernel:
    """The same for loops that compare with infinity, which fast arithmetic must not reorder."""
    return _once(numba.njit(cache=True, error_model="numpy", nogil=True)(function))
