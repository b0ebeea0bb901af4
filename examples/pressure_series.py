"""Stress ratio and contact against the pressure of the block."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import interfacefem as ifem

MESHES = Path(__file__).parents[1] / "meshes"

profile = ifem.read_profile(MESHES / "rough.csv")
pressures = [f"{pressure:.4g} MPa" for pressure in np.geomspace(5, 500, 9)]
figure, (ratio, contact) = plt.subplots(1, 2, figsize=(8, 3.5))
for depth in ("0.5 um", "1 um", "2 um"):
    series = ifem.solve_contact(profile, ifem.Cell(depth=depth), pressure=pressures)
    print(series)
    table = series.table()
    ratio.plot(table["p_mean_MPa"], table["stress_ratio"], "o-", ms=3, label=f"{depth} below")
contact.plot(table["p_mean_MPa"], 100 * table["contact_fraction"], "o-", ms=3)
ratio.set(yscale="log", ylabel="stress ratio, peaks to valleys")
ratio.legend(frameon=False)
contact.set(ylabel="surface in contact (%)")
for axes in (ratio, contact):
    axes.set(xscale="log", xlabel="mean pressure (MPa)")
figure.tight_layout()
figure.savefig("pressure_series.png", dpi=150)
