"""A law of your own beside Butler-Volmer's: an interphase that limits the current."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import interfacefem as ifem

MESHES = Path(__file__).parents[1] / "meshes"


class Limited:
    """As conductive as 20 mA/cm2 of exchange current, and never more than 60 mA/cm2 (assumed)."""

    limit, conductance = 600.0, 200.0 / 0.0257  # A/m^2, A/(m^2 V)

    def current_density(self, overpotential):
        return self.limit * np.tanh(self.conductance / self.limit * overpotential)


profile = ifem.read_profile(MESHES / "rough.csv")
laws = {
    "Butler-Volmer": ifem.Cell(exchange_current_density="20 mA/cm^2", current_density="30 mA/cm^2"),
    "limited to 60 mA/cm²": ifem.Cell(kinetics=Limited(), current_density="30 mA/cm^2"),
}
figure, axes = plt.subplots(figsize=(6, 3.5))
for name, cell in laws.items():
    current = ifem.solve_current(profile, cell)
    print(name, current)
    along = current.along_interface()
    axes.plot(along["x_um"], along["current_density_mA_cm2"], lw=0.9,
              label=f"{name}: $i_{{max}}/i_{{min}}$ = {current.i_ratio:.3f}")  # fmt: skip
axes.set(xlabel="x (µm)", ylabel="current density (mA/cm²)")
axes.set_ylim(top=31)
axes.legend(frameon=False, loc="upper right")
figure.tight_layout()
figure.savefig("own_kinetics.png", dpi=150)
