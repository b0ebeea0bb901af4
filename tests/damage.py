# SPDX-License-Identifier: BSD-3-Clause
"""Damage to files as a disk, a copy, a program or a person makes it; one seed, one damage."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
Change = Callable[[bytes, Random], bytes]


def _truncated(data: bytes, random: Random) -> bytes:
    return data[: random.randrange(len(data))]


def _flipped(count: int) -> Change:
    def change(data: bytes, random: Random) -> bytes:
        changed = bytearray(data)
        for _ in range(count):
            changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
        return bytes(changed)

    return change


def _swapped(data: bytes, random: Random) -> bytes:
    first, second, third = sorted(random.randrange(len(data) + 1) for _ in range(3))
    return data[:first] + data[second:third] + data[first:second] + data[third:]


def _lines_swapped(data: bytes, random: Random) -> bytes:
    lines = data.splitlines(keepends=True)
    random.shuffle(lines)
    return b"".join(lines)


def _zeros(data: bytes, random: Random) -> bytes:
    start = random.randrange(len(data))
    return data[:start] + bytes(min(512, len(data) - start)) + data[start + 512 :]


def _noise(data: bytes, random: Random) -> bytes:
    return random.randbytes(len(data))


def _number_is(text: bytes) -> Change:
    def change(data: bytes, random: Random) -> bytes:
        places = list(_NUMBER.finditer(data))
        if not places:
            return text
        place = random.choice(places)
        return data[: place.start()] + text + data[place.end() :]

    return change


def _inserted(text: bytes) -> Change:
    def change(data: bytes, random: Random) -> bytes:
        start = random.randrange(len(data) + 1)
        return data[:start] + text + data[start:]

    return change


BYTES: dict[str, Change] = {
    "truncated": _truncated,
    "one bit": _flipped(1),
    "twenty bits": _flipped(20),
    "parts exchanged": _swapped,
    "lines exchanged": _lines_swapped,
    "zeros": _zeros,
    "noise": _noise,
    "empty": lambda data, random: b"",
    "twice": lambda data, random: data + data,
    "not a number": _number_is(b"NaN"),
    "infinite": _number_is(b"-inf"),
    "too large for a float": _number_is(b"1e999"),
    "larger than anything": _number_is(b"9" * 400),
    "5000 digits": _number_is(b"1" * 5000),
    "nothing": _number_is(b""),
    "negative": _number_is(b"-3"),
    "text": _number_is(b'"x"'),
    "a list": _number_is(b"[1, 2]"),
    "an object": _number_is(b'{"a": null}'),
    "nested": _inserted(b"[" * 100_000),
    "nested objects": lambda data, random: b'{"a":' * 50_000,
    "a null byte": _inserted(b"\0"),
    "not UTF-8": _inserted(b"\xff\xfe\xfa"),
    "half a surrogate": _inserted(b"\\ud800"),
    "an escape": _inserted(b"\x1b[2J\x07"),
    "a long line": _inserted(b"x" * 1_000_000),
    "many lines": lambda data, random: data + data.splitlines(keepends=True)[-1] * 20_000,
    "YAML's aliases": _inserted(b"\na: &a [1,1]\nb: &b [*a,*a]\nc: [*b,*b]\n"),
    "an old Mac's line ends": lambda data, random: data.replace(b"\n", b"\r"),
}
SPECIAL = ("a link to zeros", "a pipe", "a folder", "a link to itself", "a link to nothing", "gone")
KINDS = (*BYTES, *SPECIAL)


@dataclass(frozen=True)
class Damage:
    """One damage to one file.

    Attributes:
        kind: One of ``KINDS``.
        seed: Where it hits.
    """

    kind: str
    seed: int

    def hit(self, path: Path) -> None:
        """Damage a file."""
        if self.kind in BYTES:
            path.write_bytes(BYTES[self.kind](path.read_bytes(), Random(self.seed)))
            return
        path.unlink()
        if self.kind == "a link to zeros":
            path.symlink_to("/dev/zero")
        elif self.kind == "a pipe":
            os.mkfifo(path)
        elif self.kind == "a folder":
            path.mkdir()
        elif self.kind == "a link to itself":
            path.symlink_to(path)
        elif self.kind == "a link to nothing":
            path.symlink_to("nowhere")


# ---------------------------------------------------------------- records, their checksums right


def forge(path: Path, seed: int) -> str:
    """Edit one value of one record and put the checksum right; returns what was done."""
    random = Random(seed)
    lines = path.read_bytes().splitlines(keepends=True)
    place = random.randrange(len(lines))
    content = json.loads(lines[place][65:])
    parent, name = random.choice(_places(content))
    value = random.choice(FORGED)
    if value is GONE:
        parent.pop(name)
    else:
        parent[name] = value
    text = json.dumps(content).encode()
    lines[place] = hashlib.sha256(text).hexdigest().encode() + b" " + text + b"\n"
    path.write_bytes(b"".join(lines))
    return f"{content.get('kind')} {name} {str(value)[:20]}"


GONE = object()
FORGED: tuple[Any, ...] = (
    GONE, None, True, -1, 0, 3, 1e308, 10**30, float("nan"), float("inf"), "", "x", "../../x",
    "/etc/passwd", "\x1b[2J", "=1+1", "\ud800", [], [1], [[]], {}, {"a": 1}, [None] * 1000,
)  # fmt: skip


def _places(content: Any) -> list[tuple[Any, Any]]:
    """Every entry of nested lists and objects, by its parent and its name."""
    pairs = content.items() if isinstance(content, dict) else enumerate(content)
    found = []
    for name, value in list(pairs):
        found.append((content, name))
        if isinstance(value, dict | list) and value:
            found += _places(value)
    return found
