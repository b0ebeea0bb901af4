# SPDX-License-Identifier: BSD-3-Clause
"""What a record of a study must hold: its content is a stranger's until it was looked at."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, NotRequired

import pydantic
from pydantic import ConfigDict, Field, FiniteFloat, TypeAdapter
from typing_extensions import TypedDict

from interfacefem.study.file import Physics

_Key = Annotated[str, Field(pattern=r"^[0-9a-f]{24}$")]
_Code = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
_Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Line = Annotated[int, Field(ge=1, le=1_000_000)]
_Number = FiniteFloat | int | bool | None
_STRICT = ConfigDict(strict=True, extra="allow")


class _Source(TypedDict):
    name: str
    kind: Literal["image", "profile", "height_map", "volume", "synthetic"]
    path: str | None
    content: dict[str, Any]
    factors: dict[str, FiniteFloat | int | str]


class _Inputs(TypedDict):
    source: _Source
    sampling: dict[str, Any]
    line: _Line
    cell: dict[str, Any]


class _Timing(TypedDict):
    started: str | None
    wall_s: FiniteFloat | int | None
    cpu_s: FiniteFloat | int | None
    ranks: int
    worker: str | None


class _Provenance(TypedDict):
    __pydantic_config__ = _STRICT  # type: ignore[misc]
    interfacefem: str
    git: dict[str, Any] | None
    python: str
    libraries: dict[str, str | None]
    command: list[str]


class _CaseAnswers(TypedDict):
    interfaces: _Key
    line: _Line
    physics: Physics
    cell: dict[str, Any]


class _Case(TypedDict):
    __pydantic_config__ = _STRICT  # type: ignore[misc]
    kind: Literal["case"]
    key: _Key
    answers: _CaseAnswers
    code: _Code
    written: FiniteFloat
    status: Literal["done", "failed", "absent"]
    reason: str | None
    retry: bool
    metrics: dict[str, _Number]
    distribution: NotRequired[list[FiniteFloat | int] | None]
    notes: list[str]
    timing: _Timing
    inputs: _Inputs
    provenance: _Key


class _MadeWith(TypedDict):
    __pydantic_config__ = _STRICT  # type: ignore[misc]
    kind: Literal["provenance"]
    key: _Key
    answers: _Provenance


class _TakenLine(TypedDict):
    roughness: dict[str, FiniteFloat | int | None]
    line_check: NotRequired[Literal["pass", "warn", "refuse", "accepted"]]


class _Taken(TypedDict):
    __pydantic_config__ = _STRICT  # type: ignore[misc]
    kind: Literal["source"]
    key: _Key
    answers: dict[str, Any]
    code: _Code
    written: FiniteFloat
    image: dict[str, Any]
    lines: list[_TakenLine]
    notes: list[str]
    reason: str | None
    profiles_sha256: _Sha256


class _Image(TypedDict):
    __pydantic_config__ = _STRICT  # type: ignore[misc]
    kind: Literal["image"]
    key: _Key
    answers: dict[str, Any]
    code: _Code
    written: FiniteFloat
    sha256: _Sha256


class _BudgetRow(TypedDict):
    __pydantic_config__ = _STRICT  # type: ignore[misc]
    source: str
    meaning: str
    factor_low: FiniteFloat | int | None
    factor_high: FiniteFloat | int | None
    reason: str | None


class _Budget(TypedDict):
    __pydantic_config__ = _STRICT  # type: ignore[misc]
    kind: Literal["budget"]
    key: _Key
    answers: dict[str, Any]
    code: _Code
    written: FiniteFloat
    image: str
    excess: FiniteFloat | int | None
    rows: list[_BudgetRow]
    reason: str | None


class _PlannedBudget(TypedDict):
    key: _Key
    image: str


class _Row(TypedDict):
    identification: dict[str, FiniteFloat | int | str | None]
    interfaces: _Key
    line: _Line
    cases: Annotated[dict[Physics, _Key], Field(min_length=1)]


class _Process(TypedDict):
    key: str
    mixed: bool
    columns: Annotated[list[str], Field(min_length=1)]
    rows: Annotated[list[list[FiniteFloat | int | str | None]], Field(min_length=1)]


class _Plan(TypedDict):
    __pydantic_config__ = _STRICT  # type: ignore[misc]
    study: str
    physics: Annotated[list[Physics], Field(min_length=1)]
    sources: dict[str, dict[str, Any]]
    cases: list[Annotated[list[str], Field(min_length=2, max_length=2)]]
    rows: Annotated[list[_Row], Field(min_length=1)]
    process: NotRequired[_Process | None]
    budgets: NotRequired[list[_PlannedBudget]]


@functools.cache
def _adapter(kind: str) -> TypeAdapter[Any]:
    shapes = {
        "case": _Case, "source": _Taken, "image": _Image, "provenance": _MadeWith, "plan": _Plan,
        "budget": _Budget,
    }  # fmt: skip
    return TypeAdapter(shapes[kind])


def is_record(content: Mapping[str, Any]) -> bool:
    """Whether a record holds all that is used of one of its kind."""
    kind = content.get("kind")
    if kind not in ("case", "source", "image", "provenance", "budget"):
        return False
    if not _fits(kind, content):
        return False
    if kind != "case":
        return True
    same_line = content["inputs"]["line"] == content["answers"]["line"]
    return same_line and (content["status"] != "done" or bool(content["metrics"]))


def is_plan(content: Mapping[str, Any]) -> bool:
    """Whether a plan holds all that is used of it, and its rows show its own cases."""
    if not _fits("plan", content):
        return False
    cases = {(physics, key) for physics, key in content["cases"]}
    columns = list(content["rows"][0]["identification"])
    return (
        {"image", "line"} <= set(columns)
        and all(
            list(row["identification"]) == columns and set(row["cases"].items()) <= cases
            for row in content["rows"]
        )
        and _joins(content.get("process"), content["rows"])
    )


def _joins(process: Mapping[str, Any] | None, rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether every row of a plan has its covariates, once."""
    if process is None:
        return True
    levels = [row[0] for row in process["rows"] if len(row) == 1 + len(process["columns"])]
    return len(set(levels)) == len(process["rows"]) and all(
        row["identification"].get(process["key"]) in levels for row in rows
    )


def _fits(kind: str, content: Mapping[str, Any]) -> bool:
    try:
        _adapter(kind).validate_python(content)
    except pydantic.ValidationError:
        return False
    return True
