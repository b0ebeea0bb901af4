# SPDX-License-Identifier: BSD-3-Clause
"""Reproducing one number of a study from its record."""

from __future__ import annotations

import math
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pydantic

from interfacefem.errors import InputError, StudyError
from interfacefem.files import hash_of_file
from interfacefem.mpi import MPI
from interfacefem.parameters.door import Door
from interfacefem.parameters.sampling import Sampling
from interfacefem.study.cases import solvers
from interfacefem.study.file import StudyCell
from interfacefem.study.interfaces import is_plain_name, taken_profiles
from interfacefem.study.plan import Interfaces, relevant_values
from interfacefem.study.provenance import code_version, library_versions
from interfacefem.study.sources import Source
from interfacefem.study.store import Store, opened_store, plain
from interfacefem.synthetic.powder import POWDERS

_MOST_PRESSURE = 1e12  # Pa, of a recipe


@dataclass(frozen=True, eq=False)
class Rerun:
    """Numbers of a record and of solving the case again.

    Attributes:
        stored: By key.
        again: By key.
        differences: What else is not as it was when the record was written, one sentence each.
    """

    stored: dict[str, Any]
    again: dict[str, Any]
    differences: tuple[str, ...]

    @property
    def largest_difference(self) -> float:
        """Largest relative difference of a number; inf where one is missing."""
        return max((_difference(self.stored[name], self.again.get(name)) for name in self.stored),
                   default=0.0)  # fmt: skip


def rerun(folder: Path, key: str) -> Rerun:
    """Solve a case of a study again, from the image on; nothing is written.

    What the folder holds is taken for a stranger's: parameters pass the checks of a study file, an
    image is read where the result says it is only if it still has the hash that the result names.

    Args:
        folder: Of the study.
        key: Of the case, or enough of its beginning.

    Raises:
        InputError: There is no such case, or its image has changed or is gone.
        ConvergenceError: The solver did not converge.
    """
    store = opened_store(folder)
    result = _case(store, folder, key)
    physics, inputs = result["answers"]["physics"], result["inputs"]
    try:
        cell = StudyCell.model_validate(inputs["cell"], context=Door.FILE)
        cell = cell.with_files_read(folder)
        sampling = Sampling.model_validate(inputs["sampling"], context=Door.FILE)
        source = _source(inputs["source"], folder)
        differences = tuple(_differences(store, result, cell))
    except pydantic.ValidationError as error:
        raise InputError(
            f"is a damaged result of a case ({error.errors()[0]['msg']})",
            file=folder, field=result["key"],
        ) from None  # fmt: skip
    interfaces = Interfaces("", {}, source, sampling, inputs["sampling"], cell.map)
    with tempfile.TemporaryDirectory() as temporary:
        taken = taken_profiles(interfaces, Path(temporary))
    if taken["reason"] is not None:
        raise StudyError(taken["reason"])
    if inputs["line"] > len(taken["lines"]):
        raise InputError(
            "there is no such line", file=folder, field=f"{result['key']}: line",
            found=inputs["line"], expected=f"1 to {len(taken['lines'])}",
        )  # fmt: skip
    if refused := taken["lines"][inputs["line"] - 1].get("refused"):
        raise StudyError(refused)
    solve = solvers(interfaces, taken["lines"], inputs["line"], MPI.COMM_SELF)
    if physics not in solve:
        raise InputError(
            "is a damaged result of a case", file=folder, field=result["key"],
            found=f"{physics} of a {source.kind}",
        )  # fmt: skip
    again = solve[physics](cell)
    if result["status"] == "failed":
        raise StudyError(f"the case failed before and is solved now; before: {result['reason']}")
    return Rerun(
        result["metrics"],
        {name: again[name] for name in result["metrics"] if name in again},
        differences,
    )


def _case(store: Store, folder: Path, key: str) -> dict[str, Any]:
    cases = store.endings()
    if not cases:
        what = "is no folder of a study" if not folder.is_dir() else "holds no result of a case"
        raise InputError(what, file=folder, expected="rerun FOLDER KEY")
    found = [one for known, one in cases.items() if known.startswith(key)] if key else []
    if len(found) != 1:
        raise InputError(
            "no case has this key" if not found else f"{len(found)} cases have keys that begin so",
            file=folder, field="KEY", found=f'"{key[:60]}"',
            expected=f"one of {len(cases)}, such as {next(iter(cases))}",
        )  # fmt: skip
    case = store.case(found[0]["physics"], found[0]["key"])
    assert case is not None
    return case


def _source(entry: dict[str, Any], folder: Path) -> Source:
    field = f"source of {entry['name'][:60]}"
    content = entry["content"]
    if entry["kind"] == "synthetic":
        recipe = content.get("synthetic")
        if not is_plain_name(entry["name"]) or not _is_recipe(recipe) or entry["path"] is not None:
            raise InputError("is a damaged result of a case", file=folder, field=field)
        return Source(entry["name"], "synthetic", None, content, entry["factors"])
    path = Path(entry["path"] or "")
    if not path.is_file():
        raise InputError("the image is gone", file=folder, field=field, found=path)
    if hash_of_file(path) != content.get("sha256"):
        raise InputError("the image has changed since", file=folder, field=field, found=path)
    return Source(entry["name"], entry["kind"], path, content, entry["factors"])


def _is_recipe(recipe: Any) -> bool:
    return (
        isinstance(recipe, dict)
        and recipe.get("powder") in POWDERS
        and isinstance(recipe.get("pressure_Pa"), int | float)
        and 0 <= recipe["pressure_Pa"] <= _MOST_PRESSURE
        and isinstance(recipe.get("seed"), int)
        and recipe["seed"] >= 0
    )


def _differences(store: Store, result: dict[str, Any], cell: StudyCell) -> list[str]:
    said = []
    physics = result["answers"]["physics"]
    before = (store.provenance(result) or {"libraries": {}})["libraries"]
    said += [
        f"{name} was {before.get(name)}, is {version}"
        for name, version in library_versions().items()
        if before.get(name) != version
    ]
    if result["code"] != code_version(physics) and not said:
        said.append("the sources of interfacefem differ from those of the result")
    stored = result["answers"]["cell"]
    now = plain(relevant_values(physics, cell))
    said += [
        f"the table {cell.kinetics.points.name} has changed since"
        if section == "kinetics" and cell.kinetics.points is not None
        else f"the default of {section} has changed since"
        for section, value in now.items()
        if stored.get(section) != value
    ]
    return said


def _difference(stored: Any, again: Any) -> float:
    if stored == again:
        return 0.0
    if not isinstance(stored, int | float) or not isinstance(again, int | float):
        return math.inf
    return abs(stored - again) / max(abs(stored), abs(again))
