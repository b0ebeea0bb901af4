# SPDX-License-Identifier: BSD-3-Clause
"""Tables of one study by two versions: python3 benchmarks/compare_studies.py BEFORE.csv AFTER.csv

Prints the largest relative difference of each column of numbers and what else differs; exit code 1
above 1e-9 or where a text, a row or a column differs.
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd

TOLERANCE = 1e-9
# residuals of solvers at the level of rounding, and counts of their steps: told, not judged
ROUNDING = ("charge_balance_error", "complementarity_error")


def main(before: str, after: str) -> int:
    old, new = (pd.read_csv(path, float_precision="round_trip") for path in (before, after))
    same = True
    print(f"{before}: {len(old)} rows, {len(old.columns)} columns")
    print(f"{after}: {len(new)} rows, {len(new.columns)} columns")
    for name in [name for name in old if name not in new]:
        print(f"gone: {name}")
        same = False
    print(f"new: {', '.join(name for name in new if name not in old) or 'none'}")
    if len(old) != len(new):
        return 1
    for name in [name for name in old if name in new]:
        if not pd.api.types.is_numeric_dtype(old[name]):
            differ = int((old[name].fillna("") != new[name].fillna("")).sum())
            print(f"{name:36} {differ} texts differ")
            same &= differ == 0
            continue
        one, other = old[name].to_numpy(float), new[name].to_numpy(float)
        lost = int((np.isnan(one) != np.isnan(other)).sum())
        with np.errstate(invalid="ignore", divide="ignore"):
            relative = np.abs(one - other) / np.maximum(np.abs(one), np.abs(other))
        largest = float(np.nanmax(np.where(one == other, 0.0, relative), initial=0.0))
        print(f"{name:36} {largest:.1e}" + (f", {lost} present on one side only" if lost else ""))
        same &= lost == 0 and (largest <= TOLERANCE or name in ROUNDING)
    print(f"the same to {TOLERANCE:g}" if same else "NOT the same")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
