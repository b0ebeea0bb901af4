# SPDX-License-Identifier: BSD-3-Clause
"""Milling energies scaled in one mill, and three laws of a size over them.

The speeds and times are Frankenberg's (2025); the sizes are made up after the words of that paper
("falls exponentially from about 45 J/g to a limit of about 10 um").

Run it in the environment: ./ifem shell python3 examples/milling.py
"""

from pathlib import Path

import numpy as np

import interfacefem as ifem
from interfacefem.process.milling import scaled_milling

OUT = Path("results/examples/milling")
OUT.mkdir(parents=True, exist_ok=True)
random = np.random.default_rng(0)
rows = ["powder,mode,rpm,milling_time_min,duty,bead_diameter_mm,filling,medium,d50_um"]
for rpm, minutes in ((200, 20), (200, 60), (400, 30), (600, 10), (800, 10), (800, 20), (1000, 20)):
    energy = scaled_milling(rpm, 60 * minutes, 5e-3, 0.5, "dry").energy / 1e3
    d50 = (10 + 34 * np.exp(-energy / 600)) * np.exp(0.03 * random.standard_normal())
    rows.append(f"{rpm} rpm {minutes} min,scaled,{rpm},{minutes},1,5,0.5,dry,{d50:.3g}")
table = OUT / "powders.csv"
table.write_text("\n".join(rows) + "\n", encoding="utf-8")

found = ifem.mill(table, fit="d50_um")
print(found.table()[["powder", "E_m_J_per_g", "E_m_source"]])
print(found.to_dict()["fits"]["d50_um"]["best"])
found.write(OUT / "milling.png")
