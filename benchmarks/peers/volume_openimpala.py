# SPDX-License-Identifier: BSD-3-Clause
"""Conduction along axis 0 by OpenImpala: ``volume_openimpala.py FILE [SOLVER PRECONDITIONER...]``.

Its default, ``mlmg``, aborts on 96^3 of random blobs; ``flexgmres`` with ``pfmg`` goes through,
or, where that does not converge (64^3, 30 %), with ``smg``.
Its wheel needs the system's Open MPI 4 and Fortran library (Debian 12: libopenmpi3, libgfortran5);
without them it would take SciPy instead, which is not what is to be measured.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from typing import Any

import numpy as np
import openimpala
import openimpala._core  # ends here where the wheel's own solver does not load
from volume_timing import small_volume, timed


def solve(labels: np.ndarray, folder: str, solver: str, preconditioners: list[str]) -> Any:
    """With the first preconditioner that converges; those that do not count, too."""
    for preconditioner in preconditioners:
        try:
            return openimpala.tortuosity(
                labels.astype(np.int32), phase=1, direction="x", solver=solver,
                preconditioner=preconditioner, results_path=folder,
            )  # fmt: skip
        except openimpala.ConvergenceError:
            if preconditioner == preconditioners[-1]:
                raise


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """What the library prints goes nowhere: the last line is ours."""
    kept = os.dup(1)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)


def main() -> None:
    labels = np.load(sys.argv[1])
    solver = sys.argv[2] if len(sys.argv) > 2 else "flexgmres"
    preconditioners = sys.argv[3:] or ["pfmg", "smg"]
    with quiet(), tempfile.TemporaryDirectory() as folder, openimpala.Session():
        how = folder, solver, preconditioners
        solve(small_volume(), *how)
        found, spent = timed(lambda: solve(labels, *how))
        sigma = float(np.mean(labels == 1)) / float(found.tortuosity)
        iterations = getattr(found, "iterations", "")
    print(json.dumps({"sigma_eff": sigma, "iterations": iterations, **spent}))


if __name__ == "__main__":
    main()
