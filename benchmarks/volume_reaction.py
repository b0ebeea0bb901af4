#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""How hot spots and resistance at a reacting electrode converge as voxels shrink.

    ./ifem shell python3 benchmarks/volume_reaction.py [--shared ../shared/data]

An insulating hemisphere on the plane, and a part of a real electrode whose voxels are cut finer:
the primary maximum grows with every refinement, with charge transfer it does not. ``share`` is that
of the contact above so many times the mean over the plane, which lies within the distribution.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import numpy.typing as npt
import tifffile

from interfacefem.conduction.electrode_plane import plane_current
from interfacefem.conduction.electrode_reaction import Reaction
from interfacefem.conduction.reaction_solver import reacting_current, safe_current
from interfacefem.conduction.segmented_volume import SegmentedVolume
from interfacefem.conduction.solver import ConductionSettings, ConductionSolver, VolumeSlab
from interfacefem.current.kinetics import ButlerVolmer

SIGMA = 0.1  # S/m, LPSCl (1 mS/cm)
CRITICAL = 10.0  # A/m^2
SETTINGS = ConductionSettings(lower_bound=False)


def hemisphere(n: int) -> npt.NDArray[np.uint8]:
    """Insulator of radius 0.3 on the first plane of a cube."""
    line = (np.arange(n) + 0.5) / n
    squares = np.add.outer(np.add.outer(line**2, (line - 0.5) ** 2), (line - 0.5) ** 2)
    return (squares > 0.3**2).astype(np.uint8)


def row(
    name: str, labels: npt.NDArray, edge: float, sigma: dict[int, float], i0: float, above: float
) -> str:
    volume = VolumeSlab.of(SegmentedVolume(labels, (edge / labels.shape[0],) * 3))
    conduction = ConductionSolver(volume, sigma).solve(0, SETTINGS)
    primary = plane_current(conduction, volume)
    reaction = Reaction(ButlerVolmer(i0, 0.5, 0.5, 298.15), current_density=CRITICAL)
    found = reacting_current(conduction, volume, reaction, settings=SETTINGS)
    safe = safe_current(conduction, volume, reaction, CRITICAL, settings=SETTINGS)
    assert primary is not None
    assert found is not None
    assert safe is not None
    return (
        f"{name:26}{labels.shape[0]:>7}{primary.hot_spot_factor:>10.3f}"
        f"{primary.quantile(0.99):>9.3f}{found.hot_spot_factor:>11.4f}{found.quantile(0.99):>9.4f}"
        f"{above:>7.2f}{found.share_above(above):>8.4f}{safe / 10:>9.4f}"
        f"{found.resistance * 1e4:>10.4f}"
        f"{found.constriction * 1e4:>10.5f}{conduction.iterations:>6}{found.iterations:>6}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared/data"))
    options = parser.parse_args()
    print(
        f"{'':26}{'voxels':>7}{'primary':>10}{'99 %':>9}{'reacting':>11}{'99 %':>9}"
        f"{'above':>7}{'share':>8}{'safe':>9}{'ohm cm2':>10}{'constr.':>10}{'its':>6}{'its':>6}"
    )
    for n in (12, 24, 48, 96):
        print(row("hemisphere, i0 10 mA/cm2", hemisphere(n), 24e-6, {1: SIGMA}, 100.0, 1.39))
    for n in (12, 24, 48, 96):
        print(row("hemisphere, i0 100 mA/cm2", hemisphere(n), 24e-6, {1: SIGMA}, 1000.0, 1.4))
    path = options.shared / "volumes" / "taufactor_electrode.tiff"
    if path.is_file():
        part = tifffile.imread(path)[:40, 100:140, 100:140]
        for finer in (1, 2, 3, 4):
            labels = part.repeat(finer, 0).repeat(finer, 1).repeat(finer, 2)
            print(row("electrode, i0 10 mA/cm2", labels, 15.6e-6, {0: SIGMA}, 100.0, 2.2))


if __name__ == "__main__":
    main()
