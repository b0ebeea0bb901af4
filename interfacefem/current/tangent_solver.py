# SPDX-License-Identifier: BSD-3-Clause
"""Linear systems of Newton's method, with few factorisations for many of them."""

from __future__ import annotations

import functools
import math

import numpy as np
import numpy.typing as npt
from petsc4py import PETSc

from interfacefem.current.interface_trace import InterfaceTrace
from interfacefem.errors import ConvergenceError

Array = npt.NDArray[np.floating]

# A factor of the tangent for one slope di/dphi serves others as a preconditioner: CG needs about
# sqrt(ratio of slopes) iterations, each a thirtieth of a factorisation.
_SLOPES_PER_DECADE = 2
MAX_FACTORS = 12
MAX_CG_ITERATIONS = 60  # two factorisations' worth


class TangentSolver:
    """Solves ``(K + M(s)) x = b``: bulk stiffness K and interface mass with slopes s.

    K is the same for all problems on a mesh; only the interface changes. The matrix for a uniform
    slope is factorised (Cholesky) and serves as preconditioner of conjugate gradients for every
    slope near it; factors are kept for later problems, such as those of a parameter sweep.

    Args:
        stiffness: Assembled matrix of ``grad u . grad v``.
        trace: The interface.

    Collective.
    """

    def __init__(self, stiffness: PETSc.Mat, trace: InterfaceTrace) -> None:
        self._stiffness = stiffness
        self._trace = trace
        self._tangent = stiffness.duplicate(copy=True)
        self._tangent.setOption(PETSc.Mat.Option.SPD, True)
        self._factors: dict[int, PETSc.KSP] = {}
        self._current: PETSc.KSP | None = None
        self._comm = stiffness.comm.tompi4py()
        self.factorisations = 0
        self.iterations = 0

    def set_slope(self, slope: Array) -> None:
        """Set the interface slope ``(di/dphi)/k`` in 1/m at the quadrature points.

        Shape ``(facets, points)``. Collective.
        """
        self._assemble(self._tangent, slope)
        # geometric mean: slopes vary by orders of magnitude along a rough interface
        weights = self._trace.weights
        local = np.array([np.sum(weights * np.log(slope)), np.sum(weights)])
        total = self._comm.allreduce(local)
        mean = math.exp(total[0] / total[1])
        self._current = self._nearest_factor(mean)
        self._current.setOperators(self._tangent, self._current.getOperators()[1])

    def solve(self, right_hand_side: PETSc.Vec, solution: PETSc.Vec, rtol: float) -> None:
        """Solve with the slopes set last to a relative residual ``rtol``.

        Raises:
            ConvergenceError: The factorisation or conjugate gradients failed.

        Collective.
        """
        assert self._current is not None
        self._iterate(self._current, right_hand_side, solution, rtol)
        if self._current.getConvergedReason() == PETSc.KSP.ConvergedReason.DIVERGED_MAX_IT:
            # slopes spread too far for a factor of uniform slope, as in deep pores
            self._current = cholesky_preconditioned_cg(self._tangent)
            self.factorisations += 1
            self._iterate(self._current, right_hand_side, solution, rtol)
        if self._current.getConvergedReason() < 0:
            raise ConvergenceError(
                "the linear system was not solved (PETSc reason "
                f"{self._current.getConvergedReason()}); check the units of conductivity and "
                "exchange current density"
            )

    def _iterate(
        self, ksp: PETSc.KSP, right_hand_side: PETSc.Vec, solution: PETSc.Vec, rtol: float
    ) -> None:
        ksp.setTolerances(rtol=rtol, atol=0.0, max_it=MAX_CG_ITERATIONS)
        ksp.solve(right_hand_side, solution)
        self.iterations += ksp.getIterationNumber()

    def _nearest_factor(self, slope: float) -> PETSc.KSP:
        bucket = round(math.log10(slope) * _SLOPES_PER_DECADE)
        if bucket not in self._factors:
            if len(self._factors) >= MAX_FACTORS:
                farthest = max(self._factors, key=lambda entry: abs(entry - bucket))
                self._factors.pop(farthest).destroy()
            self._factors[bucket] = self._factorise(slope)
        return self._factors[bucket]

    def _factorise(self, slope: float) -> PETSc.KSP:
        matrix = self._stiffness.duplicate(copy=True)
        matrix.setOption(PETSc.Mat.Option.SPD, True)
        self._assemble(matrix, np.full_like(self._trace.weights, slope))
        self.factorisations += 1
        return cholesky_preconditioned_cg(matrix)

    def _assemble(self, matrix: PETSc.Mat, slope: Array) -> None:
        self._stiffness.copy(matrix, PETSc.Mat.Structure.SAME_NONZERO_PATTERN)
        blocks = self._trace.tangent(slope)
        for dofs, block in zip(self._trace.dofs, blocks, strict=True):
            matrix.setValuesLocal(dofs, dofs, block, addv=PETSc.InsertMode.ADD_VALUES)
        matrix.assemble()


def cholesky_preconditioned_cg(matrix: PETSc.Mat) -> PETSc.KSP:
    """Conjugate gradients whose preconditioner is the Cholesky factor of ``matrix``; collective."""
    ksp = PETSc.KSP().create(matrix.comm)
    # the same prefix on every rank, and none that another object may have taken
    ksp.setOptionsPrefix("interfacefem_current_")
    ksp.setType(PETSc.KSP.Type.CG)
    ksp.setNormType(PETSc.KSP.NormType.NATURAL)
    ksp.setOperators(matrix)
    pc = ksp.getPC()
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
