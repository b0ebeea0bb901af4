# SPDX-License-Identifier: BSD-3-Clause
"""How far a study is, told from its files: the same whatever it runs on."""

from __future__ import annotations

import collections
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from interfacefem.study.doing import Doing, long_work
from interfacefem.study.provenance import code_version
from interfacefem.study.store import opened_store
from interfacefem.study.table import read_plan_record

_WINDOW_S = 60.0


@dataclass(frozen=True)
class Status:
    """How far a study is.

    Attributes:
        study: Its name.
        cases: Number of cases.
        done: Number of cases with numbers, by this version of the code.
        failed: Number of cases that failed.
        left: Number of cases without a result.
        sources: Number of images and profiles.
        sources_done: Number of those whose profiles were taken.
        rate_per_s: Results in the last minute, per second.
        last_result_s: Age of the newest result in s; None where there is none.
        reasons: Number of failed cases by reason.
        running: What takes processes long just now, the longest first.
    """

    study: str
    cases: int
    done: int
    failed: int
    left: int
    sources: int
    sources_done: int
    rate_per_s: float
    last_result_s: float | None
    reasons: dict[str, int]
    running: list[Doing]

    def as_dict(self) -> dict[str, Any]:
        """Contract of ``interfacefem status --json`` (docs/studies.md)."""
        return asdict(self)


def study_status(folder: Path) -> Status:
    """Read the status of the study in a folder.

    Raises:
        InputError: It is no folder of a study.
    """
    record = read_plan_record(folder)
    store = opened_store(folder)
    reasons: collections.Counter[str] = collections.Counter()
    done, ages = 0, []
    now = time.time()
    for physics, key in record["cases"]:
        found = store.valid_ending(physics, key, code_version(physics))
        if found is None:
            continue
        if found["status"] == "failed":
            reasons[found["reason"]] += 1
        else:
            done += 1
        ages.append(max(now - found["written"], 0.0))
    keys = {row["interfaces"] for row in record["rows"]}
    known = code_version("profiles")
    recent = [age for age in ages if age <= _WINDOW_S]
    return Status(
        study=record["study"],
        cases=len(record["cases"]),
        done=done,
        failed=sum(reasons.values()),
        left=len(record["cases"]) - len(ages),
        sources=len(keys),
        sources_done=sum(store.valid_source(key, known) is not None for key in keys),
        rate_per_s=len(recent) / max(max(recent), 1.0) if len(recent) > 1 else 0.0,
        last_result_s=min(ages, default=None),
        reasons=dict(reasons.most_common()),
        running=long_work(folder),
    )
