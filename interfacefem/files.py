# SPDX-License-Identifier: BSD-3-Clause
"""Writing results so that a run that fails leaves no half-written file."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from interfacefem.errors import InputError


@contextlib.contextmanager
def written_atomically(path: str | Path) -> Iterator[Path]:
    """Give a temporary name beside ``path``; rename it to ``path`` when the block succeeds.

    The temporary name keeps the suffix of ``path``, for libraries that choose a format by it.

    Raises:
        InputError: The folder cannot be written to.

    Rank-local: call on one rank.
    """
    path = Path(path)
    ensure_writable_folder(path.parent)
    handle, name = tempfile.mkstemp(
        dir=path.parent, prefix=f".{path.stem}.", suffix=f".part{path.suffix}"
    )
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text_atomically(path: str | Path, text: str) -> None:
    """Write UTF-8 text under a temporary name, then rename; rank-local."""
    with written_atomically(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def ensure_writable_folder(folder: str | Path) -> Path:
    """Create ``folder`` if needed and refuse it in one clear line if it cannot be written to.

    Raises:
        InputError: ``folder`` is a file, cannot be created, or is not writable.

    Rank-local.
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise InputError(
            "the output folder cannot be written to",
            file=folder,
            found=error.strerror or str(error),
            expected="a folder where you may create files (see --out)",
        ) from None
    return folder
