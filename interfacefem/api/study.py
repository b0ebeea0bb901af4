# SPDX-License-Identifier: BSD-3-Clause
"""Studies: many interfaces, factors and parameters, from one file."""

from __future__ import annotations

import collections
import functools
import logging
import sys
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfacefem.api.arguments import communicator, require_path, switch
from interfacefem.api.result import Result
from interfacefem.errors import InputError, InterfaceFemError, StudyError, naming_fields
from interfacefem.files import require_writable_folder
from interfacefem.mpi import MPI
from interfacefem.parallel import on_first_rank
from interfacefem.study.engines import open_engine
from interfacefem.study.file import StudyFile, read_study
from interfacefem.study.log import close_log
from interfacefem.study.plan import Plan, build_plan
from interfacefem.study.progress import StudyProgress
from interfacefem.study.rank_groups import require_whole_groups
from interfacefem.study.run import (
    Shard,
    State,
    begin_folder,
    finish_folder,
    run_groups,
    set_up_process,
    state_of,
)
from interfacefem.study.store import require_present_format
from interfacefem.study.table import REPORT, RESULTS, load_study

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["StudyResult", "load_study", "run_plan", "run_study"]


class StudyWarning(UserWarning):
    """Cases of a study have no numbers."""


@dataclass(frozen=True, eq=False, repr=False)
class StudyResult(Result):
    """A study that was run; its folder holds every case, the table and what made them.

    Attributes:
        study: Name.
        folder: Of the results.
        planned: Number of rows of the table.
        cases: Number of cases.
        solved_now: Number of those that this run solved.
        failed: Number of those that have no numbers; the column ``reason`` says why.
        cpu_s: Process CPU time in s of what was solved now.
        reasons: Why rows have no numbers, one for each such row.
        is_new: Whether the folder holds anything that it did not hold before.
    """

    study: str
    folder: Path
    planned: int
    cases: int
    solved_now: int
    failed: int
    cpu_s: float
    reasons: tuple[str, ...] = ()
    is_new: bool = True

    def to_dict(self) -> dict[str, Any]:
        """What ``interfacefem study --json`` prints."""
        return {
            "study": self.study,
            "folder": str(self.folder),
            "rows": self.planned,
            "cases": self.cases,
            "solved_now": self.solved_now,
            "failed": self.failed,
            "cpu_s": self.cpu_s,
        }

    @property
    def failures(self) -> dict[str, int]:
        """Number of rows without numbers by the reason, the most frequent first."""
        return dict(collections.Counter(self.reasons).most_common())

    def failed_text(self) -> str:
        """How many cases failed, and the reason of most of them, in one line."""
        most = next(iter(self.failures), "")
        return (
            f"{self.failed} of {self.cases} cases failed"
            + (f", most of them: {most}" if most else "")
            + f"; the column reason of {self.folder / RESULTS} says why"
        )

    def table(self) -> pd.DataFrame:
        """The table of the study, as ``load_study`` gives it."""
        return load_study(self.folder)

    def rows(self) -> list[dict[str, Any]]:
        """Rows of the table."""
        return [{str(key): value for key, value in row.items()}
                for row in self.table().to_dict("records")]  # fmt: skip

    def headline(self) -> list[tuple[str, str]]:
        """Cases solved and failed, folder."""
        return [
            ("study", self.study),
            ("cases", str(self.cases)),
            ("solved now", str(self.solved_now)),
            ("failed", str(self.failed)),
            ("folder", str(self.folder)),
        ]

    def write_report(
        self, path: str | Path | None = None, *, against: str | None = None, by: str | None = None
    ) -> Path:
        """Write the report as one HTML file, by default into the study's folder.

        Args:
            path: The file.
            against: Factor or covariate along the axis; default: what the study file says.
            by: Factor told apart by colour; default: what the study file says.

        Raises:
            InputError: There is no result yet, no such factor, or the file cannot be written.
        """
        from interfacefem.report.study_report import write_report
        from interfacefem.study.file import ReportSection

        out = self.folder / REPORT if path is None else Path(path)
        asked = against is not None or by is not None
        axes = ReportSection.model_construct(against=against, by=by) if asked else None
        with naming_fields({"report.against": "against=", "report.by": "by="}):
            write_report(self.folder, out, axes=axes)
        return out

    @property
    def citations(self) -> tuple[str, ...]:
        """What to cite for the methods behind the numbers."""
        from interfacefem.report.references import REFERENCES
        from interfacefem.report.study_data import read_study_data
        from interfacefem.report.study_methods import citations

        try:
            return tuple(citations(read_study_data(self.folder)))
        except InputError:  # nothing was solved
            return (REFERENCES["tran"],)

    def _figure(self) -> Figure:
        from interfacefem.report.study_figures import metric_figure

        figure, _ = metric_figure(*self._drawn())
        return figure

    def _draw(self, axes: Axes) -> None:
        from interfacefem.report.column_text import label_of
        from interfacefem.report.panels import draw_groups

        _, table = self._drawn()
        groups = [
            (", ".join(map(str, one.factors.values())), [line.value for line in one.lines])
            for one in table.conditions
        ]
        draw_groups(axes, groups, label_of(table.metric))

    def _drawn(self) -> tuple[Any, Any]:
        """What the study holds, and the statistics of its first metric."""
        from interfacefem.report.study_data import read_study_data
        from interfacefem.report.study_statistics import (
            metric_table,
            physics_of,
            points_of,
            shown_metrics,
        )

        data = read_study_data(self.folder)
        metric = shown_metrics(data)[0]
        return data, metric_table(data, metric, points_of(data, physics_of(metric))[0])


def run_study(
    study: str | Path,
    out: str | Path | None = None,
    *,
    jobs: int = 1,
    retry_failed: bool = False,
    progress: bool = False,
    raise_failed: bool = False,
    comm: MPI.Comm | None = None,
) -> StudyResult:
    """Run a study, or go on with it where it was interrupted.

    Args:
        study: The study file.
        out: Folder of the results; default: ``results/NAME``.
        jobs: Processes beside this one; they import the script that called, whose work must
            therefore stand below ``if __name__ == "__main__":``. 1 solves in this process.
        retry_failed: Whether cases that failed are solved again.
        progress: Whether cases done, rate and time left are shown on standard error.
        raise_failed: Whether an error is raised at the end if cases failed; a warning is given
            else, and ``failures`` says why.
        comm: Ranks that share the cases, the first one gives them out; default: this process alone.

    Returns:
        How it ended, on every rank; a case that failed is a row of its table with a reason.

    Raises:
        InputError: The study file says something that cannot be done.
        StudyError: Cases failed, with ``raise_failed``; the others are in the table all the same.
        OSError: A result cannot be written.

    Collective over ``comm``.
    """
    comm = communicator(comm)
    study = require_path(study, "study")
    chosen = None if out is None else require_path(out, "out")
    retry_failed = switch(retry_failed, "retry_failed")
    progress, raise_failed = switch(progress, "progress"), switch(raise_failed, "raise_failed")
    if isinstance(jobs, bool) or not isinstance(jobs, int) or jobs < 1:
        raise InputError("out of range", field="jobs=", found=jobs, expected="1 or more")
    if comm.size > 1:
        if jobs > 1:
            raise InputError(
                "cannot be combined with ranks", field="jobs=", found=jobs, expected="one or other"
            )
        jobs = require_whole_groups(comm.size, 1)

    def read() -> tuple[StudyFile, Plan, Path]:
        file = read_study(study)
        folder = chosen or Path("results") / file.study.name
        require_writable_folder(folder)
        require_present_format(folder)
        return file, build_plan(file), folder

    # the plan stays on the first rank
    planned = on_first_rank(comm, read)
    folder = comm.bcast(None if planned is None else planned[2], root=0)
    logger = logging.getLogger("interfacefem")
    level = logger.level
    setup = functools.partial(set_up_process, folder, [Path(sys.argv[0]).name, *sys.argv[1:]])
    setup()
    found: StudyResult | InterfaceFemError | None = None
    try:
        with open_engine(comm, jobs, setup) as engine:
            if engine is not None and planned is not None:
                try:
                    shown = StudyProgress(quiet=not progress, folder=folder)
                    found = run_plan(*planned, engine, shown, retry=retry_failed)
                except InterfaceFemError as error:
                    found = error  # the other ranks must hear of it first
    finally:
        close_log()
        logger.setLevel(level)
    found = comm.bcast(found, root=0)
    if isinstance(found, InterfaceFemError):
        raise found
    assert found is not None
    if found.failed and raise_failed:
        raise StudyError(found.failed_text())
    if found.failed and comm.rank == 0:
        warnings.warn(found.failed_text(), StudyWarning, stacklevel=2)
    return found


def run_plan(
    file: StudyFile,
    plan: Plan,
    folder: Path,
    engine: Any,
    progress: StudyProgress,
    *,
    shard: Shard | None = None,
    state: State | None = None,
    retry: bool = False,
) -> StudyResult:
    """Solve what is missing of a plan; call on the first rank, the engine reaches the others.

    Args:
        file: The study.
        plan: Of it.
        folder: Of the results.
        engine: Where it is done.
        progress: What is shown.
        shard: The part that is done here; None for all, with the table.
        state: What is done already, if it is known.
        retry: Whether cases that failed are solved again.

    Raises:
        OSError: A result cannot be written.
    """
    groups: Sequence[Any] = plan.groups if shard is None else shard.groups(plan)
    state = state or state_of(plan, groups, folder, retry=retry)
    is_new = begin_folder(plan, file.path.read_text(encoding="utf-8-sig"), folder)
    outcomes = run_groups(state, folder, engine, progress, retry=retry)
    finished = finish_folder(folder) if shard is None else None
    return StudyResult(
        plan.name,
        folder,
        len(plan.rows),
        sum(len(group.cases) for group in groups),
        len(outcomes),
        state.failed + sum(outcome.failed for outcome in outcomes),
        sum(outcome.cpu_s for outcome in outcomes),
        () if finished is None else finished.reasons,
        is_new or bool(outcomes or state.budgets) or finished is None or finished.is_new,
    )
