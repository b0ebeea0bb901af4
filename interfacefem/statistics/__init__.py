# SPDX-License-Identifier: BSD-3-Clause
"""Mean, spread and interval of groups of images, comparisons between them, trends over factors.

In: one value for each image. Out: geometric means with t intervals on the logarithm, adjusted
p-values, slopes. Called by ``assessment`` and ``report``.
"""
