# SPDX-License-Identifier: BSD-3-Clause
"""One line three ways: traced, with a stretch drawn by hand, with columns left out.

Run it in the environment: ./ifem shell python3 examples/guided_line.py
"""

from pathlib import Path

import interfacefem as ifem

IMAGE = Path(__file__).parents[1] / "studies" / "images" / "lpscl_4h_400MPa_1.tif"
OUT = Path("results/examples/guided_line")

image = ifem.read_micrograph(IMAGE)
# close the cavity at columns 160 to 210: x, y in pixels of the file, 0 the centre of the first
stretch = [(163, 464), (185, 463), (216, 466)]
ways = {
    "traced": ifem.trace(image, no_guide=True),
    "a stretch drawn": ifem.trace(image, curve=stretch, no_guide=True),
    "and columns left out": ifem.trace(image, curve=stretch, dropped=[(220, 260)], no_guide=True),
}
for name, traced in ways.items():
    solved = ifem.solve_current(traced.sections[0])
    found = solved.to_dict()
    print(f"{name}: excess {found['excess']:.4f} over windows, whole {found['i_ratio']:.4f}")
    print(f"  {'; '.join(traced.notes)}")
ways["a stretch drawn"].write(OUT / "overlay.png")
