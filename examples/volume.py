"""Conduction through a segmented volume."""

import numpy as np
from scipy.ndimage import gaussian_filter

import interfacefem as ifem

# a TIFF stack is read the same way; here 60 % of a random medium conducts
noise = gaussian_filter(np.random.default_rng(1).standard_normal((64, 64, 64)), 4)
np.save("volume.npy", (noise > np.quantile(noise, 0.4)).astype(np.uint8))

volume = ifem.read_volume("volume.npy", voxel="50 nm")
found = ifem.transport(volume, conductivity={1: "3 mS/cm"}, critical_current_density="1 mA/cm^2")
print(found)
print(found.table()[["axis", "sigma_eff_mS_cm", "tortuosity_factor", "hot_spot_factor"]])
found.write("volume.png")
found.write("volume.csv")
