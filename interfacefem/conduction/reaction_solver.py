# SPDX-License-Identifier: BSD-3-Clause
"""Current through a volume whose electrode reacts: charge transfer where it meets the plane.

The electrode's metal is at potential 0, the counter electrode is a plate at the other end; the
current density at each face of the plane is ``i(u)`` of the potential half a voxel away, the drop
over that half, a film and the charge transfer in series. Newton's method, each step by conjugate
gradients with the multigrid cycle of the plates as preconditioner, from the primary current; where
the total current is given, the counter electrode's potential is eliminated.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from interfacefem.conduction.conjugate_gradients import SMALLEST_SINGLE, ConductionSettings
from interfacefem.conduction.descent import Descent, OuterFlow, outer_plane
from interfacefem.conduction.electrode_reaction import ReactingCurrent, Reaction
from interfacefem.conduction.gradient_kernels import product, residual
from interfacefem.conduction.half_precision import numbers
from interfacefem.conduction.matrix import ConductionMatrix, ReactingPlane
from interfacefem.conduction.multigrid import Multigrid, coarsening_plan, whole_faces
from interfacefem.conduction.solver import Conduction, VolumeSlab
from interfacefem.current.kinetics import InSeriesWithFilm
from interfacefem.errors import ConvergenceError, VolumeError

Doubles = npt.NDArray[np.float64]

_MOST_STEPS = 40
_TIGHTER = 0.2  # than for plates: the potential is no minimum here, and errs in the first order
_CHANGED = 0.3  # of the electrode's conductance, after which the preconditioner is made anew
_FORCING = 1e-2  # of the residual that a step of Newton's method begins with
_SHIFTS = 60  # of the mean potential, until the total current is met
_MET = 1e-12  # of the total current
_NEARLY_MET = 1e-6  # where rounding is in the way
_LOADS = 6  # solved for until the safe one is met
_SAFE_TO = 0.01


def reacting_current(
    conduction: Conduction,
    volume: VolumeSlab,
    reaction: Reaction,
    *,
    end: int = 0,
    settings: ConductionSettings | None = None,
) -> ReactingCurrent | None:
    """Solve for the current through a reacting electrode.

    Args:
        conduction: Between plates along the axis, conductivities in S/m.
        volume: What was solved for.
        reaction: At the electrode.
        end: Of the axis, where the electrode is: 0 low, 1 high.
        settings: When to stop.

    Returns:
        The same on all ranks; None where nothing connects the plates.

    Raises:
        VolumeError: Not one of current density and potential is given, or it is not positive.
        ConvergenceError: Newton's method did not converge.

    Collective.
    """
    given = [value for value in (reaction.current_density, reaction.potential) if value is not None]
    if len(given) != 1 or not 0 < given[0] < math.inf:
        raise VolumeError(
            "needs a current density or a potential", field="reaction",
            found=", ".join(f"{value:g}" for value in given) or "neither",
            expected="one of them, positive",
        )  # fmt: skip
    if conduction.sigma_eff == 0:
        return None
    return _Electrode(conduction, volume, reaction, end, settings or ConductionSettings()).solve()


class _Electrode:
    """One electrode; potentials are a mean ``shift`` in V plus what varies, ``x``. Collective."""

    def __init__(
        self,
        conduction: Conduction,
        volume: VolumeSlab,
        reaction: Reaction,
        end: int,
        settings: ConductionSettings,
    ) -> None:
        self._conduction, self._volume, self._reaction = conduction, volume, reaction
        self._axis, self._end, self._slabs = conduction.axis, end, volume.slabs
        self._settings = settings
        conductivities, edges = conduction.conductivities, volume.voxel_size
        self._area = math.prod(edges) / edges[self._axis]
        self._whole_area = self._area * math.prod(volume.shape) / volume.shape[self._axis]
        # the matrix counts conductances over that of the best conductor and the shortest edge
        self._per_face = self._area / (max(conductivities) * min(edges))
        phases = self._plane_of(conduction.phases)
        self._laws: list[tuple[npt.NDArray[np.bool_], InSeriesWithFilm, float]] = []
        for phase in range(1, len(conductivities)):
            at = phases == phase
            half = edges[self._axis] / (2 * conductivities[phase])
            law = InSeriesWithFilm(reaction.law, half + reaction.film_resistance)
            if at.any():
                self._laws.append((at, law, half))
        self._shift = self._drop = 0.0
        self._x = self._start()
        self._precondition(self._slopes(self._here()) * self._per_face)
        self._r = np.zeros(self._x.shape, self._x.dtype)

    def _precondition(self, conductance: Doubles) -> None:
        """Matrix and cycle at these conductances of the electrode; collective."""
        shape, edges = self._volume.shape, self._volume.voxel_size
        self._matrix = ConductionMatrix(
            self._conduction.phases, self._conduction.conductivities[1:], shape, edges,
            self._axis, self._slabs, ReactingPlane(self._end, conductance),
        )  # fmt: skip
        assert self._matrix.correction is not None
        self._conductance = conductance
        # what the operator holds of the electrode's conductance
        self._held = conductance - self._matrix.correction
        faces = [self._matrix.low_plate, self._matrix.high_plate]
        counter = faces[1 - self._end]
        self._counter = np.zeros((0, 0)) if counter is None else counter
        (self._all_counter,) = self._slabs.sum(float(self._counter.sum()))
        faces[1 - self._end] = None
        plan = coarsening_plan(shape, edges)
        self._multigrid = Multigrid(
            self._matrix.stencil, self._axis, self._slabs, plan, (faces[0], faces[1])
        )

    def solve(self) -> ReactingCurrent:
        """Newton's method until the residual is that which is asked for."""
        (squares,) = self._slabs.sum(float(np.sum(self._counter**2)))
        scale = math.sqrt(squares) * self._drop
        target = _TIGHTER * self._settings.residual * scale
        iterations, norm = 0, math.inf
        for steps in range(_MOST_STEPS):
            self._meet_total(self._here())
            norm = self._residual()
            if norm <= target:
                return self._result(iterations, steps)
            conductance = self._slopes(self._here()) * self._per_face
            change, old = self._slabs.sum(
                float(np.sum(np.abs(conductance - self._conductance))),
                float(np.sum(self._conductance)),
            )
            if change > _CHANGED * old:
                self._precondition(conductance)
                norm = self._residual()
            iterations += self._newton_step(norm, max(0.5 * target, _FORCING * norm))
        raise ConvergenceError(
            f"current through the reacting electrode along axis {self._axis}: residual "
            f"{norm / scale:.2g} after {_MOST_STEPS} steps of Newton's method, "
            f"{self._settings.residual:g} asked for; try a smaller load or a larger residual"
        )

    def _start(self) -> npt.NDArray[Any]:
        """The primary current's potential, at the current that reaction and bulk carry together."""
        conduction = self._conduction
        primary = conduction.potential
        length = self._volume.shape[self._axis] * self._volume.voxel_size[self._axis]
        carries = conduction.sigma_eff * self._whole_area / length  # A/V
        here = np.nan_to_num(self._plane_of(primary).astype(np.float64))
        if self._end == 0:
            here = np.where(self._plane_of(conduction.phases) > 0, 1 - here, 0.0)
        potential = self._reaction.potential
        if potential is None:
            assert self._reaction.current_density is not None
            self._drop = self._reaction.current_density * self._whole_area / carries
        else:

            def lacks(drop: float) -> float:
                """Current of the reaction beyond that of the bulk at this drop over it, in A."""
                own = float(self._currents(potential - drop + drop * here).sum())
                return self._slabs.sum(own * self._area)[0] - drop * carries

            # at a drop of all there is, half a voxel's drop alone drives the reaction
            high = lacks(potential)
            self._drop = float(brentq(lacks, 0.0, potential)) if high < 0 else potential
            self._shift = potential - self._drop
        single = self._settings.residual >= SMALLEST_SINGLE
        kind = np.float32 if single else np.float64
        x = np.zeros([count + 2 for count in primary.shape], kind)
        inner = x[1:-1, 1:-1, 1:-1]
        conducts = conduction.phases > 0
        np.multiply(primary, kind(self._drop), out=inner, where=conducts, casting="same_kind")
        if self._end == 0:
            np.subtract(kind(self._drop), inner, out=inner, where=conducts)
        return x

    def _plane_of(self, values: npt.NDArray[Any], end: int | None = None) -> npt.NDArray[Any]:
        """This slab's part of the electrode's plane, a view; empty where it has none."""
        end = self._end if end is None else end
        return outer_plane(values, self._axis, end, self._slabs)

    def _here(self) -> Doubles:
        """What varies, half a voxel before the electrode."""
        return self._plane_of(self._x[1:-1, 1:-1, 1:-1]).astype(np.float64)

    def _currents(self, potential: Doubles) -> Doubles:
        """Current density through each face in A/m^2; 0 where nothing conducts."""
        result = np.zeros(potential.shape)
        for at, law, _ in self._laws:
            result[at] = law.current_density(potential[at])
        return result

    def _slopes(self, here: Doubles) -> Doubles:
        result = np.zeros(here.shape)
        for at, law, _ in self._laws:
            result[at] = law.slope(self._shift + here[at])
        return result

    def _meet_total(self, here: Doubles) -> None:
        """Shift the mean potential until the electrode takes the current that is given."""
        if self._reaction.current_density is None:
            return
        wanted = self._reaction.current_density * self._whole_area / self._area
        lacks = wanted
        for _ in range(_SHIFTS):
            current, slope = self._slabs.sum(
                float(self._currents(self._shift + here).sum()), float(self._slopes(here).sum())
            )
            lacks = wanted - current
            if abs(lacks) <= _MET * wanted:
                return
            self._shift += lacks / slope
        if abs(lacks) > _NEARLY_MET * wanted:
            raise ConvergenceError(
                f"the reaction does not carry {self._reaction.current_density:g} A/m^2; "
                "check exchange current density and film resistance"
            )

    def _counter_potential(self) -> float:
        """Of the counter electrode over the metal, in V; collective."""
        if self._reaction.potential is not None:
            return self._reaction.potential
        assert self._reaction.current_density is not None
        there = self._plane_of(self._x[1:-1, 1:-1, 1:-1], 1 - self._end)
        (weighted,) = self._slabs.sum(float(np.sum(self._counter * there)))
        faces = self._whole_area / self._area
        entering = self._reaction.current_density * faces * self._per_face
        return self._shift + (entering + weighted) / self._all_counter

    def _residual(self) -> float:
        """What each voxel takes in beyond what it gives away; returns its norm; collective."""
        self._slabs.exchange(self._x)
        over_shift = self._counter_potential() - self._shift
        residual(self._matrix.operator, self._x, self._axis, np.zeros((0, 0)), self._r)
        inner = self._r[1:-1, 1:-1, 1:-1]
        there = self._plane_of(inner, 1 - self._end)
        there += (self._counter * over_shift).astype(there.dtype)
        here = self._here()
        leaves = self._currents(self._shift + here) * self._per_face
        own = self._plane_of(inner)
        own += (self._held * here - leaves).astype(own.dtype)
        return math.sqrt(self._slabs.sum(product(self._r, self._r))[0])

    def _newton_step(self, norm: float, target: float) -> int:
        """Conjugate gradients on the linearised electrode; returns the iterations; collective."""
        slabs, axis, end = self._slabs, self._axis, self._end
        correction = self._slopes(self._here()) * self._per_face - self._held
        floating = self._reaction.potential is None

        def beyond_operator(p: npt.NDArray[Any]) -> list[OuterFlow]:
            here = numbers(self._plane_of(p)).astype(np.float64)
            flows: list[OuterFlow] = [(axis, end, correction * here)]
            if floating:
                # the counter electrode follows, so that the same current enters
                there = numbers(self._plane_of(p, 1 - end))
                (raises,) = slabs.sum(float(np.sum(self._counter * there)))
                flows.append((axis, 1 - end, -self._counter * (raises / self._all_counter)))
            return flows

        descent = Descent(
            self._matrix.operator, self._multigrid, slabs, self._x, self._r, beyond_operator
        )
        rr, iterations = norm**2, 0
        while math.sqrt(rr) > target:
            if iterations == self._settings.max_iterations:
                raise ConvergenceError(
                    f"current through the reacting electrode along axis {self._axis}: no "
                    f"convergence in {iterations} iterations; try a larger residual"
                )
            rr = descent.step(rr)
            iterations += 1
        return iterations

    def _result(self, iterations: int, steps: int) -> ReactingCurrent:
        """The plane of all slabs, and where the potential drops; collective."""
        potential = self._counter_potential()
        here = self._here()
        over = self._shift + here
        own = self._currents(over)
        at_charge_transfer = at_film = 0.0
        for at, _, half in self._laws:
            current, film = own[at], self._reaction.film_resistance
            at_film += float(np.sum(film * current**2))
            at_charge_transfer += float(np.sum(current * (over[at] - (half + film) * current)))
        total, at_charge_transfer, at_film = self._slabs.sum(
            float(own.sum()), at_charge_transfer, at_film
        )
        faces = self._whole_area / self._area
        mean = total / faces
        length = self._volume.shape[self._axis] * self._volume.voxel_size[self._axis]
        bulk = length / self._conduction.sigma_eff
        charge_transfer, film = at_charge_transfer / faces / mean**2, at_film / faces / mean**2
        touches = not (
            self._axis == 0 and (self._slabs.open_above if self._end else self._slabs.open_below)
        )
        whole = whole_faces(own if touches else None, self._axis, self._end, self._slabs)
        assert whole is not None
        return ReactingCurrent(
            0.0, (whole / mean).astype(np.float64), whole != 0, mean, potential, bulk,
            potential / mean - bulk - charge_transfer - film, charge_transfer, film,
            iterations, steps,
        )  # fmt: skip


def safe_current(
    conduction: Conduction,
    volume: VolumeSlab,
    reaction: Reaction,
    critical: float,
    *,
    share: float = 0.99,
    end: int = 0,
    settings: ConductionSettings | None = None,
) -> float | None:
    """Mean current density at which a share of the contact stays below a critical one.

    With kinetics the distribution depends on the load: it is solved at the safe current itself,
    to 1 %.

    Args:
        conduction: Between plates, conductivities in S/m.
        volume: What was solved for.
        reaction: At the electrode; its load does not matter.
        critical: In A/m^2.
        share: Of the contact's area.
        end: Of the axis, where the electrode is.
        settings: When to stop.

    Returns:
        In A/m^2; None where nothing conducts.

    Collective.
    """
    applied = critical
    for _ in range(_LOADS):
        load = dataclasses.replace(reaction, current_density=applied, potential=None)
        plane = reacting_current(conduction, volume, load, end=end, settings=settings)
        if plane is None:
            return None
        safe = plane.safe_current_density(critical, share)
        if abs(safe / applied - 1) < _SAFE_TO:
            return safe
        applied = safe
    return applied
