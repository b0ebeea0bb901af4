# SPDX-License-Identifier: BSD-3-Clause
"""Preconditioners of Newton's linear systems, and these systems in three dimensions."""

from __future__ import annotations

import functools
import math

import numpy as np
import numpy.typing as npt
from petsc4py import PETSc

from interfacefem.current.interface_trace import InterfaceTrace
from interfacefem.errors import ConvergenceError
from interfacefem.mpi import MPI

Array = npt.NDArray[np.floating]

# a hierarchy serves a decade of slopes, and each holds memory
_SLOPES_PER_DECADE = 2
MAX_HIERARCHIES = 2
MAX_CG_ITERATIONS = 60  # as long as two factorisations

# hypre's coarsening tuned for 3D: on 1.2 million tetrahedra a prototype took a third of the time
# that it took with the defaults
_MULTIGRID = {
    "strong_threshold": 0.5,
    "coarsen_type": "HMIS",
    "interp_type": "ext+i",
    "agg_nl": 1,
    "P_max": 4,
}


class MultigridTangent:
    """Solves ``(K + M(s)) x = b``: bulk stiffness K and interface mass with slopes s.

    K is the same for all problems on a mesh; only the interface changes. The hierarchy of a uniform
    slope preconditions conjugate gradients for every slope near it, and is kept for later problems.

    Args:
        stiffness: Assembled matrix of ``grad u . grad v``.
        trace: The interface.

    Attributes:
        factorisations: Number of hierarchies set up so far.
        iterations: Number of iterations of conjugate gradients so far.

    Collective.
    """

    def __init__(self, stiffness: PETSc.Mat, trace: InterfaceTrace) -> None:
        self._stiffness = stiffness
        self._trace = trace
        self._tangent = stiffness.duplicate(copy=True)
        self._tangent.setOption(PETSc.Mat.Option.SPD, True)
        self._right, self._left = stiffness.createVecs()
        self._hierarchies: dict[int, PETSc.KSP] = {}
        self._current: PETSc.KSP | None = None
        self._comm = stiffness.comm.tompi4py()
        self.factorisations = 0
        self.iterations = 0

    def set_slope(self, slope: Array) -> None:
        """Set the interface slope ``(di/dphi)/k`` in 1/m at the quadrature points.

        Shape ``(facets, points)``. Collective.
        """
        self._assemble(self._tangent, slope)
        self._current = self._nearest_hierarchy(log_mean(self._trace, slope, self._comm))
        self._current.setOperators(self._tangent, self._current.getOperators()[1])

    def solve(self, right_hand_side: Array, rtol: float) -> Array:
        """Solve with the slopes set last to a relative residual ``rtol``.

        Args:
            right_hand_side: At the owned unknowns.
            rtol: Relative to the norm of the right-hand side.

        Raises:
            ConvergenceError: The set-up or conjugate gradients failed.

        Collective.
        """
        assert self._current is not None
        self._right.array[:] = right_hand_side
        self._iterate(self._current, rtol)
        if self._current.getConvergedReason() == PETSc.KSP.ConvergedReason.DIVERGED_MAX_IT:
            # slopes spread too far for a hierarchy of uniform slope, as in deep pores
            self._current = preconditioned_cg(self._tangent, multigrid=True)
            self.factorisations += 1
            self._iterate(self._current, rtol)
        if self._current.getConvergedReason() < 0:
            raise ConvergenceError(
                "the linear system was not solved (PETSc reason "
                f"{self._current.getConvergedReason()}); check the units of conductivity and "
                "exchange current density"
            )
        return self._left.array.copy()

    def _iterate(self, ksp: PETSc.KSP, rtol: float) -> None:
        ksp.setTolerances(rtol=rtol, atol=0.0, max_it=MAX_CG_ITERATIONS)
        ksp.solve(self._right, self._left)
        self.iterations += ksp.getIterationNumber()

    def _nearest_hierarchy(self, slope: float) -> PETSc.KSP:
        bucket = round(math.log10(slope) * _SLOPES_PER_DECADE)
        if self._hierarchies:
            # 34 iterations instead of 33 on 1.2 million tetrahedra, and one set-up less
            near = min(self._hierarchies, key=lambda entry: abs(entry - bucket))
            if abs(near - bucket) <= _SLOPES_PER_DECADE:
                return self._hierarchies[near]
        if len(self._hierarchies) >= MAX_HIERARCHIES:
            farthest = max(self._hierarchies, key=lambda entry: abs(entry - bucket))
            self._hierarchies.pop(farthest).destroy()
        matrix = self._stiffness.duplicate(copy=True)
        matrix.setOption(PETSc.Mat.Option.SPD, True)
        self._assemble(matrix, np.full_like(self._trace.weights, slope))
        self._hierarchies[bucket] = preconditioned_cg(matrix, multigrid=True)
        self.factorisations += 1
        return self._hierarchies[bucket]

    def _assemble(self, matrix: PETSc.Mat, slope: Array) -> None:
        self._stiffness.copy(matrix, PETSc.Mat.Structure.SAME_NONZERO_PATTERN)
        add_interface_mass(matrix, self._trace, slope)


def log_mean(trace: InterfaceTrace, slope: Array, comm: MPI.Comm) -> float:
    """Geometric mean over the interface: slopes vary by orders of magnitude on a rough one.

    Collective.
    """
    local = np.array([np.sum(trace.weights * np.log(slope)), np.sum(trace.weights)])
    total = comm.allreduce(local)
    return math.exp(total[0] / total[1])


def add_interface_mass(matrix: PETSc.Mat, trace: InterfaceTrace, slope: Array) -> None:
    """Add ``M(slope)``, slope in 1/m at the quadrature points; collective."""
    dofs = trace.dofs
    if len(dofs):
        blocks = trace.tangent(slope)
        add = PETSc.InsertMode.ADD_VALUES
        matrix.setValuesLocalRCV(dofs, dofs, blocks.reshape(len(dofs), -1), addv=add)
    matrix.assemble()


def preconditioned_cg(matrix: PETSc.Mat, *, multigrid: bool) -> PETSc.KSP:
    """Conjugate gradients preconditioned by Cholesky's factor of ``matrix`` or by multigrid.

    The preconditioner is set up once and stays when the operator changes.

    Collective.
    """
    ksp = PETSc.KSP().create(matrix.comm)
    # the same prefix on every rank, and none that another object may have taken
    prefix = "interfacefem_current_"
    ksp.setOptionsPrefix(prefix)
    ksp.setType(PETSc.KSP.Type.CG)
    ksp.setNormType(PETSc.KSP.NormType.NATURAL)
    ksp.setOperators(matrix)
    pc = ksp.getPC()
    if multigrid:
        pc.setType(PETSc.PC.Type.HYPRE)
        pc.setHYPREType("boomeramg")
        # hypre's options have no functions
        options = PETSc.Options(f"{prefix}pc_hypre_boomeramg_")
        for name, value in _MULTIGRID.items():
            options[name] = value
        pc.setFromOptions()
        for name in _MULTIGRID:
            options.delValue(name)
    else:
        pc.setType(PETSc.PC.Type.CHOLESKY)
        pc.setFactorSolverType(_factor_solver(matrix.comm.size))
    ksp.setUp()
    pc.setReusePreconditioner(True)
    return ksp


@functools.cache
def _factor_solver(ranks: int) -> str:
    """CHOLMOD on one rank, MUMPS on several or where PETSc was built without CHOLMOD.

    At 21,000 unknowns CHOLMOD (AMD ordering, supernodal) took 32 ms for a factor and 0.9 ms for a
    solve, MUMPS with AMD 43 ms and 5.2 ms, MUMPS's automatic ordering 220 ms.
    """
    if ranks > 1:
        return "mumps"
    matrix = PETSc.Mat().createAIJ([1, 1], nnz=1, comm=PETSc.COMM_SELF)
    matrix.setValue(0, 0, 1.0)
    matrix.assemble()
    matrix.setOption(PETSc.Mat.Option.SPD, True)
    pc = PETSc.PC().create(PETSc.COMM_SELF)
    pc.setOperators(matrix)
    pc.setType(PETSc.PC.Type.CHOLESKY)
    pc.setFactorSolverType("cholmod")
    try:
        pc.setFactorSetUpSolverType()
    except PETSc.Error:
        return "mumps"
    return "cholmod"
