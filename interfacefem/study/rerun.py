# SPDX-License-Identifier: BSD-3-Clause
"""Reproducing one number of a study from its result file alone."""

from __future__ import annotations

import math
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from mpi4py import MPI

from interfacefem.errors import InputError, StudyError
from interfacefem.parameters.door import Door
from interfacefem.parameters.sampling import Sampling
from interfacefem.study.cases import solvers
from interfacefem.study.file import StudyCell
from interfacefem.study.interfaces import taken_profiles
from interfacefem.study.plan import Interfaces, relevant_values
from interfacefem.study.provenance import code_version, library_versions
from interfacefem.study.sources import Kind, Source, hash_of_file
from interfacefem.study.store import parse_json

CASE_PARTS = ("inputs", "metrics", "physics", "status", "provenance")


@dataclass(frozen=True, eq=False)
class Rerun:
    """Numbers of a result file and of solving the case again.

    Attributes:
        stored: By key.
        again: By key.
        differences: What else is not as it was when the result was written, one sentence each.
    """

    stored: dict[str, Any]
    again: dict[str, Any]
    differences: tuple[str, ...]

    @property
    def largest_difference(self) -> float:
        """Largest relative difference of a number; inf where one is missing."""
        return max((_difference(self.stored[name], self.again.get(name)) for name in self.stored),
                   default=0.0)  # fmt: skip


def rerun(path: Path) -> Rerun:
    """Solve the case of a result file again, from the image on.

    Raises:
        InputError: It is no result file, or its image has changed or is gone.
        ConvergenceError: The solver did not converge.
    """
    if not path.is_file():
        what = "is a folder; name one of its case files" if path.is_dir() else "no such file"
        raise InputError(what, file=path)
    result = parse_json(path.read_bytes())
    if result is None or not all(part in result for part in CASE_PARTS):
        raise InputError(
            "is no result of a case", file=path, expected="FOLDER/cases/current/KEY.json or alike"
        )
    try:
        _require_readable(result)
        cell = StudyCell.model_validate(result["inputs"]["cell"], context=Door.FILE)
        cell = cell.with_files_read(path.parent)
        sampling = Sampling.model_validate(result["inputs"]["sampling"], context=Door.FILE)
        source = _source(result["inputs"]["source"], path)
        differences = tuple(_differences(result, cell))
    except (KeyError, TypeError, IndexError, AttributeError, ValueError) as error:
        raise InputError(
            f"is a damaged result of a case ({type(error).__name__})", file=path
        ) from None
    inputs = result["inputs"]
    interfaces = Interfaces("", source, sampling, inputs["sampling"], cell.map)
    with tempfile.TemporaryDirectory() as folder:
        profiles = taken_profiles(interfaces, Path(folder))
    if profiles["reason"] is not None:
        raise StudyError(profiles["reason"])
    if inputs["line"] > len(profiles["lines"]):
        raise InputError(
            "there is no such line", file=path, field="inputs.line", found=inputs["line"],
            expected=f"1 to {len(profiles['lines'])}",
        )  # fmt: skip
    again = solvers(interfaces, profiles, inputs["line"], MPI.COMM_SELF)[result["physics"]](cell)
    if result["status"] == "failed":
        raise StudyError(f"the case failed before and is solved now; before: {result['reason']}")
    return Rerun(
        result["metrics"],
        {name: again[name] for name in result["metrics"] if name in again},
        differences,
    )


def _require_readable(result: dict[str, Any]) -> None:
    inputs = result["inputs"]
    if inputs["line"] < 1 or inputs["source"]["kind"] not in get_args(Kind):
        raise ValueError("line or kind")
    if result["status"] != "failed" and not result["metrics"]:
        raise ValueError("no metrics")
    for value in result["metrics"].values() if result["metrics"] else ():
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError("metrics")


def _source(entry: dict[str, Any], path: Path) -> Source:
    file = None if entry["path"] is None else Path(entry["path"])
    if file is not None:
        if not file.is_file():
            raise InputError("the image is gone", file=path, field="inputs.source", found=file)
        if hash_of_file(file) != entry["content"]["sha256"]:
            raise InputError(
                "the image has changed since", file=path, field="inputs.source", found=file
            )
    return Source(entry["name"], entry["kind"], file, entry["content"], entry["factors"])


def _differences(result: dict[str, Any], cell: StudyCell) -> list[str]:
    said = []
    before = result["provenance"]["libraries"]
    said += [
        f"{name} was {before.get(name)}, is {version}"
        for name, version in library_versions().items()
        if before.get(name) != version
    ]
    if result["code"] != code_version(result["physics"]) and not said:
        said.append("the sources of interfacefem differ from those of the result")
    stored = result["inputs"]["cell_si"]
    now = relevant_values(result["physics"], cell)
    said += [
        f"the table {cell.kinetics.points.name} has changed since"
        if section == "kinetics" and cell.kinetics.points is not None
        else f"the default of {section} has changed since"
        for section, value in now.items()
        if not _same(stored.get(section), value)
    ]
    return said


def _same(stored: Any, now: Any) -> bool:
    if isinstance(now, dict):
        return isinstance(stored, dict) and all(
            _same(stored.get(key), value) for key, value in now.items()
        )
    if isinstance(now, list | tuple):
        return (
            isinstance(stored, list)
            and len(stored) == len(now)
            and all(_same(one, other) for one, other in zip(stored, now, strict=True))
        )
    return bool(stored == now or stored == str(now))


def _difference(stored: Any, again: Any) -> float:
    if stored == again:
        return 0.0
    if not isinstance(stored, int | float) or not isinstance(again, int | float):
        return math.inf
    return abs(stored - again) / max(abs(stored), abs(again))
