# SPDX-License-Identifier: BSD-3-Clause
"""What a plan is expected to cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from interfacefem.study.plan import FROM_IMAGES, Group
from interfacefem.study.provenance import code_version
from interfacefem.study.store import store_of

# process CPU time in s on one core of a 2.5 GHz server, means over part of the shipped study
SYNTHETIC_IMAGE_S = 3.6
PROFILES_OF_AN_IMAGE_S = 1.0
FIRST_CASE_S = {"current": 0.7, "stress": 0.7, "interface": 1.5, "transport": 10.0}
FURTHER_CASE_S = {"current": 0.4, "stress": 0.3, "interface": 1.0, "transport": 10.0}
START_OF_A_WORKER_S = 2.0


@dataclass(frozen=True)
class Cost:
    """An estimate, good to a factor of two or so.

    Attributes:
        cpu_s: Process CPU time in s.
        wall_s: With the workers asked for.
    """

    cpu_s: float
    wall_s: float


def expected_cost(todo: Sequence[Group], folder: Path, workers: int) -> Cost:
    """Cost of what is left of a study."""
    store = store_of(folder)
    interfaces = {group.interfaces.key: group.interfaces for group in todo}
    seconds = 0.0
    for entry in interfaces.values():
        if store.valid_source(entry.key, code_version("profiles")) is not None:
            continue
        seconds += PROFILES_OF_AN_IMAGE_S if entry.source.kind in FROM_IMAGES else 0.0
        made = (store.images / entry.source.name).exists()
        seconds += SYNTHETIC_IMAGE_S if entry.source.kind == "synthetic" and not made else 0.0
    for group in todo:
        seen: set[str] = set()
        for case in group.cases:
            costs = FURTHER_CASE_S if case.physics in seen else FIRST_CASE_S
            seconds += costs[case.physics]
            seen.add(case.physics)
    start = START_OF_A_WORKER_S if todo else 0.0
    return Cost(seconds + start * workers, seconds / workers + start)
