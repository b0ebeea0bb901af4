# SPDX-License-Identifier: BSD-3-Clause
"""The synthetic micrographs of LPSCl tapes that studies use: frame and magnification by powder."""

from __future__ import annotations

from interfacefem.synthetic.micrograph import SyntheticMicrograph, synthetic_micrograph
from interfacefem.synthetic.powder import powder_named
from interfacefem.synthetic.sem import SemImaging
from interfacefem.synthetic.tape import TapeSection
from interfacefem.units import NM, UM

_COARSE = "pristine"  # its grains need a frame twice as wide, taken at half the magnification


def lpscl_section(powder: str, pressure: float, seed: int) -> TapeSection:
    """A tape of one powder after one pressure, in the frame that suits its grains.

    Args:
        powder: Name of a powder (``synthetic_powder.POWDERS``).
        pressure: Densification pressure in Pa.
        seed: Of everything random in it.

    Raises:
        InputError: There is no such powder.
    """
    grains = powder_named(powder)
    if powder != _COARSE:
        return TapeSection(grains, pressure, seed=seed)
    return TapeSection(
        grains,
        pressure,
        width=114.688 * UM,
        height=80.64 * UM,
        seed=seed,
        smallest_feature=0.5 * UM,
    )


def lpscl_imaging(powder: str) -> SemImaging:
    """The magnification that goes with the frame of a powder."""
    if powder != _COARSE:
        return SemImaging()
    return SemImaging(pixel_size=112 * NM, blur=90 * NM, edge_range=220 * NM)


def lpscl_micrograph(powder: str, pressure: float, seed: int) -> SyntheticMicrograph:
    """An image of :func:`lpscl_section`; the same input gives the same image.

    Raises:
        InputError: There is no such powder, or no connected solid spans the section.
    """
    return synthetic_micrograph(lpscl_section(powder, pressure, seed), lpscl_imaging(powder))
