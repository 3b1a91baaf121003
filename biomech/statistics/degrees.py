"""Degrees of freedom of contrasts of a linear mixed model: Satterthwaite's, from the information about the variances.

References
----------
Giesbrecht & Burns 1985, Biometrics 41:477 (contrasts); Fai & Cornelius 1996, J Stat Comput Simul 54:363 (F of several
contrasts); as in SAS and lmerTest (Kuznetsova, Brockhoff & Christensen 2017, J Stat Softw 82(13)), from the observed
information of the restricted likelihood, or the expected one where the observed one is not positive definite.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_EQUAL = 1e-6  # of degrees of freedom


class Satterthwaite:
    """Degrees of freedom of contrasts of the fixed effects.

    Parameters
    ----------
    design : (n, p) array
    parts : sequence of (n, n) array
        Derivative of the covariance of the observations with respect to each (co)variance, that of the residual among them.
    whole : (n, n) array
        Covariance of the observations.
    y : (n,) array, optional
        The observations; without them the expected information is taken.

    Attributes
    ----------
    of_variances : (parts, parts) array
        Covariance of the estimated (co)variances.
    """

    def __init__(self, design: Array, parts: Sequence[Array], whole: Array, y: Array | None = None) -> None:
        inverse = np.linalg.inv(whole)
        weighted = inverse @ design
        self._cov = np.linalg.inv(design.T @ weighted)
        projected = inverse - weighted @ self._cov @ weighted.T
        products = [projected @ part for part in parts]
        information = np.array([[(a * b.T).sum() / 2 for b in products] for a in products])
        if y is not None:
            rest = projected @ y
            turned = [part @ rest for part in parts]
            observed = np.array([[a @ projected @ b for b in turned] for a in turned]) - information
            if np.linalg.eigvalsh(observed / np.sqrt(np.outer(*[np.diag(information)] * 2))).min() > 1e-6:
                information = observed
        self.of_variances = np.linalg.inv(information)
        half = weighted @ self._cov
        self._gradients = [half.T @ part @ half for part in parts]  # of the fixed effects' covariance

    def contrast(self, weights: Array) -> float:
        """Return the degrees of freedom of the t of ``weights @ beta``."""
        variance = float(weights @ self._cov @ weights)
        gradient = np.array([weights @ part @ weights for part in self._gradients])
        return float(2 * variance**2 / (gradient @ self.of_variances @ gradient))

    def together(self, columns: slice) -> float:
        """Return the denominator's degrees of freedom of the F test that some of the fixed effects are all zero."""
        size = columns.stop - columns.start
        _, vectors = np.linalg.eigh(self._cov[columns, columns])
        single = []
        for vector in vectors.T:
            weights = np.zeros(len(self._cov))
            weights[columns] = vector
            single.append(self.contrast(weights))
        found = np.array(single)
        if np.ptp(found) <= _EQUAL * found.max():
            return float(found.mean())
        if found.min() <= 2:
            return 2.0
        expected = float((found / (found - 2)).sum())
        return 2 * expected / (expected - size)
