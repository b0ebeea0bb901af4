# SPDX-License-Identifier: BSD-3-Clause
"""Sizes and porosities of LPSCl tapes, as published where published, for synthetic sections."""

from __future__ import annotations

import math
from dataclasses import dataclass

from interfacefem.errors import InputError
from interfacefem.units import MPA, UM

# 95 % of the final thickness reduction at 350 MPa; that the reduction is complete at about 350 MPa
# is Tran et al., Adv. Mater. 2025, 2501592, section 2.2.1 (Fig. 2k); the exponential is assumed
_COMPACTION_PRESSURE = 350 * MPA / math.log(20)


@dataclass(frozen=True)
class Powder:
    """A powder and the tape that is cast from it.

    Attributes:
        name: Name in files and tables.
        mean_diameter: Number mean of the grain diameter in m.
        diameter_spread: Standard deviation of the grain diameter in m (lognormal: assumed).
        largest_diameter: Grains above this are left out, in m.
        pore_diameter: Number mean of the diameter of places where grains are missing, in m.
        irregularity: Slope (rms) of the distortion that makes grains irregular, no unit.
        green_porosity: Porosity of the tape before densification.
        thickness_reduction: Final relative loss of thickness under pressure.
    """

    name: str
    mean_diameter: float
    diameter_spread: float
    largest_diameter: float
    pore_diameter: float
    irregularity: float
    green_porosity: float
    thickness_reduction: float

    def porosity(self, pressure: float) -> float:
        """Porosity of the tape after densification at ``pressure`` in Pa.

        The solid keeps its volume and the tape its area, so that the solid fraction grows as the
        thickness falls. Elastic recovery is neglected (assumed).
        """
        lost = self.thickness_reduction * -math.expm1(-pressure / _COMPACTION_PRESSURE)
        return 1 - (1 - self.green_porosity) / (1 - lost)


# Means and spreads of the milled powders: Tran et al. 2025, section 2.1.2 (LWM, BPR 20:1). The
# pristine powder is described there as irregular, broad, agglomerated, with particles beyond 30 um
# (section 2.1). 5 +- 4 um gives the volume median of 17 um that Frankenberg et al. 2025, text at
# Fig. 2b, measured on LPSCl of the same supplier, and a fifth of the volume beyond 30 um.
# Green porosity: about 40 % for pristine (Tran et al., section 2.2.1); denser green tapes from
# smaller particles (same section), the three values themselves are assumed. Thickness reduction:
# 23 to 30 %, less for smaller particles (same section); the values in between are assumed. The
# largest diameters are assumed: above them nothing is visible in a frame of 57 um, and no particle
# beyond 10 um was left by wet milling (section 2.1.2). Pore diameters (grains
# missing between grains) and irregularity are assumed.
POWDERS: dict[str, Powder] = {
    powder.name: powder
    for powder in (
        Powder("pristine", 5.0 * UM, 4.0 * UM, 35 * UM, 2.0 * UM, 0.38, 0.40, 0.30),
        Powder("2h", 1.6 * UM, 0.88 * UM, 10 * UM, 1.1 * UM, 0.32, 0.38, 0.28),
        Powder("4h", 0.9 * UM, 0.48 * UM, 10 * UM, 0.65 * UM, 0.30, 0.36, 0.25),
        Powder("10h", 0.7 * UM, 0.44 * UM, 10 * UM, 0.5 * UM, 0.30, 0.34, 0.23),
    )
}


def powder_named(name: str) -> Powder:
    """The powder of that name.

    Raises:
        InputError: There is no such powder.
    """
    if name not in POWDERS:
        raise InputError(
            "no such powder", field="powder", found=f'"{name}"', expected=" or ".join(POWDERS)
        )
    return POWDERS[name]
