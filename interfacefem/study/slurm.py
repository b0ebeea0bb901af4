# SPDX-License-Identifier: BSD-3-Clause
"""A study as a SLURM job array: scripts, and their submission where sbatch is there."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from interfacefem.errors import InputError
from interfacefem.files import write_text_atomically


@dataclass(frozen=True)
class JobArray:
    """Scripts of a job array in the folder of a study.

    Attributes:
        submit: The script that submits the others.
        tasks: Number of tasks of the array.
    """

    submit: Path
    tasks: int


def write_job_array(study: Path, folder: Path, tasks: int, options: str) -> JobArray:
    """Write the scripts of a job array.

    Each task solves its part of the study and leaves out what is solved already, so that it may be
    requeued, cancelled or run twice. A last job, after all tasks have ended in whatever way, solves
    what is left and writes the table.

    Args:
        study: The study file.
        folder: Of the study; the nodes must see it under this name.
        tasks: Number of tasks.
        options: For sbatch, such as ``--partition=long --time=1:00:00``.

    Raises:
        InputError: The options cannot be read.
    """
    scripts = folder.absolute() / "slurm"
    try:
        given = "".join(f"#SBATCH {shlex.quote(option)}\n" for option in shlex.split(options))
    except ValueError as error:
        raise InputError(f"cannot be read ({error})", field="sbatch", found=options) from None
    name = shlex.quote(f"ifem-{folder.name}")
    head = (
        f"#!/bin/bash\n#SBATCH --job-name={name}\n#SBATCH --ntasks=1\n#SBATCH --requeue\n"
        f"#SBATCH --open-mode=append\n"
    )
    command = (
        f"{_launcher()} study {shlex.quote(str(study.absolute()))} "
        f"--out {shlex.quote(str(folder.absolute()))}"
    )
    log = shlex.quote(str(scripts))
    write_text_atomically(
        scripts / "part.sh",
        f"{head}#SBATCH --array=1-{tasks}\n#SBATCH --output={log}/part_%a.log\n{given}"
        f"exec {command} --jobs 1 --shard $SLURM_ARRAY_TASK_ID/{tasks}\n",
    )
    write_text_atomically(
        scripts / "table.sh",
        f"{head}#SBATCH --output={log}/table.log\n{given}exec {command} --jobs 1\n",
    )
    submit = scripts / "submit.sh"
    write_text_atomically(
        submit,
        f"#!/bin/bash\n# submits the study; may be run again\nset -eu\ncd {log}\n"
        f"parts=$(sbatch --parsable part.sh)\nparts=${{parts%%;*}}\n"
        f"table=$(sbatch --parsable --dependency=afterany:$parts table.sh)\n"
        f'echo "job $parts: {tasks} tasks; job ${{table%%;*}}: the table, after them"\n',
    )
    return JobArray(submit, tasks)


def require_sbatch(folder: Path) -> None:
    """Refuse to submit where nothing can be submitted.

    Raises:
        InputError: There is no sbatch here.
    """
    if shutil.which("sbatch") is None:
        raise InputError(
            "there is no sbatch here", field="--engine", found="slurm",
            expected=f"a machine with SLURM, or --script-only for {folder / 'slurm' / 'submit.sh'}",
        )  # fmt: skip


def submit_job_array(array: JobArray) -> str:
    """Submit it; returns what was submitted.

    Raises:
        InputError: sbatch refuses.
    """
    finished = subprocess.run(
        ["bash", str(array.submit)], capture_output=True, text=True, check=False
    )
    if finished.returncode != 0:
        said = " ".join(finished.stderr.split()) or "no reason given"
        raise InputError(f"sbatch refuses: {said}", file=array.submit)
    return finished.stdout.strip()


def _launcher() -> str:
    """How a job starts this program: as this process was started."""
    launcher = os.environ.get("IFEM_LAUNCHER")
    if launcher:
        return shlex.quote(launcher)
    return f"{shlex.quote(sys.executable)} -m interfacefem"
