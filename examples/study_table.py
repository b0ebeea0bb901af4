"""A study from a file, and its table with pandas."""

from pathlib import Path

import matplotlib.pyplot as plt

import interfacefem as ifem

MESHES = Path(__file__).parents[1] / "meshes"
STUDY = f"""
name: three_surfaces
profiles:
  - {{files: {MESHES}/smooth.csv, factors: {{surface: polished}}}}
  - {{files: {MESHES}/rough.csv, factors: {{surface: as pressed}}}}
  - {{files: {MESHES}/pores.csv, factors: {{surface: porous}}}}
parameters:
  - grid: {{kinetics.exchange_current_density: [0.3 mA/cm^2, 1 mA/cm^2, 3 mA/cm^2, 10 mA/cm^2]}}
"""

if __name__ == "__main__":  # run_study(..., jobs=4) would import this file in each process
    Path("study.yaml").write_text(STUDY)
    study = ifem.run_study("study.yaml", out="study")
    print(study)
    table = study.table()  # or, later and elsewhere, ifem.load_study("study")
    print(table.groupby("surface")[["Rq_um", "i_ratio", "hot_spot_factor"]].mean())
    figure, axes = plt.subplots(figsize=(5, 3.5))
    for surface, rows in table.groupby("surface", sort=False):
        axes.plot(rows["i0_mA_cm2"], rows["i_ratio"] - 1, "o-", label=surface)
    axes.set(xscale="log", yscale="log", xlabel="exchange current density (mA/cm²)",
             ylabel="$i_{max}/i_{min} - 1$")  # fmt: skip
    axes.legend(frameon=False)
    figure.tight_layout()
    figure.savefig("study_table.png", dpi=150)
