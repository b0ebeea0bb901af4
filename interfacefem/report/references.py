# SPDX-License-Identifier: BSD-3-Clause
"""What to cite for each method, in one place for reports and results."""

REFERENCES = {
    "tran": "Q.-A. Tran et al., Uni-axial densification of slurry-casted Li₆PS₅Cl tapes: the role "
    "of particle size distribution and densification pressure, Adv. Mater. (2025) 2501592, "
    "doi:10.1002/adma.202501592. Current ratio (eqs 1–5, Fig. 4g), stress ratio (Fig. 4j), "
    "sampling lines (section 4).",
    "dolfinx": "I. A. Baratta et al., DOLFINx: the next generation FEniCS problem solving "
    "environment (2023), doi:10.5281/zenodo.10447666.",
    "becker": "R. Becker and R. Rannacher, An optimal control approach to a posteriori error "
    "estimation in finite element methods, Acta Numerica 10 (2001) 1–102. Estimate of the error "
    "of the current ratio.",
    "quarteroni": "A. Quarteroni, A. Manzoni and F. Negri, Reduced Basis Methods for Partial "
    "Differential Equations, Springer (2016). Points of a sweep in the span of those before.",
    "judice": "J. J. Júdice and F. M. Pires, A block principal pivoting algorithm for large-scale "
    "strictly monotone linear complementarity problems, Comput. Oper. Res. 21 (1994) 587–596. "
    "Contact conditions.",
    "polonsky": "I. A. Polonsky and L. M. Keer, A numerical method for solving rough contact "
    "problems based on the multi-level multi-summation and conjugate gradient techniques, Wear "
    "231 (1999) 206–219. Contact of height maps.",
    "barber": "J. R. Barber, Bounds on the electrical resistance between contacting elastic rough "
    "bodies, Proc. R. Soc. A 459 (2003) 53–66. Constriction by the stiffness of the contact.",
    "yastrebov": "V. A. Yastrebov, G. Anciaux and J.-F. Molinari, The role of the roughness "
    "spectral breadth in elastic contact of rough surfaces, J. Mech. Phys. Solids 107 (2017) "
    "469–493. Area of contact corrected for the grid.",
    "vorst": "H. A. van der Vorst and J. B. M. Melissen, A Petrov-Galerkin type method for solving "
    "Ax = b, where A is symmetric complex, IEEE Trans. Magn. 26 (1990) 706–708. Impedance.",
    "wesseling": "P. Wesseling, An Introduction to Multigrid Methods, Wiley (1992). Solver of "
    "the conduction through voxels.",
    "doyle": "P. G. Doyle and J. L. Snell, Random Walks and Electric Networks, Mathematical "
    "Association of America (1984). Lower bound of the conductivity.",
    "welch": "B. L. Welch, On the comparison of several mean values: an alternative approach, "
    "Biometrika 38 (1951) 330–336. Tests that allow for unequal spread.",
    "jonckheere": "A. R. Jonckheere, A distribution-free k-sample test against ordered "
    "alternatives, Biometrika 41 (1954) 133–145. Concordance of the trends.",
    "steiger": "J. H. Steiger, Beyond the F test: effect size confidence intervals and tests of "
    "close fit, Psychol. Methods 9 (2004) 164–182. Intervals of the shares of variance.",
    "mckay": "M. D. McKay, R. J. Beckman and W. J. Conover, A comparison of three methods for "
    "selecting values of input variables, Technometrics 21 (1979) 239–245. Draws of uncertain "
    "parameters.",
    "lantuejoul": "C. Lantuejoul, On the estimation of mean values in individual analysis of "
    "particles, Microsc. Acta Suppl. 4 (1980) 266–273. Particles that the border cuts.",
    "saltykov": "S. A. Saltykov, Stereometric Metallography, Metallurgizdat (1958). Spheres from "
    "their sections.",
    "vincent": "L. Vincent, Morphological grayscale reconstruction in image analysis, IEEE Trans. "
    "Image Process. 2 (1993) 176–201. Maxima that are particles.",
    "frankenberg": "F. Frankenberg et al., Tailoring composite microstructure through milling for "
    "dry-processed sulfide-based solid-state battery cathodes (2025). "
    "Specific energy of milling (eqs 1–9).",
    "heckel": "R. W. Heckel, Density-pressure relationships in powder compaction, Trans. Metall. "
    "Soc. AIME 221 (1961) 671–675.",
    "boukamp": "B. A. Boukamp, A linear Kronig-Kramers transform test for immittance data "
    "validation, J. Electrochem. Soc. 142 (1995) 1885–1894.",
    "minnmann": "P. Minnmann et al., Visualizing the impact of the composite cathode "
    "microstructure and porosity on solid-state battery performance, J. Electrochem. Soc. 171 "
    "(2024) 060514. Areas (eq. 1), effective conductivity (eq. 2), "
    "tortuosity factor (eq. 3), cells T and Z.",
}  # fmt: skip
