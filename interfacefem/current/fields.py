# SPDX-License-Identifier: BSD-3-Clause
"""Fields for ParaView (VTX, which ADIOS2 writes in parallel)."""

from __future__ import annotations

import shutil
from pathlib import Path

import dolfinx
import ufl
from dolfinx import fem

from interfacefem import compat
from interfacefem.current.solution import CurrentSolution
from interfacefem.parallel import on_first_rank


def write_fields(solution: CurrentSolution, folder: str | Path) -> list[Path]:
    """Write ``potential.bp`` (V) and ``current_density.bp`` (A/m^2), coordinates in m.

    Args:
        solution: What was solved.
        folder: An existing folder.

    Returns:
        The folders written; none where DOLFINx was built without ADIOS2.

    Collective.
    """
    if not dolfinx.has_adios2:
        return []
    folder = Path(folder)
    fields = {"potential": solution.potential, "current_density": current_density_field(solution)}
    return [_write(field, folder / f"{name}.bp") for name, field in fields.items()]


def current_density_field(solution: CurrentSolution) -> fem.Function:
    """Current density ``-k grad phi`` in A/m^2, discontinuous across cells; collective."""
    potential = solution.potential
    degree = potential.function_space.ufl_element().degree
    mesh = solution.interface_mesh.mesh
    space = fem.functionspace(mesh, ("DG", degree - 1, (mesh.geometry.dim,)))
    current = fem.Function(space, name="current_density")
    flux = -solution.problem.conductivity * ufl.grad(potential)
    current.interpolate(fem.Expression(flux, compat.interpolation_points(space)))
    return current


def _write(field: fem.Function, path: Path) -> Path:
    comm = field.function_space.mesh.comm
    temporary = path.with_name(f".{path.name}.part")
    on_first_rank(comm, lambda: shutil.rmtree(temporary, ignore_errors=True))

    def put_in_place() -> None:
        shutil.rmtree(path, ignore_errors=True)
        temporary.rename(path)

    try:
        with dolfinx.io.VTXWriter(comm, temporary, [field]) as writer:
            writer.write(0.0)
        comm.barrier()
        on_first_rank(comm, put_in_place)
    finally:
        # not collective: a rank may have failed alone
        if comm.rank == 0:
            shutil.rmtree(temporary, ignore_errors=True)
    return path
