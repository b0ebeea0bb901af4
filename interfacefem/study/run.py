# SPDX-License-Identifier: BSD-3-Clause
"""Running a study: what is missing is prepared and solved, then the table is written."""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from interfacefem.errors import InputError
from interfacefem.parameters.sampling import TRAN2025
from interfacefem.statistics.one_length import require_one_length
from interfacefem.study.crate import crate_is_current, write_crate
from interfacefem.study.engines import Engine, Lost
from interfacefem.study.log import open_log
from interfacefem.study.plan import Case, Group, Interfaces, Plan, PlannedBudget
from interfacefem.study.progress import StudyProgress, duration_text
from interfacefem.study.provenance import code_version, record_command
from interfacefem.study.results import Outcome, failed_result, is_tried_again, write_case
from interfacefem.study.store import opened_store, store_of
from interfacefem.study.table import (
    PLAN,
    plan_text,
    read_plan_record,
    tables_of,
    write_if_new,
    write_tables,
)
from interfacefem.units import UM

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Shard:
    """A part of a study, for jobs that share it.

    Attributes:
        number: Which part, from 1.
        of: Number of parts.
    """

    number: int
    of: int

    def groups(self, plan: Plan) -> list[Group]:
        """The groups of this part: all of an image are in the same, so that it is read once."""
        place = {entry.key: index for index, entry in enumerate(plan.interfaces)}
        return [
            group
            for group in plan.groups
            if place[group.interfaces.key] % self.of == self.number - 1
        ]


@dataclass(frozen=True, eq=False)
class State:
    """What of a plan is done already.

    Attributes:
        todo: Groups with the cases that are left.
        sources: Those whose profiles are to be taken, though cases may have used them before.
        read_over_windows: All of the plan whose extremes are read over windows, and so over one
            length.
        budgets: Images of which it is still to be found what moves their excess.
        done: Number of cases that have a result.
        failed: Number of those that failed and are not tried again.
        outdated: Number of results by another version of the code or of the libraries.
        orphans: Number of results that belong to no case of the plan.
    """

    todo: tuple[Group, ...]
    sources: tuple[Interfaces, ...]
    read_over_windows: tuple[Interfaces, ...]
    budgets: tuple[PlannedBudget, ...]
    done: int
    failed: int
    outdated: int
    orphans: int

    @property
    def left(self) -> int:
        """Number of cases that are left."""
        return sum(len(group.cases) for group in self.todo)


def state_of(plan: Plan, groups: Sequence[Group], folder: Path, *, retry: bool = False) -> State:
    """Compare a plan with what its folder holds."""
    store = opened_store(folder)
    codes = {physics: code_version(physics) for physics in plan.physics}
    todo = []
    done = failed = outdated = 0
    for group in groups:
        left: list[Case] = []
        for case in group.cases:
            found = store.ending(case.physics, case.key)
            if found is not None and found["code"] != codes[case.physics]:
                outdated += 1
                found = None
            if found is None or is_tried_again(found, retry=retry):
                left.append(case)
            else:
                done += 1
                failed += found["status"] == "failed"
        if left:
            todo.append(Group(group.interfaces, group.line, tuple(left)))
    orphans = store.endings().keys() - {case.key for _, case in plan.cases}
    used = {group.interfaces.key: group.interfaces for group in groups}
    taken_by = code_version("profiles")
    missing = [entry for key, entry in used.items() if store.valid_source(key, taken_by) is None]
    compared = tuple(entry for entry in plan.interfaces if entry.sampling.protocol != TRAN2025)
    return State(
        tuple(todo),
        tuple(missing),
        compared if "current" in plan.physics else (),
        tuple(
            one
            for one in plan.budgets
            if one.interfaces.key in used
            and store.valid_budget(one.key, code_version("current")) is None
        ),
        done,
        failed,
        outdated,
        len(orphans),
    )


def changed_sources(plan: Plan, folder: Path) -> list[str]:
    """Names of images whose content is not that of the last run in the folder."""
    try:
        before = read_plan_record(folder)["sources"]
    except InputError:
        return []
    return [
        entry.source.name
        for entry in plan.interfaces
        if before.get(entry.source.name, entry.source.content) != entry.source.content
    ]


def begin_folder(plan: Plan, study_text: str, folder: Path) -> bool:
    """Write plan and study file into the folder of a study; returns whether they were not there."""
    planned = write_if_new(folder / PLAN, plan_text(plan))
    return write_if_new(folder / "study.yaml", study_text) or planned


def set_up_process(folder: Path, command: list[str]) -> None:
    """Make this process ready to solve cases of a study: log file, command."""
    record_command(command)
    open_log(folder)


def run_groups(
    state: State,
    folder: Path,
    engine: Engine,
    progress: StudyProgress,
    *,
    retry: bool = False,
) -> list[Outcome]:
    """Prepare the interfaces of some groups, then solve their cases.

    Args:
        state: What is left.
        folder: Of the study.
        engine: Where it is done.
        progress: What is shown.
        retry: Whether cases that failed are solved again.

    Raises:
        InputError: Extremes would be read over different lengths.
        OSError: A result cannot be written.

    Rank-local: call on rank 0; the engine reaches the others.
    """
    todo, wanted = state.todo, state.sources
    if not todo and not wanted and not state.budgets:
        return []
    # a study that is finished needs no solver
    from interfacefem.study.budgets import find_budget
    from interfacefem.study.cases import solve_group
    from interfacefem.study.interfaces import prepare

    started = time.monotonic()
    gone: dict[str, str] = {}
    with progress.stage("images", len(wanted)):
        for place, reason in engine.map(functools.partial(prepare, folder=folder), wanted):
            if isinstance(reason, Lost):
                gone[wanted[place].key] = reason.reason
            elif reason is not None:
                _log.info("%s: %s", wanted[place].source.name, reason)
            progress.advance(1, failed=reason is not None)
    _require_one_length(state.read_over_windows, folder)
    outcomes: list[Outcome] = []
    solve = functools.partial(solve_group, folder=folder, retry=retry)
    left = [group for group in todo if group.interfaces.key not in gone]
    with progress.stage("cases", sum(len(group.cases) for group in todo)):
        for group in todo:
            if group.interfaces.key in gone:
                outcomes += _write_lost(group, folder, gone[group.interfaces.key])
        for place, ended in engine.map(solve, left):
            if isinstance(ended, Lost):
                ended = _write_lost(left[place], folder, ended.reason)
            outcomes += ended
            progress.advance(len(ended), sum(outcome.failed for outcome in ended))
    told = [one for one in state.budgets if one.interfaces.key not in gone]
    with progress.stage("what moves the numbers", len(told)):
        for place, reason in engine.map(functools.partial(find_budget, folder=folder), told):
            reason = reason.reason if isinstance(reason, Lost) else reason
            if reason is not None:
                _log.info("budget of %s: %s", told[place].interfaces.source.name, reason)
            progress.advance(1, failed=reason is not None)
    for ended_badly in (outcome for outcome in outcomes if outcome.failed):
        _log.info("case %s failed", ended_badly.key)
    _log.info(
        "%d cases in %s, %d failed",
        len(outcomes),
        duration_text(time.monotonic() - started),
        sum(outcome.failed for outcome in outcomes),
    )
    return outcomes


def _require_one_length(sources: Sequence[Interfaces], folder: Path) -> None:
    """Refuse, before any is solved, sources of one reference length that some are too narrow for.

    Raises:
        InputError: The narrowest source, its width, the length and one that would do.
    """
    store, code = store_of(folder), code_version("profiles")
    lengths: dict[float, list[tuple[str, float]]] = {}
    for entry in sources:
        found = store.valid_source(entry.key, code)
        # failed, or another part of the study's
        lines = [] if found is None else found["lines"]
        asked = entry.sampling.reference_length
        for line in lines:
            widths = [
                line["roughness"].get(key) for key in ("width_um", "width_x_um", "width_y_um")
            ]
            known = [width * UM for width in widths if width is not None]
            lengths.setdefault(asked, []).append((entry.source.name, min(asked, *known)))
    for own in lengths.values():
        require_one_length(own, "sampling.reference_length")


@dataclass(frozen=True)
class Finished:
    """The folder of a study after its tables were written.

    Attributes:
        reasons: Why rows have no numbers, one for each such row.
        is_new: Whether anything had to be written.
    """

    reasons: tuple[str, ...]
    is_new: bool


def finish_folder(folder: Path) -> Finished:
    """Write the tables of a study, and what its files are, unless they are there already."""
    record = read_plan_record(folder)
    written = not crate_is_current(record, folder)
    failed = any(case["status"] == "failed" for case in store_of(folder).endings().values())
    if not written and not failed:
        return Finished((), False)
    tables = write_tables(record, folder) if written else tables_of(record, folder)
    if written:
        write_crate(folder)
    reasons = tuple(row["reason"] for row in tables.rows if row["reason"])
    return Finished(reasons, written)


def _write_lost(group: Group, folder: Path, reason: str) -> list[Outcome]:
    """Cases whose process was killed: those without a result get one that says so."""
    outcomes = []
    for case in group.cases:
        found = store_of(folder).valid_ending(case.physics, case.key, code_version(case.physics))
        if found is None:
            timing = {"started": None, "wall_s": None, "cpu_s": None, "ranks": 1, "worker": None}
            found = {**failed_result(reason, retry=True), "timing": timing}
            write_case(folder, group, case, found)
        outcomes.append(Outcome(case.key, found["status"] == "failed", 0.0))
    return outcomes
