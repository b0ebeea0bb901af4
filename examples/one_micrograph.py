"""From one micrograph to current and stress along its interface."""

from pathlib import Path

import matplotlib.pyplot as plt

import interfacefem as ifem

IMAGES = Path(__file__).parents[1] / "studies" / "images"

traced = ifem.trace(IMAGES / "lpscl_4h_400MPa_1.tif")
section = traced.sections[0]
cell = ifem.Cell(
    conductivity="1 mS/cm", exchange_current_density="1 mA/cm^2", depth="1 um", rotation="free"
)
current = ifem.solve_current(section, cell)
contact = ifem.solve_contact(section, cell, pressure="50 MPa")
print(traced, current, contact, sep="\n")

panels = [["image", "current"], ["image", "contact"]]
figure, axes = plt.subplot_mosaic(panels, figsize=(10, 4), width_ratios=[1.3, 1])
traced.plot(axes["image"])
current.plot(axes["current"])
contact.plot(axes["contact"])
figure.tight_layout()
figure.savefig("one_micrograph.png", dpi=150)
