# SPDX-License-Identifier: BSD-3-Clause
"""NGSolve: Netgen's mesh, order 2, Newton with its sparse Cholesky factorisation."""

from __future__ import annotations

import ngsolve as ngs
import numpy as np
from netgen.geom2d import SplineGeometry

from interfacefem.current.constants import FARADAY, GAS_CONSTANT
from interfacefem.surfaces import Profile
from interfacefem.units import UM
from peers.cases import ALPHA, CONDUCTIVITY, HEIGHT, TEMPERATURE, Answer, Laps, extremes

NAME = "NGSolve"
STEP_TOLERANCE = 1e-8
_COARSEST = 8.0  # um
_GRADING = 0.4
_NODES = [(0.0, 0.0), (0.5, 0.0), (1.0, 0.0)]


class Program:
    """One geometry; lengths in um, so that k and i are scaled alike.

    Args:
        profile: The interface.
        density: Edges on each segment of the profile.
        laps: Where CPU time goes.
    """

    def __init__(self, profile: Profile, density: float, laps: Laps) -> None:
        with laps("mesh"):
            netgen_mesh = _mesh(profile, density)
        with laps("convert"):
            mesh = ngs.Mesh(netgen_mesh)
        with laps("set-up"):
            self.space = ngs.H1(mesh, order=2)
            u, v = self.space.TnT()
            self.phi = ngs.GridFunction(self.space)
            self.exchange, self.applied = ngs.Parameter(1.0), ngs.Parameter(1.0)
            factor = ALPHA * FARADAY / (GAS_CONSTANT * TEMPERATURE)
            form = ngs.BilinearForm(self.space, symmetric=True)
            form += CONDUCTIVITY / UM * ngs.grad(u) * ngs.grad(v) * ngs.dx
            law = self.exchange * (ngs.exp(factor * u) - ngs.exp(-factor * u))
            form += (law * v) * ngs.ds("interface", bonus_intorder=4)
            form += (-self.applied * v) * ngs.ds("top")
            self.form = form
            rule = ngs.IntegrationRule(points=_NODES, weights=[1 / 6, 2 / 3, 1 / 6])
            self.nodes = mesh.MapToAllElements({ngs.ET.SEGM: rule}, mesh.Boundaries("interface"))
            self.cells = mesh.ne

    def solve(self, exchange: float, applied: float) -> Answer:
        """Newton's method from zero."""
        self.exchange.Set(exchange)
        self.applied.Set(applied)
        vector = self.phi.vec
        vector[:] = 0.0
        residual, step = vector.CreateVector(), vector.CreateVector()
        inverse = None
        for steps in range(1, 30):
            self.form.Apply(vector, residual)
            self.form.AssembleLinearization(vector)
            if inverse is None:
                inverse = self.form.mat.Inverse(self.space.FreeDofs(), inverse="sparsecholesky")
            else:
                inverse.Update()  # the ordering is kept
            step.data = inverse * residual
            vector.data -= step
            change = np.abs(step.FV().NumPy()).max()
            if change <= STEP_TOLERANCE * np.abs(vector.FV().NumPy()).max():
                potential = np.asarray(self.phi(self.nodes)).ravel()
                return extremes(potential, exchange, self.cells, self.space.ndof, steps)
        raise RuntimeError("Newton's method did not converge")


def _mesh(profile: Profile, density: float) -> object:
    x, z = profile.x / UM, profile.z / UM
    top = (profile.mean_height + HEIGHT) / UM
    geometry = SplineGeometry()
    outline = [*zip(x.tolist(), z.tolist(), strict=True), (x[-1], top), (x[0], top)]
    points = [geometry.AddPoint(*point) for point in outline]
    names = ["interface"] * (len(x) - 1) + ["side", "top", "side"]
    sizes = [*(profile.segment_lengths / UM / density).tolist(), *[_COARSEST] * 3]
    ends = points[1:] + points[:1]
    for a, b, name, size in zip(points, ends, names, sizes, strict=True):
        geometry.Append(["line", a, b], bc=name, maxh=size * 1.0001, leftdomain=1, rightdomain=0)
    return geometry.GenerateMesh(maxh=_COARSEST, grading=_GRADING / density)
