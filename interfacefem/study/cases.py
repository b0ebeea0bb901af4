# SPDX-License-Identifier: BSD-3-Clause
"""Second half of a study: the cases of one geometry, each written as soon as it is solved."""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import platform
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from interfacefem.assessment.assess import in_protocol
from interfacefem.current.many_cells import CurrentCases
from interfacefem.current.map_run import CurrentMapRun, run_current_map
from interfacefem.current.result import current_result, window_columns
from interfacefem.current.run import CurrentRun
from interfacefem.errors import InterfaceFemError
from interfacefem.mpi import MPI
from interfacefem.parallel import from_first_rank
from interfacefem.parameters.sampling import TRAN2025
from interfacefem.study.columns import is_taken
from interfacefem.study.doing import doing
from interfacefem.study.file import StudyCell
from interfacefem.study.height_maps import read_map_as
from interfacefem.study.interfaces import prepare, profile_of_line
from interfacefem.study.plan import Case, Group, Interfaces
from interfacefem.study.pooled_quantiles import current_distribution, stress_distribution
from interfacefem.study.provenance import code_version
from interfacefem.study.rank_groups import ranks_of_case
from interfacefem.study.results import Outcome, failed_result, is_tried_again, write_case
from interfacefem.study.store import store_of
from interfacefem.study.volumes import solve_volume
from interfacefem.surfaces import Profile
from interfacefem.surfaces.height_map import HeightMap
from interfacefem.units import UM

_log = logging.getLogger(__name__)

ABSENT = "absent"
ABSENT_REASON = "the image has fewer distinct sections"
Solve = Callable[[StudyCell], dict[str, Any]]


def solvers(
    interfaces: Interfaces, lines: Sequence[dict[str, Any]], line: int, comm: MPI.Comm
) -> dict[str, Solve]:
    """What solves each physics on one interface; nothing is set up before it is used.

    Args:
        interfaces: Where it comes from.
        lines: What was kept of its profiles.
        line: Which profile, from 1.
        comm: Ranks that solve.
    """
    source = interfaces.source
    if source.kind == "volume":
        assert source.path is not None
        path = source.path
        return {"transport": lambda cell: solve_volume(path, cell.transport, cell.load, comm)}
    if source.kind == "height_map":
        assert source.path is not None
        read = functools.cache(functools.partial(read_map_as, source.path, interfaces.map))
        return {
            "current": lambda cell: _current(
                run_current_map(
                    read(), cell, comm, reference_length=interfaces.sampling.reference_length
                )
            ),
            "stress": lambda cell: _stress(read(), cell, comm),
            "interface": lambda cell: _interface(read(), cell, comm),
        }
    profile = profile_of_line(lines, line)
    sampling = interfaces.sampling
    length = sampling.reference_length
    if sampling.protocol == TRAN2025:
        length = min(length, profile.width)
    current = CurrentCases(profile, comm, length)
    return {
        "current": lambda cell: _current(current.run(in_protocol(cell, sampling))),
        "stress": lambda cell: _stress(profile, cell, comm),
        "interface": lambda cell: _interface(profile, cell, comm),
    }


def solve_group(group: Group, folder: Path, retry: bool = False) -> list[Outcome]:
    """Solve the cases of one geometry that have no result yet, and write each.

    A case that fails is written as such, and the others go on.

    Args:
        group: Its interfaces are prepared here if they are not yet.
        folder: Of the study.
        retry: Whether cases that failed are solved again.

    Raises:
        OSError: A result cannot be written, as when the disk is full.

    Collective over ``ranks_of_case``, of which the first reads and writes.
    """
    comm = ranks_of_case()
    reason = prepare(group.interfaces, folder)
    lines = from_first_rank(comm, lambda: _profiles(group.interfaces, folder))
    solve: Mapping[str, Solve] = {}
    absent = reason is None and group.line > len(lines)
    if reason is None and not absent:
        reason = lines[group.line - 1].get("refused")
    if reason is None and not absent:
        solve = solvers(group.interfaces, lines, group.line, comm)
    outcomes = []
    for case in group.cases:
        # another run in the same folder may have been faster
        known = from_first_rank(comm, functools.partial(_known, folder, case, retry))
        if known is not None:
            outcomes.append(known)
            continue
        what = f"{group.interfaces.source.name}, line {group.line}: {case.physics}"
        with doing(folder, what) if comm.rank == 0 else contextlib.nullcontext():
            result = _attempt(case, solve, reason, comm, absent=absent)
        write = functools.partial(write_case, folder, group, case, result)
        from_first_rank(comm, write)
        outcomes.append(Outcome(case.key, result["status"] == "failed", result["timing"]["cpu_s"]))
    return outcomes


def _profiles(interfaces: Interfaces, folder: Path) -> list[dict[str, Any]]:
    store = store_of(folder)
    source = store.valid_source(interfaces.key, code_version("profiles"))
    lines = None if source is None else store.profiles(source)
    assert lines is not None  # they were prepared a moment ago
    return lines


def _known(folder: Path, case: Case, retry: bool) -> Outcome | None:
    found = store_of(folder).valid_ending(case.physics, case.key, code_version(case.physics))
    if found is None or is_tried_again(found, retry=retry):
        return None
    return Outcome(case.key, found["status"] == "failed", 0.0)


def _attempt(
    case: Case,
    solve: Mapping[str, Solve],
    reason: str | None,
    comm: MPI.Comm,
    *,
    absent: bool,
) -> dict[str, Any]:
    began = datetime.now(UTC)
    started, cpu = time.perf_counter(), time.process_time()
    if reason is not None:
        result = failed_result(reason, retry=False)
    elif absent:
        result = {**failed_result(ABSENT_REASON, retry=False), "status": ABSENT}
    else:
        result = _solved_or_failed(case, solve)
    result["timing"] = {
        "started": began.isoformat(),
        "wall_s": time.perf_counter() - started,
        "cpu_s": comm.allreduce(time.process_time() - cpu, op=MPI.SUM),
        "ranks": comm.size,
        "worker": f"{platform.node()}:{os.getpid()}",
    }
    return result


def _solved_or_failed(case: Case, solve: Mapping[str, Solve]) -> dict[str, Any]:
    try:
        metrics = solve[case.physics](case.cell)
    except InterfaceFemError as error:
        return failed_result(str(error), retry=False)
    except MemoryError:
        return failed_result("not enough memory", retry=True)
    except OSError:
        raise
    except Exception as error:
        # one case must not end the others; the log has what a developer needs
        _log.error("case %s: %s", case.key, traceback.format_exc())
        return failed_result(f"a bug: {type(error).__name__}: {error}", retry=False)
    notes = metrics.pop("notes", [])
    distribution = metrics.pop("distribution", None)
    metrics.pop("cpu_s", None)  # it is in the timing
    unnamed = [name for name in metrics if not is_taken(name)]
    if unnamed:  # a factor could have its name
        return failed_result(f"a bug: columns.py does not name {', '.join(unnamed)}", retry=False)
    return {
        "status": "done",
        "reason": None,
        "retry": False,
        "metrics": metrics,
        "distribution": distribution,
        "notes": notes,
    }


def _current(run: CurrentRun | CurrentMapRun) -> dict[str, Any]:
    windows = run.metrics.windows
    assert windows is not None
    found = {
        **current_result(run),
        # of an interface narrower than a window: one window that is all of it
        "excess": windows.excess,
        "excess_error": run.excess_error,
        "reference_length_um": windows.places.length / UM,
        **window_columns(windows),
        "distribution": current_distribution(run.solution),
    }
    if windows.places.is_whole:
        found["notes"] += [
            f"narrower than the reference length of {windows.places.asked / UM:g} um: extremes are "
            f"read over its own width, {windows.places.length / UM:.4g} um"
        ]
    return found


def _stress(surface: Profile | HeightMap, cell: StudyCell, comm: MPI.Comm) -> dict[str, Any]:
    from interfacefem.contact.result import stress_result
    from interfacefem.contact.run import run_stress

    run = run_stress(surface, cell, comm)
    result = stress_result(run)
    if isinstance(surface, Profile):
        result["distribution"] = stress_distribution(run.solution, run.metrics)
    return result


def _interface(surface: Profile | HeightMap, cell: StudyCell, comm: MPI.Comm) -> dict[str, Any]:
    from interfacefem.interface.result import study_result
    from interfacefem.interface.run import run_interface

    curve = run_interface(surface, cell, [cell.load.pressure], comm)
    return study_result(curve.rows[0], curve.hidden_share)
