# SPDX-License-Identifier: BSD-3-Clause
"""Write the profiles that ship with the project: ``./ifem shell python3 meshes/make_profiles.py``.

They are synthetic: none was measured.
"""

from __future__ import annotations

from pathlib import Path

from interfacefem.surfaces import Profile, write_profile_csv
from interfacefem.synthetic.profiles import keyhole_pores, self_affine, sinusoid
from interfacefem.units import UM

HERE = Path(__file__).parent


def shipped_profiles() -> dict[str, Profile]:
    """Every shipped profile by file name."""
    return {
        "sinusoid.csv": sinusoid(0.5 * UM, 10 * UM, periods=4, points=401),
        "rough.csv": self_affine(
            1 * UM, 60 * UM, hurst=0.8, longest=20 * UM, shortest=0.5 * UM, points=1000, seed=1
        ),
        "smooth.csv": self_affine(
            0.1 * UM, 60 * UM, hurst=0.8, longest=20 * UM, shortest=3 * UM, points=1000, seed=1
        ),
        "pores.csv": keyhole_pores(2 * UM, 1.2 * UM, 15 * UM, 4),
    }


def main() -> None:
    """Write every profile beside this file."""
    for name, profile in shipped_profiles().items():
        described = profile.with_points(profile.x, profile.z, source="meshes/make_profiles.py")
        write_profile_csv(described, HERE / name)


if __name__ == "__main__":
    main()
