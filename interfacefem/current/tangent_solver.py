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
# a hierarchy serves a decade of slopes, and each holds memory
MAX_HIERARCHIES = 2
MAX_CG_ITERATIONS = 60  # two factorisations' worth

# hypre's coarsening tuned for 3D: on 1.2 million tetrahedra a prototype took a third of the time
# that it took with the defaults
_MULTIGRID = {
    "strong_threshold": 0.5,
    "coarsen_type": "HMIS",
    "interp_type": "ext+i",
    "agg_nl": 1,
    "P_max": 4,
}


class TangentSolver:
    """Solves ``(K + M(s)) x = b``: bulk stiffness K and interface mass with slopes s.

    K is the same for all problems on a mesh; only the interface changes. The preconditioner of
    conjugate gradients for a uniform slope serves every slope near it: a Cholesky factor in 2D, a
    multigrid hierarchy in 3D. Those of several slopes are kept for later problems, such as those of
    a parameter sweep.

    Args:
        stiffness: Assembled matrix of ``grad u . grad v``.
        trace: The interface.
        multigrid: Whether multigrid takes the place of factors, as 3D needs.

    Attributes:
        factorisations: Number of preconditioners set up so far.
        iterations: Number of iterations of conjugate gradients so far.

    Collective.
    """

    def __init__(self, stiffness: PETSc.Mat, trace: InterfaceTrace, *, multigrid: bool) -> None:
        self._stiffness = stiffness
        self._trace = trace
        self._multigrid = multigrid
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
            self._current = preconditioned_cg(self._tangent, multigrid=self._multigrid)
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
        if self._multigrid and self._factors:
            # 34 iterations instead of 33 on 1.2 million tetrahedra, and one set-up less
            near = min(self._factors, key=lambda entry: abs(entry - bucket))
            if abs(near - bucket) <= _SLOPES_PER_DECADE:
                return self._factors[near]
        if bucket not in self._factors:
            if len(self._factors) >= (MAX_HIERARCHIES if self._multigrid else MAX_FACTORS):
                farthest = max(self._factors, key=lambda entry: abs(entry - bucket))
                self._factors.pop(farthest).destroy()
            self._factors[bucket] = self._factorise(slope)
        return self._factors[bucket]

    def _factorise(self, slope: float) -> PETSc.KSP:
        matrix = self._stiffness.duplicate(copy=True)
        matrix.setOption(PETSc.Mat.Option.SPD, True)
        self._assemble(matrix, np.full_like(self._trace.weights, slope))
        self.factorisations += 1
        return preconditioned_cg(matrix, multigrid=self._multigrid)

    def _assemble(self, matrix: PETSc.Mat, slope: Array) -> None:
        self._stiffness.copy(matrix, PETSc.Mat.Structure.SAME_NONZERO_PATTERN)
        dofs = self._trace.dofs
        if len(dofs):
            blocks = self._trace.tangent(slope)
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
