# SPDX-License-Identifier: BSD-3-Clause
"""Potential and current of one problem on one mesh."""

from __future__ import annotations

from dataclasses import dataclass

from dolfinx import fem

from interfacefem.current.interface_samples import InterfaceSamples
from interfacefem.current.problem import CurrentProblem
from interfacefem.meshing.interface_mesh import ElectrolyteMesh
from interfacefem.short_repr import short_repr


@dataclass(frozen=True, eq=False)
class CurrentDistribution:
    """What a figure or a table needs of a solution; unlike it, this can be sent between ranks.

    Attributes:
        problem: What was solved.
        samples: Current along the interface.
    """

    __repr__ = short_repr

    problem: CurrentProblem
    samples: InterfaceSamples


@dataclass(frozen=True, eq=False)
class InterfaceSolution:
    """What metrics need of the solution of one problem on one mesh.

    Attributes:
        interface_mesh: The domain.
        problem: What was solved.
        samples: Current along the interface, the same on every rank.
        top_potential: Mean potential of the top face in V.
        charge_balance_error: Difference between the current through the interface and the applied
            one, over the applied one.
    """

    __repr__ = short_repr

    interface_mesh: ElectrolyteMesh
    problem: CurrentProblem
    samples: InterfaceSamples
    top_potential: float
    charge_balance_error: float


@dataclass(frozen=True, eq=False)
class CurrentSolution(InterfaceSolution):
    """Potential and current of one problem on one mesh.

    Attributes:
        potential: Electrolyte potential in V (a DOLFINx function).
        newton_steps: Number of linear solves.
        cpu_s: Process CPU time of the solve in s, summed over ranks.
    """

    __repr__ = short_repr

    potential: fem.Function
    newton_steps: int
    cpu_s: float

    @property
    def distribution(self) -> CurrentDistribution:
        """Problem and samples."""
        return CurrentDistribution(self.problem, self.samples)
