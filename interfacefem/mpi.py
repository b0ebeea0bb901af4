# SPDX-License-Identifier: BSD-3-Clause
"""Message passing: mpi4py where it is installed, else a process that is alone.

Import ``MPI`` from here. What needs several processes, or a solver that is built on MPI, says that
it is missing when it is called.
"""

from __future__ import annotations

import contextlib
import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mpi4py import MPI
else:
    with contextlib.suppress(ImportError):
        importlib.import_module("dolfinx_solver")  # DOLFINx from PyPI: before all it brings
    try:
        from mpi4py import MPI
    except (ImportError, RuntimeError):  # RuntimeError: mpi4py is there, the MPI library is not
        from interfacefem.one_process import MPI

__all__ = ["MPI"]
