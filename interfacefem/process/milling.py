# SPDX-License-Identifier: BSD-3-Clause
"""Specific energy of milling: what the beads give to a gram of powder (Frankenberg 2025)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from interfacefem.errors import InputError

Array = npt.NDArray[np.floating]

BINS_PER_DECADE = 10  # of the distribution of stress energies (assumed)

# exponents of SE ~ n^p d^q and SF ~ n^u d^v by filling with beads: Frankenberg 2025, eqs 2-7
EXPONENTS = {
    0.1: (2.31, 3.11, 0.71, -3.6),
    0.3: (2.39, 3.86, 0.62, -4.21),
    0.5: (2.62, 3.81, 0.29, -4.02),
}
SPEEDS = (200.0, 1000.0)  # rpm simulated there
BEADS = (1.75e-3, 5e-3)  # m simulated there


@dataclass(frozen=True)
class Anchor:
    """A milling of known energy that others in the same mill are scaled from.

    Attributes:
        rpm: Speed of the main disc in 1/min.
        time: In s.
        energy: Specific energy in J/kg.
        bead_diameter: In m.
        filling: Share of the bowl's volume that the bed of beads takes.
    """

    rpm: float
    time: float
    energy: float
    bead_diameter: float
    filling: float


# Frankenberg 2025: 1000 rpm for 20 min, 4700 J/g; Pulverisette 7, beads of 5 mm ZrO2, dry
FRANKENBERG = Anchor(1000.0, 1200.0, 4.7e6, 5e-3, 0.5)


@dataclass(frozen=True, eq=False)
class StressDistribution:
    """How often the beads hit how hard.

    Attributes:
        energy: Stress energy of each class or event in J, shape (n,).
        frequency: Collisions per second in each, of all beads, shape (n,).
    """

    energy: Array
    frequency: Array

    @property
    def power(self) -> float:
        """Of all collisions in W."""
        return float((self.energy * self.frequency).sum())

    @property
    def total_frequency(self) -> float:
        """Collisions per second."""
        return float(self.frequency.sum())

    @property
    def mean_energy(self) -> float:
        """Weighted with collisions, so that it is the power over their frequency, in J."""
        return self.power / self.total_frequency

    def binned(self) -> tuple[Array, Array]:
        """Ends of classes in J, ten a decade, and collisions per second in each."""
        hit = (self.energy > 0) & (self.frequency > 0)
        decades = np.log10(self.energy[hit])
        # an energy that lies on an end belongs above it, in spite of rounding
        first = math.floor(decades.min() * BINS_PER_DECADE + 1e-9)
        last = math.floor(decades.max() * BINS_PER_DECADE + 1e-9) + 1
        ends = np.arange(first, last + 1) / BINS_PER_DECADE
        place = np.clip(np.floor(decades * BINS_PER_DECADE + 1e-9) - first, 0, last - first - 1)
        counts = np.bincount(place.astype(int), weights=self.frequency[hit], minlength=last - first)
        return 10.0**ends, counts.astype(np.float64)


@dataclass(frozen=True)
class Milling:
    """What milling gave to a powder.

    Attributes:
        energy: Specific energy E_m in J/kg; None where it cannot be known.
        source: How it was got: ``given``, ``stress``, ``dem``, ``scaled``, ``power``, ``unknown``.
        stress_energy: Mean energy of a collision in J, or None.
        stress_frequency: Collisions per second of all beads, or None.
        stress_number: Collisions in the whole time, or None.
    """

    energy: float | None
    source: str
    stress_energy: float | None = None
    stress_frequency: float | None = None
    stress_number: float | None = None


def milling_from_stress(
    stress_energy: float, stress_frequency: float, time: float, mass: float, source: str = "stress"
) -> Milling:
    """``E_m = SE SF t/m`` (Frankenberg 2025, eq. 1).

    Args:
        stress_energy: Mean energy of a collision in J.
        stress_frequency: Collisions per second.
        time: That the mill runs, in s.
        mass: Of the powder in kg.
        source: Name of the way.
    """
    number = stress_frequency * time
    return Milling(stress_energy * number / mass, source, stress_energy, stress_frequency, number)


def scaled_milling(
    rpm: float,
    time: float,
    bead_diameter: float,
    filling: float,
    medium: str,
    anchor: Anchor = FRANKENBERG,
) -> Milling:
    """Energy of a milling in the mill of ``anchor`` at another speed and for another time.

    ``E_m = E_0 (n/n_0)^(p + u) (t/t_0)`` with the exponents at the anchor's filling.

    Args:
        rpm: Speed in 1/min.
        time: That the mill runs, in s.
        bead_diameter: In m.
        filling: Share of the bowl that the bed of beads takes.
        medium: ``"dry"`` or ``"wet"``.
        anchor: The milling of known energy.

    Raises:
        InputError: Outside the range in which the exponents were simulated, or not the anchor's
            beads, filling and dry milling.
    """
    if anchor.filling not in EXPONENTS:
        raise InputError(
            "has no exponents", field="filling", found=f"{anchor.filling:g}",
            expected=" or ".join(f"{known:g}" for known in EXPONENTS),
        )  # fmt: skip
    for field, found, fits, expected in (
        ("medium", medium, medium == "dry", "dry: no energy in a liquid can be scaled"),
        ("rpm", f"{rpm:g}", SPEEDS[0] <= rpm <= SPEEDS[1], "200 to 1000 rpm"),
        (
            "bead_diameter_mm", f"{bead_diameter * 1e3:g}",
            math.isclose(bead_diameter, anchor.bead_diameter, rel_tol=1e-6),
            f"{anchor.bead_diameter * 1e3:g} mm, as in the milling it is scaled from",
        ),
        (
            "filling", f"{filling:g}", math.isclose(filling, anchor.filling, abs_tol=1e-6),
            f"{anchor.filling:g}, as in the milling it is scaled from",
        ),
    ):  # fmt: skip
        if not fits:
            raise InputError(
                "lies outside what energies can be scaled in", field=field, found=found,
                expected=expected,
            )  # fmt: skip
    p, _, u, _ = EXPONENTS[anchor.filling]
    energy = anchor.energy * (rpm / anchor.rpm) ** (p + u) * time / anchor.time
    return Milling(energy, "scaled")


def relative_stress(speed_ratio: float, bead_ratio: float, filling: float) -> tuple[float, float]:
    """Stress energy and stress frequency relative to another speed and bead size.

    Args:
        speed_ratio: Speed over the other.
        bead_ratio: Bead diameter over the other.
        filling: 0.1, 0.3 or 0.5.

    Source: Frankenberg 2025, eqs 2-7.
    """
    p, q, u, v = EXPONENTS[filling]
    return speed_ratio**p * bead_ratio**q, speed_ratio**u * bead_ratio**v


def relative_energy(speed_ratio: float, time_ratio: float, load_ratio: float) -> float:
    """Specific energy relative to another milling in one bowl and one medium (inferred).

    ``(n/n_0)^2.91 (t/t_0) (B/B_0)`` with B beads over powder by mass; never across dry and wet.
    """
    p, _, u, _ = EXPONENTS[0.5]
    return speed_ratio ** (p + u) * time_ratio * load_ratio


def energy_from_power(time: Array, power: Array, idle: float, mass: float) -> Milling:
    """``E_m = integral of (P - P_idle) dt/m``: an upper bound, since losses rise with load.

    Args:
        time: In s, ascending.
        power: Of the whole mill in W, same shape.
        idle: Power of the mill without load at the same speed in W.
        mass: Of the powder in kg.
    """
    return Milling(float(np.trapezoid(power - idle, time)) / mass, "power")
