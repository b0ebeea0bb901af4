# SPDX-License-Identifier: BSD-3-Clause
"""What moves the excess of images of a study besides the surface: found once, kept as a record."""

from __future__ import annotations

import logging
import time
import traceback
from pathlib import Path
from typing import Any

from mpi4py import MPI

from interfacefem.assessment.assess import assess_image
from interfacefem.assessment.image import take_profiles
from interfacefem.errors import InterfaceFemError
from interfacefem.parallel import from_first_rank
from interfacefem.study.interfaces import image_of
from interfacefem.study.plan import PlannedBudget
from interfacefem.study.provenance import code_version
from interfacefem.study.rank_groups import ranks_of_case
from interfacefem.study.store import store_of

_log = logging.getLogger(__name__)


def find_budget(planned: PlannedBudget, folder: Path) -> str | None:
    """Trace and solve an image in each way, and write what that moves into a study's folder.

    Returns:
        Why there is none; None when all is well. The reason is kept in place of it.

    Raises:
        OSError: The folder cannot be written to, as when the disk is full.

    Collective over ``ranks_of_case``, of which the first does it.
    """
    return from_first_rank(ranks_of_case(), lambda: _found(planned, folder))


def _found(planned: PlannedBudget, folder: Path) -> str | None:
    store, code = store_of(folder), code_version("current")
    known = store.valid_budget(planned.key, code)
    if known is not None:
        reason: str | None = known["reason"]
        return reason
    started = time.process_time()
    excess, rows, reason = _assessed(planned, folder)
    store.append(
        {
            "kind": "budget",
            "answers": planned.answers,
            "code": code,
            "image": planned.interfaces.source.name,
            "excess": excess,
            "rows": rows,
            "reason": reason,
            "cpu_s": time.process_time() - started,
        }
    )
    return reason


def _assessed(
    planned: PlannedBudget, folder: Path
) -> tuple[float | None, list[dict[str, Any]], str | None]:
    """Excess of the image, rows of its budget, and why there are none."""
    try:
        path = image_of(planned.interfaces.source, folder)
        taken = take_profiles(path, planned.interfaces.sampling)
        found = assess_image(
            taken, planned.cell, comm=MPI.COMM_SELF, step=lambda text: None, with_stress=False
        ).found
    except InterfaceFemError as error:
        return None, [], " ".join(str(error).split())
    except OSError:
        raise
    except Exception as error:
        # it must not end the study; the log has what a developer needs
        _log.error("budget %s: %s", planned.key, traceback.format_exc())
        return None, [], f"a bug: {type(error).__name__}: {error}"
    return found["excess"], found["budget"], None
