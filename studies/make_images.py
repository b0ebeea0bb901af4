# SPDX-License-Identifier: BSD-3-Clause
"""Write the synthetic micrographs that ship with the project.

    ./ifem shell python3 studies/make_images.py                 # the shipped image
    ./ifem shell python3 studies/make_images.py --all FOLDER    # 4 powders x 4 pressures x 3

The same image is written byte for byte as long as the libraries are the same.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from interfacefem.images.synthetic import synthetic_micrograph, write_micrograph
from interfacefem.images.synthetic_powder import MPA, POWDERS
from interfacefem.images.synthetic_sem import SemImaging
from interfacefem.images.synthetic_tape import TapeSection
from interfacefem.units import NM, UM

FOLDER = Path(__file__).parent / "images"
PRESSURES = (0, 200, 400, 600)  # MPa
SEEDS = (1, 2, 3)
SHIPPED = (("4h", 400, 1),)
COARSE = "pristine"  # its grains need a frame twice as wide, taken at half the magnification


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--all", type=Path, metavar="FOLDER", help="the whole set of the study")
    folder = parser.parse_args().all
    images = SHIPPED
    if folder:
        images = tuple((name, mpa, seed) for name in POWDERS for mpa in PRESSURES for seed in SEEDS)
    for name, mpa, seed in images:
        path = (folder or FOLDER) / f"lpscl_{name}_{mpa}MPa_{seed}.tif"
        write_image(path, name, mpa, seed)
        print(path, flush=True)


def write_image(path: Path, name: str, mpa: float, seed: int) -> None:
    """Write one micrograph: powder, pressure in MPa, seed."""
    section = TapeSection(POWDERS[name], mpa * MPA, seed=seed)
    imaging = SemImaging()
    if name == COARSE:
        section = TapeSection(
            POWDERS[name],
            mpa * MPA,
            width=114.688 * UM,
            height=80.64 * UM,
            seed=seed,
            smallest_feature=0.5 * UM,
        )
        imaging = SemImaging(pixel_size=112 * NM, blur=90 * NM, edge_range=220 * NM)
    write_micrograph(synthetic_micrograph(section, imaging), path)


if __name__ == "__main__":
    main()
