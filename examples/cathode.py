# SPDX-License-Identifier: BSD-3-Clause
"""Active material of a (made up) cathode that electrons and ions both reach.

Run it in the environment: ./ifem shell python3 examples/cathode.py
"""

from pathlib import Path

import numpy as np
from scipy import ndimage

import interfacefem as ifem
from interfacefem.conduction.segmented_volume import SegmentedVolume

OUT = Path("results/examples/cathode")
OUT.mkdir(parents=True, exist_ok=True)
random = np.random.default_rng(2)
fields = [ndimage.gaussian_filter(random.standard_normal((96, 96, 96)), width) for width in (4, 3)]
labels = np.zeros((96, 96, 96), np.uint8)
labels[fields[1] > np.quantile(fields[1], 0.45)] = 1  # electrolyte, pores between
labels[fields[0] > np.quantile(fields[0], 0.62)] = 2  # active material

found = ifem.cathode(
    SegmentedVolume(labels, (0.25e-6,) * 3), cam=2, electrolyte=1, pore=0, split=True
)
for key, value in found.to_dict().items():
    print(f"{key}: {value}")
found.write(OUT / "cathode.png")
