# SPDX-License-Identifier: BSD-3-Clause
"""Write the synthetic micrographs that ship with the project.

    ./ifem shell python3 studies/make_images.py                 # the shipped image
    ./ifem shell python3 studies/make_images.py --all FOLDER    # 4 powders x 4 pressures x 3

The same image is written byte for byte as long as the libraries are the same. Studies make their
images themselves (``synthetic:`` in a study file); this is for looking at them.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from interfacefem.synthetic.lpscl import lpscl_micrograph
from interfacefem.synthetic.micrograph import write_micrograph
from interfacefem.synthetic.powder import MPA, POWDERS

FOLDER = Path(__file__).parent / "images"
PRESSURES = (0, 200, 400, 600)  # MPa
SEEDS = (1, 2, 3)
SHIPPED = (("4h", 400, 1),)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--all", type=Path, metavar="FOLDER", help="the whole set of the study")
    folder = parser.parse_args().all
    images = SHIPPED
    if folder:
        images = tuple((name, mpa, seed) for name in POWDERS for mpa in PRESSURES for seed in SEEDS)
    for name, mpa, seed in images:
        path = (folder or FOLDER) / f"lpscl_{name}_{mpa}MPa_{seed}.tif"
        write_micrograph(lpscl_micrograph(name, mpa * MPA, seed), path)
        print(path, flush=True)


if __name__ == "__main__":
    main()
