# SPDX-License-Identifier: BSD-3-Clause
"""``interfacefem study``."""

from __future__ import annotations

import functools
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import cyclopts

from interfacefem.commands.arguments import Count, FileName, Flag, Output, whole
from interfacefem.errors import InputError, InterfaceFemError, StudyError
from interfacefem.files import require_writable_folder

if TYPE_CHECKING:
    from interfacefem.mpi import MPI
    from interfacefem.study.engines import Engine
    from interfacefem.study.file import StudyFile
    from interfacefem.study.plan import Plan
    from interfacefem.study.run import Shard, State

ENGINES = ("auto", "processes", "mpi", "slurm")
_MOST_REASONS = 5


@dataclass(frozen=True)
class StudyOptions:
    """How a study is run; see ``interfacefem study --help``."""

    engine: str = "auto"
    jobs: int | None = None
    shard: str | None = None
    tasks: int | None = None
    sbatch: str = ""
    retry_failed: bool = False
    ranks_per_case: int = 1
    dry_run: bool = False
    script_only: bool = False


def study(
    file: FileName,
    *,
    out: FileName | None = None,
    jobs: Annotated[
        int | None,
        cyclopts.Parameter(name=["--jobs", "-j"], converter=whole, allow_leading_hyphen=True),
    ] = None,
    engine: str = "auto",
    dry_run: Flag = False,
    retry_failed: Flag = False,
    shard: str | None = None,
    tasks: Count | None = None,
    ranks_per_case: Count = 1,
    sbatch: Annotated[str, cyclopts.Parameter(allow_leading_hyphen=True)] = "",
    script_only: Flag = False,
    json: Flag = False,
    output: Output = Output(),
) -> None:
    """Run a study, or go on with one that was interrupted (docs/studies.md).

    Exit code 3 if cases failed; the others are in the table.

    Parameters
    ----------
    file:
        Study file (YAML).
    out:
        Folder of the study; default: results/NAME.
    jobs:
        Number of processes; default: the number of cores. Under "./ifem mpi N" the ranks.
    engine:
        auto (processes, or MPI ranks under mpirun), processes, mpi, or slurm: a job array.
    dry_run:
        Print the plan: cases, geometries, expected cost.
    retry_failed:
        Try cases again that failed before.
    shard:
        Solve one part of the study only, such as "3/20", and write no table.
    tasks:
        Number of tasks of the job array; default: one per image, at most 100.
    ranks_per_case:
        MPI ranks that solve a case together, for height maps and volumes that need it.
    sbatch:
        Options for sbatch, such as "--partition=long --time=1:00:00".
    script_only:
        Write the scripts of the job array and submit nothing, where there is no sbatch.
    json:
        Print one JSON object instead of text.
    """
    options = StudyOptions(
        engine, jobs, shard, tasks, sbatch, retry_failed, ranks_per_case, dry_run, script_only
    )
    run(file, out, options, json, output)


def run(study: Path, out: Path | None, options: StudyOptions, json: bool, output: Output) -> None:
    """Run a study, or go on with it; collective."""
    from interfacefem.mpi import MPI
    from interfacefem.parallel import on_first_rank
    from interfacefem.progress import configure_logging
    from interfacefem.study.engines import open_engine
    from interfacefem.study.file import read_study
    from interfacefem.study.log import close_log
    from interfacefem.study.plan import build_plan
    from interfacefem.study.run import set_up_process
    from interfacefem.study.store import require_present_format

    configure_logging(quiet=output.quiet, verbose=output.verbose)
    comm = MPI.COMM_WORLD
    _refuse_single_runs(comm)
    workers = _workers(options, comm)
    shard = _shard(options)

    def read() -> tuple[StudyFile, Plan, Path]:
        file = read_study(study)
        folder = out or Path("results") / file.study.name
        require_writable_folder(folder)
        require_present_format(folder)
        return file, build_plan(file), folder

    planned = on_first_rank(comm, read)
    folder = comm.bcast(planned[2] if planned else None, root=0)
    if options.dry_run or options.engine == "slurm":
        if planned is not None:
            _without_solving(study, planned, options, workers, json)
        return
    setup = functools.partial(set_up_process, folder, [Path(sys.argv[0]).name, *sys.argv[1:]])
    setup()
    error: InterfaceFemError | None = None
    try:
        with open_engine(comm, workers, setup, options.ranks_per_case) as engine:
            if engine is not None and planned is not None:
                try:
                    _run(planned, shard, engine, options, json, output)
                except InterfaceFemError as caught:
                    error = caught  # the other ranks must hear of it first
    finally:
        close_log()

    def end() -> None:
        if error is not None:
            raise error

    on_first_rank(comm, end)


def _run(
    planned: tuple[StudyFile, Plan, Path],
    shard: Shard | None,
    engine: Engine,
    options: StudyOptions,
    json: bool,
    output: Output,
) -> None:
    from interfacefem.api.study import run_plan
    from interfacefem.commands.printing import print_json, print_line
    from interfacefem.study.axes import study_axes
    from interfacefem.study.progress import StudyProgress
    from interfacefem.study.run import state_of
    from interfacefem.study.table import REPORT, RESULTS, joined

    file, plan, folder = planned
    reported = shard is None and "report" in file.study.model_fields_set
    if reported:  # what it asks for is looked for before anything is solved
        rows = [joined(row.identification, plan.covariates) for row in plan.rows]
        factors = list(plan.interfaces[0].source.factors)
        study_axes(rows, factors, plan.covariates, file.study.report, file.path)
    groups = list(plan.groups) if shard is None else shard.groups(plan)
    state = state_of(plan, groups, folder, retry=options.retry_failed)
    if not output.quiet:
        for line in _news(plan, state, folder):
            print(line, file=sys.stderr)
    solved = run_plan(
        file,
        plan,
        folder,
        engine,
        StudyProgress(quiet=output.quiet, folder=folder),
        shard=shard,
        state=state,
        retry=options.retry_failed,
    )
    if json:
        print_json(solved.to_dict())
    else:
        print_line(
            f"{plan.name}: {solved.cases} cases, {solved.solved_now} solved now, "
            f"{solved.failed} failed"
        )
        if shard is None:
            for line in _most_reasons(solved.reasons, solved.planned):
                print_line(line)
            print_line(f"table: {folder / RESULTS} ({solved.planned} rows)")
    if solved.failed and shard is None:
        from interfacefem.commands.study_pictures import FOLDER, draw_failed_traces

        count = draw_failed_traces(plan, folder)
        if count and not json:
            print_line(f"images without a line that passes: {count}, drawn in {folder / FOLDER}")
    # a study that says how its report is drawn gets one; the command report draws any
    if reported:
        if solved.is_new or not (folder / REPORT).is_file():
            from interfacefem.report.study_report import write_report

            write_report(folder, folder / REPORT)
        if not json:
            print_line(f"report: {folder / REPORT}")
    if solved.failed:
        raise StudyError(f"{solved.failed_text()}, --retry-failed tries them again")


def _most_reasons(reasons: Sequence[str], rows: int) -> list[str]:
    """Why most of the rows without numbers have none."""
    if not reasons:
        return []
    from interfacefem.report.notes import kinds_of_notes

    kinds = kinds_of_notes([reason] for reason in reasons)
    return [f"  {count} of {rows} rows: {reason}" for count, reason in kinds[:_MOST_REASONS]]


def _news(plan: Plan, state: State, folder: Path) -> list[str]:
    """What a user should know before a study goes on."""
    from interfacefem.study.run import changed_sources

    lines = []
    changed = changed_sources(plan, folder)
    if changed:
        lines.append(f"changed since the last run: {', '.join(changed[:5])}"
                     + (f" and {len(changed) - 5} more" if len(changed) > 5 else ""))  # fmt: skip
    if state.outdated:
        lines.append(
            f"{state.outdated} results are by another version of the code or of its libraries and "
            "are computed again"
        )
    if state.orphans:
        lines.append(
            f"{state.orphans} results in {folder} belong to other inputs; they are kept, not used"
        )
    if state.done:
        lines.append(f"{state.done} cases are done already, {state.left} are left")
    return lines


def _without_solving(
    study: Path,
    planned: tuple[StudyFile, Plan, Path],
    options: StudyOptions,
    workers: int,
    json: bool,
) -> None:
    from interfacefem.commands.printing import print_line
    from interfacefem.study.run import begin_folder
    from interfacefem.study.slurm import require_sbatch, submit_job_array, write_job_array

    file, plan, folder = planned
    if options.dry_run:
        _print_plan(plan, folder, options, workers, json)
        return
    tasks = options.tasks or min(len(plan.interfaces), 100)
    if not options.script_only:
        require_sbatch(folder)
    begin_folder(plan, file.path.read_text(encoding="utf-8-sig"), folder)
    array = write_job_array(study, folder, tasks, options.sbatch)
    if options.script_only:
        print_line(f"nothing is submitted; where there is sbatch:  bash {array.submit}")
    else:
        print_line(submit_job_array(array))
    print_line(f"interfacefem status {folder}  tells how far it is")


def _print_plan(plan: Plan, folder: Path, options: StudyOptions, workers: int, json: bool) -> None:
    from interfacefem.commands.printing import print_json, print_line, print_table
    from interfacefem.study.cost import expected_cost
    from interfacefem.study.progress import duration_text
    from interfacefem.study.run import state_of

    state = state_of(plan, plan.groups, folder, retry=options.retry_failed)
    cost = expected_cost(state.todo, folder, workers)
    kinds = [entry.source.kind for entry in plan.interfaces]
    counts = {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)}
    cases = [case.physics for _, case in plan.cases]
    record: dict[str, Any] = {
        "study": plan.name,
        "folder": str(folder),
        "sources": counts,
        "geometries": len(plan.groups),
        "rows": len(plan.rows),
        "cases": {physics: cases.count(physics) for physics in plan.physics},
        "done": state.done,
        "left": state.left,
        "expected_cpu_s": round(cost.cpu_s),
        "workers": workers,
        "expected_wall_s": round(cost.wall_s),
    }
    if json:
        print_json(record)
        return
    shown = {
        **{f"sources, {kind}": count for kind, count in counts.items()},
        "geometries (profiles)": len(plan.groups),
        "rows of the table": len(plan.rows),
        **{f"cases, {physics}": cases.count(physics) for physics in plan.physics},
        "done already": state.done,
        "left": state.left,
        "expected CPU time": duration_text(cost.cpu_s),
        f"expected time on {workers} workers": duration_text(cost.wall_s),
        "folder": str(folder),
    }
    print_table(f"plan of {plan.name}", ("what", "how much"), list(shown.items()))
    first = plan.rows[0].identification
    print_table(
        "first rows",
        list(first),
        [list(row.identification.values()) for row in plan.rows[:8]],
    )
    for line in _news(plan, state, folder):
        print_line(line)


def _workers(options: StudyOptions, comm: MPI.Comm) -> int:
    from interfacefem.study.rank_groups import require_whole_groups

    if options.engine not in ENGINES:
        raise InputError(
            "no such engine", field="--engine", found=options.engine, expected=" or ".join(ENGINES)
        )
    for field, value in (
        ("--jobs", options.jobs),
        ("--tasks", options.tasks),
        ("--ranks-per-case", options.ranks_per_case),
    ):
        if value is not None and value < 1:
            raise InputError("out of range", field=field, found=value, expected="1 or more")
    if options.engine == "mpi" and comm.size < 2:
        raise InputError(
            "needs ranks", field="--engine", found="mpi on 1 rank",
            expected="./ifem mpi N study ..., one rank more than shall solve",
        )  # fmt: skip
    if comm.size > 1:
        if options.engine == "processes" or (options.jobs or 1) > 1:
            raise InputError(
                "cannot be combined with MPI ranks", field="--jobs", expected="one or the other"
            )
        return require_whole_groups(comm.size, options.ranks_per_case)
    if options.ranks_per_case > 1:
        raise InputError(
            "needs ranks", field="--ranks-per-case", found=options.ranks_per_case,
            expected="./ifem mpi N study ..., one rank more than shall solve",
        )  # fmt: skip
    if options.jobs is not None:
        return options.jobs
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


def _shard(options: StudyOptions) -> Shard | None:
    from interfacefem.study.run import Shard

    if options.shard is None:
        return None
    match = re.fullmatch(r"(\d+)/(\d+)", options.shard)
    if match is None or not 1 <= int(match.group(1)) <= int(match.group(2)):
        raise InputError(
            "cannot be read", field="--shard", found=options.shard, expected='such as "3/20"'
        )
    return Shard(int(match.group(1)), int(match.group(2)))


def _refuse_single_runs(comm: MPI.Comm) -> None:
    """Where srun and MPI do not understand each other, N equal single runs start instead."""
    tasks = os.environ.get("SLURM_STEP_NUM_TASKS", "1")
    if comm.size == 1 and tasks.isdigit() and int(tasks) > 1:
        raise InputError(
            f"srun started {tasks} tasks, but MPI sees one rank; use mpirun, or srun --mpi=pmix",
            field="SLURM",
        )
