# SPDX-License-Identifier: BSD-3-Clause
"""A random forest as plain arrays: it can be stored as data, and predicts what it was made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from interfacefem.compiled import kernel

_NO_CHILD = -1


@dataclass(frozen=True, eq=False)
class Forest:
    """Decision trees, one after another in the same arrays.

    Attributes:
        roots: First node of each tree, shape (trees,), int32.
        left: Node to go to if the feature is at most the threshold, -1 in a leaf; shape (nodes,).
        right: Node to go to otherwise, shape (nodes,), int32.
        feature: Number of the feature that a node asks for, shape (nodes,), int32.
        threshold: Shape (nodes,), float64.
        shares: Share of each class among the training samples in a node, shape (nodes, classes),
            float64.
    """

    roots: npt.NDArray[np.int32]
    left: npt.NDArray[np.int32]
    right: npt.NDArray[np.int32]
    feature: npt.NDArray[np.int32]
    threshold: npt.NDArray[np.float64]
    shares: npt.NDArray[np.float64]

    @property
    def classes(self) -> int:
        """Number of classes."""
        return int(self.shares.shape[1])

    def probabilities(self, features: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """Mean over the trees of the shares in the leaf that each sample ends in.

        Args:
            features: Shape (samples, features).

        Returns:
            Shape (samples, classes); rows sum to 1.
        """
        result = np.zeros((len(features), self.classes))
        _add_shares(
            np.ascontiguousarray(features, dtype=np.float32), self.roots, self.left, self.right,
            self.feature, self.threshold, self.shares, result,
        )  # fmt: skip
        return result / len(self.roots)

    def flaw(self, features: int) -> str | None:
        """What keeps the arrays from being a forest that ends for every sample; None if nothing."""
        nodes = len(self.left)
        if not nodes or not len(self.roots) or self.shares.ndim != 2 or self.classes < 2:
            return "no trees, or fewer than two classes"
        arrays = (self.right, self.feature, self.threshold, self.shares)
        if any(len(array) != nodes for array in arrays):
            return "arrays of different length"
        own = np.arange(nodes)
        inner = self.left != _NO_CHILD
        # children lie behind their parents: no loops
        for child in (self.left, self.right):
            if np.any((child <= own)[inner]) or np.any(child >= nodes):
                return "nodes that do not exist"
        if self.roots.min() < 0 or self.roots.max() >= nodes:
            return "roots that do not exist"
        if np.any((self.feature[inner] < 0) | (self.feature[inner] >= features)):
            return "features that do not exist"
        if not (np.isfinite(self.threshold[inner]).all() and np.isfinite(self.shares).all()):
            return "numbers that are not finite"
        return None


def forest_of(classifier: Any) -> Forest:
    """Take over the trees of a fitted ``sklearn.ensemble.RandomForestClassifier``."""
    trees = [estimator.tree_ for estimator in classifier.estimators_]
    starts = np.cumsum([0, *(tree.node_count for tree in trees)])[:-1]

    def moved(children: npt.NDArray[np.int64], start: int) -> npt.NDArray[np.int64]:
        return np.where(children == _NO_CHILD, _NO_CHILD, children + start)

    pairs = list(zip(trees, starts, strict=True))
    values = np.concatenate([tree.value[:, 0, :] for tree in trees])
    return Forest(
        roots=starts.astype(np.int32),
        left=np.concatenate([moved(t.children_left, start) for t, start in pairs]).astype(np.int32),
        right=np.concatenate([moved(tree.children_right, start) for tree, start in pairs]).astype(
            np.int32
        ),
        feature=np.concatenate([tree.feature for tree in trees]).astype(np.int32),
        threshold=np.concatenate([tree.threshold for tree in trees]).astype(np.float64),
        shares=values / values.sum(axis=1, keepdims=True),
    )


@kernel
def _add_shares(features, roots, left, right, feature, threshold, shares, result):  # type: ignore[no-untyped-def]
    # tree after tree: one of them fits into the processor's cache, all of them do not
    for root in roots:
        for sample in range(features.shape[0]):
            node = root
            while left[node] >= 0:
                if features[sample, feature[node]] <= threshold[node]:
                    node = left[node]
                else:
                    node = right[node]
            for index in range(shares.shape[1]):
                result[sample, index] += shares[node, index]
