# SPDX-License-Identifier: BSD-3-Clause
"""Sizes of touching particles in three (made up) micrographs of one powder: d50 and its interval.

Run it in the environment: ./ifem shell python3 examples/particle_sizes.py
"""

from pathlib import Path

import numpy as np
import tifffile
from scipy import ndimage

import interfacefem as ifem

OUT = Path("results/examples/particle_sizes")
OUT.mkdir(parents=True, exist_ok=True)


def micrograph(seed: int, side: int = 700) -> Path:
    """Bright discs of lognormal size (median 2.4 um, s 0.4) that touch each other."""
    random = np.random.default_rng(seed)
    centres, radii = [], []
    for radius in np.sort(12 * np.exp(0.4 * random.standard_normal(700)))[::-1]:
        for _ in range(40):
            if len(radii) < 8:
                centre = random.uniform(0, side, 2)
            else:
                beside = random.integers(len(radii))
                angle = random.uniform(0, 2 * np.pi)
                reach = radii[beside] + radius
                centre = centres[beside] + reach * np.array([np.cos(angle), np.sin(angle)])
            apart = np.linalg.norm(np.array(centres).reshape(-1, 2) - centre, axis=1)
            if (apart >= np.array(radii) + radius - 1e-9).all() and (
                abs(centre - side / 2) < side
            ).all():
                centres.append(centre)
                radii.append(radius)
                break
    rows, columns = np.ogrid[:side, :side]
    image = np.full((side, side), 0.25)
    for (row, column), radius in zip(centres, radii, strict=True):
        image[(rows - row) ** 2 + (columns - column) ** 2 <= radius**2] = 0.7
    image = ndimage.gaussian_filter(image, 0.8) + 0.04 * random.standard_normal(image.shape)
    path = OUT / f"powder_{seed}.tif"
    tifffile.imwrite(path, (255 * np.clip(image, 0, 1)).astype(np.uint8))
    return path


found = ifem.particles(
    [micrograph(seed) for seed in range(3)], pixel_size="100 nm", border_share=0.6
)
print(found)
for name, one in found.to_dict()["sizes"].items():
    print(
        f"{name}: d50 {one['d50_um']:.2f} um ({one['d50_um_low']:.2f} to {one['d50_um_high']:.2f})"
    )
found.write(OUT / "sizes.png")
found.write(OUT / "particles.csv")
