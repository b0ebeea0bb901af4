# SPDX-License-Identifier: BSD-3-Clause
"""Append-only files of records: a line for each, with a checksum, a file for each writer.

A line is ``SHA-256 of the rest, a blank, a JSON object``. No two processes write into one file, so
that nothing is asked of a network file system but to append and to sync. What was cut short when
its writer was killed is a last line without its end, and is left out.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import json
import os
import platform
import re
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pydantic_core

from interfacefem.errors import InputError
from interfacefem.files import naming_target

SUFFIX = ".records"
_HEX = re.compile(rb"[0-9a-f]{64}")
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_MOST_LINE = 256_000_000  # bytes


@dataclass(frozen=True)
class Damaged:
    """A line that is not as it was written.

    Attributes:
        file: That holds it.
        line: Its number, from 1.
    """

    file: Path
    line: int


class RecordReader:
    """Reads the records of a folder; called again, only what was added since.

    Args:
        folder: Of the files; need not exist.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, tuple[int, int]] = {}

    def new(self) -> Iterator[dict[str, Any] | Damaged]:
        """Records that were not given yet, those of a file in their order."""
        for record, _ in self.new_with_texts():
            yield record

    def new_with_texts(self) -> Iterator[tuple[dict[str, Any] | Damaged, bytes]]:
        """The same, each with its JSON as it stands in the file."""
        for path in sorted(_regular_files(self._folder)):
            offset, line = self._read.get(path.name, (0, 0))
            size = path.stat().st_size
            if size == offset:
                continue
            if size < offset:
                # cut short behind our back: what was read of it stays, the rest is told below
                offset, line = 0, 0
            with path.open("rb") as stream:
                stream.seek(offset)
                while (text := stream.readline(_MOST_LINE)).endswith(b"\n"):
                    offset, line = offset + len(text), line + 1
                    content = _checked(text)
                    yield Damaged(path, line) if content is None else content, text[65:-1]
            self._read[path.name] = (offset, line)


class RecordWriter:
    """Appends to a file of its own, which is made with the first record.

    Args:
        folder: Of the files.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: int | None = None
        self._path = folder
        self._process = os.getpid()

    def append(self, content: Mapping[str, Any]) -> bytes:
        """Write a record, flushed and synced; returns its JSON.

        Raises:
            InputError: The folder cannot be written to.
            OSError: The disk is full; nothing of the record is left.
        """
        text = json.dumps(content, allow_nan=False, ensure_ascii=False).encode()
        line = hashlib.sha256(text).hexdigest().encode() + b" " + text + b"\n"
        handle = self._opened()
        begin = os.fstat(handle).st_size
        with naming_target(self._path):
            try:
                written = 0
                while written < len(line):
                    written += os.write(handle, line[written:])
                os.fsync(handle)
            except OSError:
                with contextlib.suppress(OSError):
                    os.ftruncate(handle, begin)
                raise
        return text

    def _opened(self) -> int:
        if self._file is None or self._process != os.getpid():
            self._process = os.getpid()
            host = "".join(_NAME.findall(platform.node()))[:40] or "host"
            moment = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
            name = f"{moment}-{host}-{self._process}-{secrets.token_hex(4)}{SUFFIX}"
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                self._path = self._folder / name
                flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL
                self._file = os.open(self._path, flags, 0o666)
                _sync_folder(self._folder)
            except OSError as error:
                raise InputError(
                    "the output folder cannot be written to", file=self._folder,
                    found=error.strerror or str(error),
                    expected="a folder where you may create files (see --out)",
                ) from None  # fmt: skip
        return self._file


@contextlib.contextmanager
def without_collector() -> Iterator[None]:
    """Records hold no circles, and to look for some in 100,000 takes as long as to read them."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def canonical(content: object) -> str:
    """JSON with its keys in order."""
    return json.dumps(content, sort_keys=True, ensure_ascii=False)


def parsed(text: bytes | str) -> dict[str, Any] | None:
    """A JSON object, None if the text is no such thing, or too deep to be read."""
    try:
        content = pydantic_core.from_json(text, allow_inf_nan=False)
    except ValueError:  # too deep as well
        return None
    return content if isinstance(content, dict) else None


def _checked(line: bytes) -> dict[str, Any] | None:
    checksum, blank, text = line[:64], line[64:65], line[65:-1]
    if blank != b" " or not _HEX.fullmatch(checksum):
        return None
    if hashlib.sha256(text).hexdigest().encode() != checksum:
        return None
    return parsed(text)


def _regular_files(folder: Path) -> Iterator[Path]:
    try:
        entries = list(os.scandir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        # a link, a pipe or a device is nothing that a writer of ours leaves
        if entry.name.endswith(SUFFIX) and entry.is_file(follow_symlinks=False):
            yield Path(entry.path)


def _sync_folder(folder: Path) -> None:
    """Keep the name of a new file over a power cut, where the system can."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
