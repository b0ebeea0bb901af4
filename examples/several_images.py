"""Several micrographs: current and stress ratio of each, and how they scatter."""

from pathlib import Path

import matplotlib.pyplot as plt

import interfacefem as ifem

IMAGES = Path(__file__).parents[1] / "studies" / "images"

# names of files do as well; here three frames of one micrograph stand for three images
frames = [
    ifem.read_micrograph(IMAGES / "lpscl_4h_400MPa_1.tif", crop=(200, 720, left, left + 512))
    for left in (0, 256, 512)
]
found = ifem.risk(frames, ifem.Cell(exchange_current_density="1 mA/cm^2", tolerance="5 %"))
print(found)
print(found.table()[["image", "i_ratio", "hot_spot_factor", "stress_ratio"]])

figure, axes = plt.subplots(figsize=(5, 3.5))
found.plot(axes)
axes.set_xticks([0], ["three frames"])
figure.tight_layout()
figure.savefig("several_images.png", dpi=150)
