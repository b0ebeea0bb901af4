# SPDX-License-Identifier: BSD-3-Clause
"""Writing results so that a run that fails leaves no half-written file; JSON and CSV as text."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from interfacefem.errors import InputError

MOST_TEXT = 200_000_000  # bytes of a text file that is read whole
STANDARD_OUTPUT = "standard output"


@contextlib.contextmanager
def written_atomically(path: str | Path) -> Iterator[Path]:
    """Give a temporary name beside ``path``; rename it to ``path`` when the block succeeds.

    The temporary name keeps the suffix of ``path``, for libraries that choose a format by it.

    Raises:
        InputError: The folder cannot be written to.
        OSError: Writing failed, such as on a full disk; it names ``path``.

    Rank-local: call on one rank.
    """
    path = made_folder(path)
    try:
        handle, name = tempfile.mkstemp(
            dir=path.parent, prefix=f".{path.stem}.", suffix=f".part{path.suffix}"
        )
    except (OSError, ValueError) as error:
        raise _not_writable(path.parent, error) from None
    temporary = Path(name)
    try:
        os.close(handle)
        with naming_target(path, temporary):
            yield temporary
            mask = os.umask(0)
            os.umask(mask)
            temporary.chmod(0o666 & ~mask)
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def made_folder(path: str | Path) -> Path:
    """The name of a file that may be written, whose folder is made.

    Raises:
        InputError: It is the name of a folder, or its folder cannot be made.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise _not_writable(path.parent, error) from None
    if path.is_dir() and path.suffix != ".bp":  # VTX files are folders
        raise InputError("is a folder", file=path, expected="another name for the file")
    return path


@contextlib.contextmanager
def naming_target(target: object, temporary: Path | None = None) -> Iterator[None]:
    """Name ``target`` in an OSError that names nothing, or what ``target`` is called for a while.

    A disk that is full is noticed by writing to a file that is open: its error names no file.
    """
    try:
        yield
    except OSError as error:
        if error.filename is None or error.filename == str(temporary):
            error.filename = str(target)
        raise


def write_text_atomically(path: str | Path, text: str) -> None:
    """Write UTF-8 text under a temporary name, then rename."""
    with written_atomically(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def json_text(result: Mapping[str, Any]) -> str:
    """JSON that every reader understands: no NaN and no infinity."""
    return json.dumps(result, indent=2, allow_nan=False, ensure_ascii=False)


def csv_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows with equal keys as CSV, without notes; empty where a number is missing."""
    stream = io.StringIO()
    columns = [name for name in rows[0] if name != "notes"]
    writer = csv.DictWriter(stream, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def require_writable_folder(folder: str | Path) -> None:
    """Refuse, before any work is done, a folder that cannot be written to; creates nothing.

    Raises:
        InputError: ``folder`` or the nearest folder above it that exists is no folder, or does not
            take files.
    """
    try:
        os.lstat(folder)
    except (FileNotFoundError, NotADirectoryError):
        pass  # it can be made, unless what is above it forbids it
    except (OSError, ValueError) as error:
        # a name that is too long, or that holds a null byte
        raise _not_writable(folder, error) from None
    nearest = Path(folder).absolute()
    while not nearest.exists() and nearest != nearest.parent:
        nearest = nearest.parent
    if nearest.is_file():
        raise InputError(
            "the output folder cannot be written to",
            file=folder,
            found=f"a file of the name {nearest.name}",
            expected="a folder",
        )
    try:
        with tempfile.TemporaryFile(dir=nearest):
            pass
    except OSError as error:
        raise _not_writable(folder, error) from None


def require_not_an_input(path: Path, inputs: Iterable[Path], field: str) -> None:
    """Refuse, before any work is done, to write over what is read.

    Args:
        path: File to be written.
        inputs: Files, or folders of files, that are read.
        field: What the user called ``path``.

    Raises:
        InputError: ``path`` is one of the inputs, or lies in one that is a folder.
    """
    for given in inputs:
        taken = path.resolve().parent if given.is_dir() else path.resolve()
        if taken == given.resolve() or (path.exists() and given.exists() and path.samefile(given)):
            raise InputError(
                "would be written over what is read", field=field, found=path,
                expected="another file" + (f", outside {given}" if given.is_dir() else ""),
            )  # fmt: skip


def read_text_file(
    path: str | Path, kind: type[InputError], what: str, *, most_bytes: int = MOST_TEXT
) -> str:
    """Read a UTF-8 text file, or say in one line why not.

    Args:
        path: The file.
        kind: Exception to be raised.
        what: What is expected, such as "a YAML file".
        most_bytes: Size from which it is not read.

    Raises:
        InputError: Of ``kind``: the file is missing, no regular file, too large, not readable or
            not UTF-8.
    """
    path = Path(path)
    try:
        if path.exists() and not path.is_file():
            raise kind("is no file", file=path, expected=what)
        size = path.stat().st_size
        if size > most_bytes:
            raise kind(
                "is too large for what it should be", file=path, found=f"{size} bytes",
                expected=f"{what} of at most {most_bytes} bytes",
            )  # fmt: skip
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise kind("no such file", file=path) from None
    except UnicodeDecodeError:
        raise kind("is no text in UTF-8", file=path, expected=what) from None
    except (OSError, ValueError) as error:
        # a name that holds a null byte is a ValueError
        raise kind(f"cannot be read ({error})", file=path) from None


def _not_writable(folder: str | Path, error: OSError | ValueError) -> InputError:
    return InputError(
        "the output folder cannot be written to",
        file=repr(str(folder)) if "\0" in str(folder) else folder,
        found=getattr(error, "strerror", None) or str(error),
        expected="a folder where you may create files",
    )


def hash_of_file(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
