# SPDX-License-Identifier: BSD-3-Clause
"""How far a resistance may be off because contact is known sample by sample.

Given masks: what the resistance changes if the edges move as far as they may, from the current at
the edges alone. Masks from the contact solver: the spread over the four half grids, and where
Barber's identity holds the distance to a secant of it wide enough to move the mask.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from interfacefem.interface.pressed import (
    AREA_EXCESS_OF_A_FACE,
    LENGTH_EXCESS_OF_AN_END,
    PressedSurface,
    contact_faces,
)
from interfacefem.interface.spot_current import SpotCurrent

Mask = npt.NDArray[np.bool_]

# potential per current at an edge that moves by one cell, over h/k: from strips, whose resistance
# is known, with the symbol of ``SurfaceGrid.constriction_symbol``
_EDGE_CONSTRICTION = 0.863
_EDGE_BIAS = 0.19  # cells: the effective edge lies inside the outer faces
_STRAIGHT_EDGE = 0.5  # cells: where in a cell an edge lies is not known
BARBER_STEP = 0.05  # of the pressure, to each side


@dataclass(frozen=True)
class EdgeSensitivity:
    """What a chord resistance falls, in ohm m^2, where all edges move out by one cell.

    ``h sum l i_b^2 (0.863 h/k + dg/di)/(A i_app^2)`` over faces of length l with the current i_b
    beside them: the shape derivative of the energy that the current minimises.

    Attributes:
        constriction: By the room the current gains, the first term.
        kinetics: By the area that charge transfer and film gain, the second.
    """

    constriction: float
    kinetics: float

    @property
    def total(self) -> float:
        """Of both."""
        return self.constriction + self.kinetics


def edge_sensitivity(solution: SpotCurrent) -> EdgeSensitivity:
    """How a solution depends on where the edges of its contacts lie."""
    problem = solution.problem
    current = solution.current.ravel()
    resistance = solution.current.copy()
    resistance[problem.contact] = solution.local_resistance
    local = resistance.ravel()
    constriction = kinetics = 0.0
    for places, lengths, step in contact_faces(problem.grid, problem.contact):
        squares = lengths * current[places] ** 2
        constriction += step * float(squares.sum()) * _EDGE_CONSTRICTION * step
        kinetics += step * float(squares @ local[places])
    share = 1 / (problem.grid.area * problem.applied_current_density**2)
    return EdgeSensitivity(constriction / problem.conductivity * share, kinetics * share)


def given_mask_error(solution: SpotCurrent) -> float:
    """Error in ohm m^2 of the chord resistance of a mask that was given.

    All edges lie 0.19 cells inside, and each straight piece of edge anywhere within half a cell;
    over many pieces, on the staircase of a curved edge, that averages out.
    """
    pieces = _straight_pieces(solution.problem.contact, periodic=solution.problem.grid.periodic)
    cells = _EDGE_BIAS + _STRAIGHT_EDGE * min(1.0, math.sqrt(2 / max(pieces, 1)))
    return cells * edge_sensitivity(solution).total


def _straight_pieces(contact: Mask, *, periodic: bool) -> int:
    """How many straight pieces the edges of a mask are made of; the ends of a line's contacts."""
    mode: Literal["wrap", "edge"] = "wrap" if periodic else "edge"
    pieces = 0
    for axis in range(contact.ndim):
        padded = np.pad(contact, [(0, int(other == axis)) for other in range(contact.ndim)], mode)
        change = np.diff(padded.astype(np.int8), axis=axis)
        for sign in (-1, 1):
            edge = change == sign
            if contact.ndim == 1:
                pieces += int(edge.sum())
                continue
            before = np.roll(edge, 1, 1 - axis)
            if not periodic:
                np.moveaxis(before, 1 - axis, 0)[0] = False
            pieces += int((edge & ~before).sum())
    return pieces


def barber_resistance(
    below: PressedSurface, above: PressedSurface, modulus: float, conductivity: float
) -> float:
    """Constriction in ohm m^2 by the stiffness of the contact, ``(E*/2k) d(delta)/dp``.

    J. R. Barber, Proc. R. Soc. A 459 (2003) 53. The mean opening falls as the block approaches.

    Args:
        below: At a lower pressure.
        above: At a higher one.
        modulus: Composite modulus E* in Pa.
        conductivity: k in S/m.
    """
    closing = below.mean_opening - above.mean_opening
    return modulus / (2 * conductivity) * closing / (above.mean_pressure - below.mean_pressure)


def solved_mask_error(
    whole: float,
    halves: Sequence[float],
    sensitivity: EdgeSensitivity,
    dimensions: int,
    barber: float | None,
    primary: SpotCurrent | None,
) -> tuple[float, float]:
    """Errors in ohm m^2 of a chord resistance whose mask came from the contact solver.

    Elastic: the rms change on the half grids, and what Barber's secant says the edges are off.
    Where samples yield or Barber's identity does not hold: the largest change. The area of contact
    is counted too large by a known part of a cell at each edge, which charge transfer and film
    feel; the constriction does not (its symbol errs as much the other way).

    Args:
        whole: The chord on the whole grid.
        halves: The same on the half grids.
        sensitivity: Of the chord to its edges.
        dimensions: 2 for a line, 3 for a map.
        barber: Constriction by Barber's identity over +-5 % of the pressure, or None.
        primary: The primary current of the mask, where there is a ``barber``.

    Returns:
        That of the mask, and that of the area as kinetics and film see it.
    """
    changes = np.abs(np.asarray(halves) - whole)
    excess = LENGTH_EXCESS_OF_AN_END if dimensions == 2 else AREA_EXCESS_OF_A_FACE
    kinetics = excess * sensitivity.kinetics
    if barber is None or primary is None:
        return float(changes.max()), kinetics
    own = edge_sensitivity(primary).constriction
    scale = sensitivity.constriction / own if own > 0 else 0.0
    spread = float(np.sqrt(np.mean(changes**2)))
    return spread + abs(barber - primary.resistance) * scale, kinetics
