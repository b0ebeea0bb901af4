"""The current ratio over two parameters of the cell, as contours."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import interfacefem as ifem

MESHES = Path(__file__).parents[1] / "meshes"

profile = ifem.read_profile(MESHES / "sinusoid.csv")
grid = ifem.sweep(
    profile,
    exchange_current_density=[f"{i0:g} mA/cm^2" for i0 in np.geomspace(0.1, 100, 9)],
    conductivity=[f"{k:g} mS/cm" for k in np.geomspace(0.1, 10, 7)],
)
print(grid)
ratios = grid.table().pivot(index="conductivity_mS_cm", columns="i0_mA_cm2", values="i_ratio")
excess = ratios - 1

figure, axes = plt.subplots(figsize=(5, 4))
levels = np.geomspace(3e-4, 1, 15)
filled = axes.contourf(excess.columns, excess.index, excess, levels, norm="log")
lines = axes.contour(excess.columns, excess.index, excess, [0.01, 0.1], colors="white")
axes.clabel(lines, fmt="%g")
axes.set(xscale="log", yscale="log", xlabel="exchange current density (mA/cm²)",
         ylabel="conductivity (mS/cm)")  # fmt: skip
figure.colorbar(filled, label="$i_{max}/i_{min} - 1$", ticks=[1e-3, 1e-2, 1e-1, 1], format="%g")
figure.tight_layout()
figure.savefig("parameter_sweep.png", dpi=150)
