# SPDX-License-Identifier: BSD-3-Clause
"""Which factor, or which covariate of one, stands along the axis of a report, and which by colour.

A covariate on the axis takes the place of its key, and of what the key decides: with the powder
among what is held equal no two images of different milling energy could be compared.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from interfacefem.errors import InputError
from interfacefem.study.covariates import Covariates
from interfacefem.study.file import ReportSection
from interfacefem.tables import finite_number

Row = Mapping[str, Any]
SAMPLE = "sample"  # a factor that is none: what images are nested in


@dataclass(frozen=True, eq=False)
class StudyAxes:
    """What a report compares.

    Attributes:
        factors: Columns that conditions differ in, those that say the same as another left out.
        same: For a factor, those that were left out; for a covariate, its key.
        against: Column along the axis of figures; None without factors.
        by: Factor told apart by colour; None where there is only one.
        covariate: ``against``, where it is a covariate of a factor; else None.
    """

    factors: tuple[str, ...]
    same: Mapping[str, tuple[str, ...]]
    against: str | None
    by: str | None
    covariate: str | None = None


def study_axes(
    rows: Sequence[Row],
    factors: Sequence[str],
    covariates: Covariates | None,
    wanted: ReportSection,
    file: Path,
) -> StudyAxes:
    """The axes of a report.

    Args:
        rows: Of the table, with their covariates.
        factors: Columns of the study's factors.
        covariates: Known of one of them; None without any.
        wanted: What the report is asked for.
        file: That asks, for messages.

    Raises:
        InputError: There is no such factor or covariate, or its values cannot be compared.
    """
    factors = [name for name in factors if name != SAMPLE]
    names = () if covariates is None else covariates.numeric
    if covariates is not None and wanted.against in set(covariates.columns) - set(names):
        raise InputError(
            "has no numbers to compare", file=file, field="report.against",
            found=f'"{wanted.against}"', expected=" or ".join([*names, *factors]),
        )  # fmt: skip
    if covariates is not None and wanted.against in names:
        return _against_covariate(rows, factors, covariates, wanted, file)
    kept, same = _distinct_factors(rows, factors)
    against, by = _chosen(rows, kept, same, names, wanted, file)
    return StudyAxes(tuple(kept), same, against, by)


def _against_covariate(
    rows: Sequence[Row],
    factors: Sequence[str],
    covariates: Covariates,
    wanted: ReportSection,
    file: Path,
) -> StudyAxes:
    name, key = str(wanted.against), covariates.key
    for kind, found in covariates.kinds(name).items():
        if len(found) > 1 and not covariates.mixed:
            raise InputError(
                f"values of different {kind} are no one axis", file=file, field="report.against",
                found=f"{name} by {', '.join(found)}",
                expected="one kind, or mixed: true in process",
            )  # fmt: skip
    others = [one for one in factors if one != key and not _decided_by(rows, key, one)]
    kept, same = _distinct_factors(rows, others)
    by = _asked(wanted.by, "by", kept, same, (), file)
    if by is None:
        varying = [one for one in kept if len({row[one] for row in rows}) > 1]
        pressures = [one for one in varying if one.startswith("pressure")]
        by = next(iter([*pressures, *varying]), None)
    return StudyAxes((name, *kept), {**same, name: (key,)}, name, by, name)


def _decided_by(rows: Sequence[Row], key: str, other: str) -> bool:
    """Whether each level of the key has one level of the other factor."""
    pairs = {(row[key], row[other]) for row in rows}
    return len(pairs) == len({row[key] for row in rows})


def _chosen(
    rows: Sequence[Row],
    factors: Sequence[str],
    same: Mapping[str, Sequence[str]],
    covariates: Sequence[str],
    wanted: ReportSection,
    file: Path,
) -> tuple[str | None, str | None]:
    varying = [name for name in factors if len({row[name] for row in rows}) > 1] or list(factors)

    against = _asked(wanted.against, "against", factors, same, covariates, file)
    by = _asked(wanted.by, "by", factors, same, (), file)
    numeric = [name for name in varying if _is_numeric(rows, name) and name != by]
    if against is None:
        pressures = [name for name in numeric if name.startswith("pressure")]
        others = [name for name in varying if name != by]
        against = next(iter([*pressures, *numeric, *others]), None)
    if by is None:
        by = next((name for name in varying if name != against), None)
    return against, by


def _asked(
    name: str | None,
    key: str,
    factors: Sequence[str],
    same: Mapping[str, Sequence[str]],
    covariates: Sequence[str],
    file: Path,
) -> str | None:
    """The factor that stands for the one asked for."""
    if name is None:
        return None
    for kept in factors:
        if name == kept or name in same[kept]:
            return kept
    known = [*factors, *itertools.chain(*same.values()), *covariates]
    raise InputError(
        "no such factor", file=file, field=f"report.{key}", found=f'"{name}"',
        expected=" or ".join(known) or "none",
    )  # fmt: skip


def _distinct_factors(
    rows: Sequence[Row], factors: Sequence[str]
) -> tuple[list[str], dict[str, tuple[str, ...]]]:
    """Of factors that say the same, as a powder and its milling time, the number stays."""
    same: dict[str, tuple[str, ...]] = {}
    for name in sorted(factors, key=lambda name: not _is_numeric(rows, name)):
        for kept in same:
            pairs = {(row[kept], row[name]) for row in rows}
            if len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs}):
                same[kept] = (*same[kept], name)
                break
        else:
            same[name] = ()
    kept_factors = [name for name in factors if name in same]
    return kept_factors, same


def _is_numeric(rows: Sequence[Row], name: str) -> bool:
    return all(finite_number(row[name]) is not None for row in rows)
