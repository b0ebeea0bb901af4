# SPDX-License-Identifier: BSD-3-Clause
"""Whether what a file announces fits into the memory there is, asked before it is allocated.

A header of some bytes can announce terabytes, and a compressed file can hold them. Readers ask here
with what they are going to need; nothing is allocated for the question.
"""

from __future__ import annotations

import contextlib
import ctypes
import math
import os
import resource
from collections.abc import Iterator, Sequence
from pathlib import Path

from interfacefem.errors import InputError

_CGROUPS = Path("/sys/fs/cgroup")
_PROCESS = Path("/proc/self")


def memory_there() -> float:
    """Bytes that this process could hold at most.

    The least of the machine's memory, the limit of its container or cluster job (cgroups v1 and
    v2), and what a limit of the shell (``ulimit -v``) leaves beside what is mapped already. Not
    what is free at the moment: the same file shall not be refused today and read tomorrow.
    """
    limits = [float(os.sysconf("SC_PHYS_PAGES")) * os.sysconf("SC_PAGE_SIZE"), *_cgroup_limits()]
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    if soft != resource.RLIM_INFINITY:
        limits.append(max(0.0, soft - _mapped()))
    return min(limits)


def give_back_memory() -> None:
    """Give back what the C library keeps of freed memory, where it can (glibc)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def require_memory(
    counts: Sequence[int],
    bytes_each: float,
    *,
    file: object | None,
    kind: type[InputError] = InputError,
    what: str = "voxels",
    field: str | None = None,
    processes: int = 1,
) -> None:
    """Refuse what does not fit into the memory, before anything of it is read.

    Args:
        counts: Along each axis, as announced.
        bytes_each: What one of them takes at the worst moment of the work.
        file: To be named.
        kind: Of the error.
        what: The things counted, in the plural: voxels, pixels, points.
        field: Of the file, or the option that asks for so many.
        processes: How many of this machine share the memory, each with a part of this size.

    Raises:
        InputError: Of the kind asked for: it does not fit.
    """
    needed = math.prod(int(count) for count in counts) * bytes_each * processes
    there = memory_there()
    if needed <= there:
        return
    raise kind(
        "does not fit into the memory",
        file=file,
        field=field,
        found=f"{shape_text(counts)} {what}, {bytes_text(needed)} to work on them",
        expected=f"at most {there / bytes_each / processes:.2g} {what} in {bytes_text(there)}",
    )


def shape_text(counts: Sequence[int]) -> str:
    """Counts along axes as people write them: ``256 x 256 x 20``."""
    return " x ".join(str(count) for count in counts)


def bytes_text(number: float) -> str:
    """A number of bytes in the unit that keeps it short: ``216 GB``."""
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if number < 1000:
            return f"{number:.3g} {unit}"
        number /= 1000
    return f"{number:.3g} PB"


def _mapped() -> float:
    """Bytes of the address space in use; 0 where the system does not say."""
    try:
        pages = int((_PROCESS / "statm").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 0.0
    return float(pages) * os.sysconf("SC_PAGE_SIZE")


def _cgroup_limits() -> Iterator[float]:
    """Limits of the process's control groups and of those that hold them."""
    try:
        lines = (_PROCESS / "cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, own = (*line.split(":", 2), "", "")[:3]
        if controllers and "memory" not in controllers.split(","):
            continue
        root = _CGROUPS / "memory" if controllers else _CGROUPS
        name = "memory.limit_in_bytes" if controllers else "memory.max"
        folder = root / own.lstrip("/")
        # inside a container the path is the host's, and the limit lies at the root
        for place in (folder, *folder.parents):
            with contextlib.suppress(OSError, ValueError):  # not there, or "max"
                yield float((place / name).read_text())
            if place == root:
                break
