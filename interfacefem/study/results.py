# SPDX-License-Identifier: BSD-3-Clause
"""How a case ended, and its record; without solvers, which a finished study does not load."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from interfacefem.study.plan import Case, Group, Interfaces
from interfacefem.study.provenance import code_version, provenance
from interfacefem.study.store import store_of


@dataclass(frozen=True)
class Outcome:
    """How a case ended.

    Attributes:
        key: Of the case.
        failed: Whether it has no numbers.
        cpu_s: Process CPU time in s.
    """

    key: str
    failed: bool
    cpu_s: float


def write_case(folder: Path, group: Group, case: Case, result: Mapping[str, Any]) -> None:
    """Write the result of a case into the folder of a study.

    Raises:
        InputError: The folder cannot be written to.
        OSError: The disk is full.
    """
    record = {
        "answers": case.answers,
        "code": code_version(case.physics),
        **result,
        "inputs": inputs_of(group.interfaces, group.line, case),
    }
    store_of(folder).append_case(record, provenance())


def is_tried_again(found: Mapping[str, Any], *, retry: bool) -> bool:
    """Whether a case is solved although it has a result: it failed and may do better now."""
    return found["status"] == "failed" and (retry or found["retry"])


def failed_result(reason: str, *, retry: bool) -> dict[str, Any]:
    """What is written of a case without numbers.

    Args:
        reason: One line.
        retry: Whether the next run tries again, since the case itself may not be to blame.
    """
    return {
        "status": "failed",
        "reason": " ".join(reason.split()),
        "retry": retry,
        "metrics": {},
        "notes": [],
    }


def inputs_of(interfaces: Interfaces, line: int, case: Case) -> dict[str, Any]:
    """Everything that decides the numbers of a case, as a result file says it."""
    source = interfaces.source
    return {
        "source": {
            "name": source.name,
            "kind": source.kind,
            "path": None if source.path is None else str(source.path.absolute()),
            "content": dict(source.content),
            "factors": dict(source.factors),
        },
        "sampling": dict(interfaces.written_sampling),
        "line": line,
        "cell": dict(case.written_cell),
    }
