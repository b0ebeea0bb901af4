# SPDX-License-Identifier: BSD-3-Clause
"""The folder of a study: what was found, in append-only records, believed only after a check.

``records/`` holds a line for each case, for each source whose profiles were taken and for each
synthetic image; ``profiles/`` and ``images/`` hold what is too long for a line, and count only
while their hash is that of the record. Keys are hashes of what a record answers, so that a record
is right whoever wrote it: two runs in one folder, or a run that was killed, cost time at most.
"""

from __future__ import annotations

import functools
import hashlib
import json
import logging
import math
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from interfacefem.errors import InputError
from interfacefem.files import write_text_atomically
from interfacefem.study.record_shapes import is_record
from interfacefem.study.records import (
    Damaged,
    RecordReader,
    RecordWriter,
    canonical,
    parsed,
    without_collector,
)

_log = logging.getLogger(__name__)

FORMAT = 2
RECORDS = "records"
# what is asked of all results at once; the rest of a result is kept as text until it is asked for
_ENDING = ("kind", "key", "code", "written", "status", "reason", "retry")
_MOST_PROFILES = 1_000_000_000  # bytes of a file of profiles that are read


class Store:
    """Records and files in the folder of a study.

    Args:
        folder: Of the study; need not exist.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.images = folder / "images"
        self._reader = RecordReader(folder / RECORDS)
        self._writer = RecordWriter(folder / RECORDS)
        self._found: dict[tuple[str, str], dict[str, Any]] = {}
        self._cases: dict[str, tuple[dict[str, Any], bytes]] = {}
        self._intact: dict[Path, tuple[int, int, str]] = {}

    def refresh(self) -> None:
        """Take in what was written since, by this process or by another."""
        with without_collector():
            self._take_in()

    def _take_in(self) -> None:
        for record, text in self._reader.new_with_texts():
            if isinstance(record, Damaged):
                _log.warning(
                    "%s: line %d does not match its checksum; what it held is computed again",
                    record.file, record.line,
                )  # fmt: skip
            elif record.get("format") != FORMAT:
                _log.warning("%s: a record of another version is left out", self.folder)
            elif not is_record(record):
                _log.warning(
                    "%s: the record of %.60s is not what it should be; it is computed again",
                    self.folder, record.get("key"),
                )  # fmt: skip
            elif not _answers_its_key(record, text):
                _log.warning(
                    "%s: the record of %s answers something else; it is computed again",
                    self.folder, record["key"],
                )  # fmt: skip
            else:
                self._keep(record, text)

    def _keep(self, record: dict[str, Any], text: bytes) -> None:
        kind, key = record["kind"], record["key"]
        if kind != "case":
            if _counts_more(record, self._found.get((kind, key))):
                self._found[kind, key] = record
            return
        known = self._cases.get(key)
        if _counts_more(record, None if known is None else known[0]):
            ending = {name: record[name] for name in _ENDING}
            self._cases[key] = {**ending, "physics": record["answers"]["physics"]}, text

    def append(self, record: Mapping[str, Any]) -> None:
        """Write a record.

        Args:
            record: ``kind``, ``answers`` and what was found; format, key and time are added.

        Raises:
            InputError: The folder cannot be written to.
            OSError: The disk is full.
        """
        answers = canonical(record["answers"])
        # the answers come first and in order: whoever reads them hashes the text as it stands
        whole = {
            "answers": json.loads(answers),
            "key": hash_of_text(answers),
            "format": FORMAT,
            "written": time.time(),
            **{name: value for name, value in record.items() if name != "answers"},
        }
        text = self._writer.append(whole)
        self._keep(json.loads(text), text)  # as a reader would find it

    def case(self, physics: str, key: str) -> dict[str, Any] | None:
        """Result of a case by any version of the code, None where there is none."""
        return None if self.ending(physics, key) is None else parsed(self._cases[key][1])

    def ending(self, physics: str, key: str) -> dict[str, Any] | None:
        """How a case ended by any version of the code: status, reason, retry, code, when."""
        found = self._cases.get(key)
        return found[0] if found is not None and found[0]["physics"] == physics else None

    def valid_ending(self, physics: str, key: str, code: str) -> dict[str, Any] | None:
        """The same by this version of the code, None where there is none."""
        found = self.ending(physics, key)
        return found if found is not None and found["code"] == code else None

    def endings(self) -> dict[str, dict[str, Any]]:
        """How all cases ended, by key."""
        return {key: ending for key, (ending, _) in self._cases.items()}

    def append_case(self, record: Mapping[str, Any], provenance: Mapping[str, Any]) -> None:
        """Write the result of a case; what it was made with is written once.

        Raises:
            InputError: The folder cannot be written to.
            OSError: The disk is full.
        """
        made_with = plain(provenance)
        key = hash_of(made_with)
        if ("provenance", key) not in self._found:
            self.append({"kind": "provenance", "answers": made_with})
        self.append({"kind": "case", **record, "provenance": key})

    def provenance(self, case: Mapping[str, Any]) -> dict[str, Any] | None:
        """What a result was made with; None where that record is lost."""
        found = self._found.get(("provenance", case["provenance"]))
        return None if found is None else found["answers"]

    def source(self, key: str) -> dict[str, Any] | None:
        """What was taken of a source by any version of the code, without the profiles' points."""
        return self._found.get(("source", key))

    def valid_source(self, key: str, code: str) -> dict[str, Any] | None:
        """The same by this version of the code, and only while the file of points is intact."""
        found = self.source(key)
        if found is None or found["code"] != code or self.profiles_path(found) is None:
            return None
        return found

    def budget(self, key: str) -> dict[str, Any] | None:
        """What moves the excess of an image, by any version of the code."""
        return self._found.get(("budget", key))

    def valid_budget(self, key: str, code: str) -> dict[str, Any] | None:
        """The same by this version of the code."""
        found = self.budget(key)
        return found if found is not None and found["code"] == code else None

    def image(self, key: str) -> dict[str, Any] | None:
        """Record of a synthetic image."""
        return self._found.get(("image", key))

    def profiles_path(self, source: Mapping[str, Any]) -> Path | None:
        """File of a source's points, None where it is lost or not as it was written."""
        path = self.folder / "profiles" / f"{source['key']}.json"
        if self.is_intact(path, source["profiles_sha256"]):
            return path
        _log.warning("%s is damaged or lost and is made again", path)
        return None

    def profiles(self, source: Mapping[str, Any]) -> list[dict[str, Any]] | None:
        """Points and metadata of the profiles of a source, a dict for each line."""
        path = self.profiles_path(source)
        content = None if path is None else parsed(path.read_bytes())
        return None if content is None else content["lines"]

    def write_profiles(self, answers: Mapping[str, Any], lines: list[dict[str, Any]]) -> str:
        """Write the points of profiles; returns the hash that belongs into their record."""
        text = json.dumps({"lines": lines}, allow_nan=False, ensure_ascii=False) + "\n"
        write_text_atomically(self.folder / "profiles" / f"{hash_of(answers)}.json", text)
        return hashlib.sha256(text.encode()).hexdigest()

    def is_intact(self, path: Path, sha256: str) -> bool:
        """Whether a file is there and has this hash; one that has not changed is read once."""
        try:
            state = os.lstat(path)
        except OSError:
            return False
        known = (state.st_size, state.st_mtime_ns, sha256)
        if self._intact.get(path) == known:
            return True
        if not path.is_file() or path.is_symlink() or state.st_size > _MOST_PROFILES:
            return False
        with path.open("rb") as stream:
            if hashlib.file_digest(stream, "sha256").hexdigest() != sha256:
                return False
        self._intact[path] = known
        return True


@functools.lru_cache(maxsize=8)
def _store(folder: str) -> Store:
    return Store(Path(folder))


def opened_store(folder: Path) -> Store:
    """The store of a folder, read anew: what begins to work on it knows nothing from before.

    Raises:
        InputError: The folder holds the results of an earlier version.
    """
    _store.cache_clear()
    return store_of(folder)


def store_of(folder: Path) -> Store:
    """The store of a folder that this process has, with all that was written by now.

    Raises:
        InputError: The folder holds the results of an earlier version.
    """
    require_present_format(folder)
    store = _store(str(folder.absolute()))
    store.refresh()
    return store


def require_present_format(folder: Path) -> None:
    """Refuse a folder of the versions that wrote a file for each case.

    Raises:
        InputError: It is one.
    """
    if (folder / "cases").is_dir() and not (folder / RECORDS).exists():
        raise InputError(
            "holds the results of an earlier version, a file for each case", file=folder,
            expected="another folder (--out), or this one without its folders cases and profiles",
        )  # fmt: skip


def hash_of(content: object) -> str:
    """Short hash of anything that JSON can hold."""
    return hash_of_text(canonical(content))


def hash_of_text(text: str) -> str:
    """Short hash of a text, of JSON in its canonical form."""
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _answers_its_key(record: Mapping[str, Any], text: bytes) -> bool:
    answers, found, _ = text.removeprefix(b'{"answers": ').partition(b', "key": "')
    if found and hashlib.sha256(answers).hexdigest()[:24] == record["key"]:
        return True
    return bool(record["key"] == hash_of(record["answers"]))


def plain(content: object) -> Any:
    """Content as a JSON file gives it back: lists, keys that are text, infinity as text."""
    if isinstance(content, Mapping):
        return {str(key): plain(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [plain(value) for value in content]
    if isinstance(content, float):
        return content if math.isfinite(content) else str(content)
    return content if content is None or isinstance(content, bool | int | str) else str(content)


def _counts_more(record: Mapping[str, Any], known: Mapping[str, Any] | None) -> bool:
    """Of two records with one key: the later code, then what is done, then the later one."""
    if known is None:
        return True
    if record["kind"] == "case" and record["code"] == known["code"]:
        done, before = record["status"] != "failed", known["status"] != "failed"
        if done != before:
            return bool(done)
    return bool(record["written"] >= known["written"])
