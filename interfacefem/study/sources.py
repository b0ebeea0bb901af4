# SPDX-License-Identifier: BSD-3-Clause
"""Where the interfaces of a study come from: files with their factors, synthetic images."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from interfacefem.errors import CaseError
from interfacefem.files import hash_of_file
from interfacefem.study.file import Factor, ImageSet, StudyFile
from interfacefem.synthetic.powder import MPA
from interfacefem.tables import read_table

Kind = Literal["image", "profile", "height_map", "volume", "synthetic"]

_KINDS: dict[str, Kind] = {
    "images": "image",
    "profiles": "profile",
    "height_maps": "height_map",
    "volumes": "volume",
}

# factors of the synthetic powders: what the paper's figures are drawn against
_MILLING_TIME_H = {"pristine": 0.0, "2h": 2.0, "4h": 4.0, "10h": 10.0}


@dataclass(frozen=True)
class Source:
    """An image, a profile, a height map, a volume or a synthetic image.

    Attributes:
        name: Name in the table; unique in a study.
        kind: What it is.
        path: The file; of a synthetic image, None.
        content: What makes it that one: the hash of its bytes, or what it is made from.
        factors: By column of the table.
    """

    name: str
    kind: Kind
    path: Path | None
    content: Mapping[str, Any]
    factors: Mapping[str, Factor] = field(default_factory=dict)


def sources_of(file: StudyFile) -> list[Source]:
    """Every source of a study, in the order of the file, each checked to be there.

    Raises:
        CaseError: A file is missing, a table cannot be read, or factors do not fit together.
    """
    found: list[tuple[Source, tuple[str | int, ...]]] = []
    for section in _KINDS:
        for index, entry in enumerate(getattr(file.study, section)):
            place: tuple[str | int, ...] = (section, index)
            found += [(source, place) for source in _sources_in(file, entry, place)]
    names: set[str] = set()
    factors = list(found[0][0].factors) if found else []
    for source, place in found:
        if source.name in names:
            raise file.error("the file is named twice", *place, found=source.name)
        names.add(source.name)
        if set(source.factors) != set(factors):
            raise file.error(
                "the factors differ from those of the first set",
                *place,
                found=f"{', '.join(source.factors) or 'none'} for {source.name}",
                expected=", ".join(factors) or "none",
            )
    return [source for source, _ in found]


def _sources_in(file: StudyFile, entry: ImageSet, place: tuple[str | int, ...]) -> Iterator[Source]:
    kind = _KINDS[str(place[0])]
    folder = file.path.parent
    if entry.synthetic is not None:
        yield from _synthetic(entry, file.study.seed)
    elif entry.table is not None:
        for name, factors in _table_rows(file, folder / entry.table, kind, place):
            yield _from_file(file, folder / name, kind, factors, (*place, "table"))
    else:
        for pattern in entry.files or ():
            paths = _matches(folder, pattern)
            if not paths:
                raise file.error("no such file", *place, "files", found=f'"{pattern}"')
            for path in paths:
                yield _from_file(file, path, kind, entry.factors, (*place, "files"))


def _matches(folder: Path, pattern: str) -> list[Path]:
    if not any(sign in pattern for sign in "*?["):
        path = folder / pattern
        return [path] if os.path.isfile(path) else []  # false for a name that cannot be
    root = Path(pattern).anchor
    base = Path(root) if root else folder
    relative = os.path.relpath(pattern, root) if root else pattern
    return sorted(path for path in base.glob(relative) if path.is_file())


def _from_file(
    file: StudyFile,
    path: Path,
    kind: Kind,
    factors: Mapping[str, Factor],
    place: tuple[str | int, ...],
) -> Source:
    try:
        digest = hash_of_file(path)
    except OSError as error:
        raise file.error(f"cannot be read ({error.strerror})", *place, found=path) from None
    name = Path(os.path.relpath(path, file.path.parent)).as_posix()
    if not _is_text(name):
        raise file.error("has a name that is no text", *place, found=ascii(name))
    return Source(name, kind, path, {"sha256": digest}, dict(factors))


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:  # bytes of another encoding
        return False
    return True


def _synthetic(entry: ImageSet, seed: int) -> Iterator[Source]:
    assert entry.synthetic is not None
    for powder in entry.synthetic.powders:
        for pressure in entry.synthetic.pressures:
            for number in range(1, entry.synthetic.images + 1):
                made_from = {"powder": powder, "pressure_Pa": pressure, "seed": seed + number}
                yield Source(
                    f"lpscl_{powder}_{pressure / MPA:g}MPa_{seed + number}.tif",
                    "synthetic",
                    None,
                    {"synthetic": made_from},
                    {
                        "powder": powder,
                        "milling_time_h": _MILLING_TIME_H[powder],
                        "pressure_MPa": float(f"{pressure / MPA:.12g}"),
                    },
                )


def _table_rows(
    file: StudyFile, path: Path, kind: str, place: tuple[str | int, ...]
) -> list[tuple[str, dict[str, Factor]]]:
    rows = read_table(path)
    if kind not in rows[0]:
        raise CaseError("the column is missing", file=path, field=kind, found=", ".join(rows[0]))
    found = []
    for number, row in enumerate(rows, start=2):
        name = str(row[kind])
        if not os.path.isfile(file.path.parent / name):
            raise CaseError("no such file", file=path, field=f"line {number}", found=f'"{name}"')
        factors = {key: value for key, value in row.items() if key != kind}
        empty = [key for key, value in factors.items() if value == ""]
        if empty:
            raise CaseError("the value is missing", file=path, field=f"line {number}: {empty[0]}")
        for key, value in factors.items():
            if isinstance(value, float) and not math.isfinite(value):
                raise CaseError(
                    "is no finite number", file=path, field=f"line {number}: {key}", found=value
                )
        found.append((name, factors))
    return found
