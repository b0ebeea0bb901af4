# SPDX-License-Identifier: BSD-3-Clause
"""The folder of a study: one file per case, written at once or not at all.

Names are hashes of inputs, so that a file is right whoever wrote it: two runs in one folder, or a
run that was killed, cost time at most.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from interfacefem.files import write_text_atomically

_log = logging.getLogger(__name__)

FORMAT = 1


class Store:
    """Files in the folder of a study.

    Args:
        folder: Of the study; need not exist.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.images = folder / "images"

    def case_path(self, physics: str, key: str) -> Path:
        """Where the result of a case is or will be."""
        return self.folder / "cases" / physics / f"{key}.json"

    def profiles_path(self, key: str) -> Path:
        """Where the profiles of an image are or will be."""
        return self.folder / "profiles" / f"{key}.json"

    def case(self, physics: str, key: str) -> dict[str, Any] | None:
        """Result of a case by any version of the code, None where there is none."""
        return read_json(self.case_path(physics, key))

    def valid_case(self, physics: str, key: str, code: str) -> dict[str, Any] | None:
        """Result of a case by this version of the code, None where there is none."""
        found = self.case(physics, key)
        return found if found is not None and found["code"] == code else None

    def profiles(self, key: str, code: str) -> dict[str, Any] | None:
        """Profiles by this version of the code, None where there are none."""
        found = read_json(self.profiles_path(key))
        return found if found is not None and found["code"] == code else None


def read_json(path: Path) -> dict[str, Any] | None:
    """A JSON object in the present format; None where it is missing or damaged."""
    try:
        content = parse_json(path.read_bytes())
    except FileNotFoundError:
        return None
    if content is None:
        _log.warning("%s is damaged and is made again", path)
    return content


def parse_json(text: bytes) -> dict[str, Any] | None:
    """A JSON object in the present format, None if the text is no such thing."""
    try:
        content = json.loads(text)
    except ValueError:
        return None
    if isinstance(content, dict) and content.get("format") == FORMAT and "code" in content:
        return content
    return None


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON object under a temporary name, then rename.

    Raises:
        OSError: The disk is full.
    """
    text = json.dumps({"format": FORMAT, **content}, allow_nan=False, ensure_ascii=False)
    write_text_atomically(path, text + "\n")
