"""Current and contact over a height map, in three dimensions."""

import numpy as np

import interfacefem as ifem

# an instrument's file is read the same way; here a wavy surface of 24 um by 16 um, solid below
x, y = np.meshgrid(np.arange(49) * 0.5, np.arange(33) * 0.5)
heights = 0.4 * np.cos(2 * np.pi * x / 8) * np.cos(2 * np.pi * y / 8) + 0.2 * np.sin(x / 3)
np.save("scan.npy", heights)

surface = ifem.read_height_map("scan.npy", pixel_size="0.5 um")
cell = ifem.Cell(
    exchange_current_density="10 mA/cm^2", lateral_cells=48, depth="1 um", rotation="fixed"
)
current = ifem.solve_current(surface, cell)
contact = ifem.solve_contact(surface, cell, pressure="20 MPa")
print(current, contact, sep="\n")
current.write("height_map.png")
contact.write("height_map_contact.png")
current.write("height_map.xdmf")  # potential and current density for ParaView
