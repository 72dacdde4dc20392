"""Reference values of the uniformity tests of Tesso and Vehtari (2026, arXiv:2603.02928), by the distribution functions
of SciPy: python uniformity.py > uniformity.json"""

import json

import numpy as np
from scipy import stats


def combine(p, truncated):
    score = stats.cauchy.isf(p)
    return float(stats.cauchy.sf(np.mean(np.where(p < 0.5, score, 0.0) if truncated else score)))


def tests(u):
    n = len(u)
    order = np.argsort(u, kind="stable")
    below = np.empty(n)
    below[order] = stats.beta.cdf(u[order], np.arange(1, n + 1), np.arange(n, 0, -1))
    count = np.searchsorted(np.sort(u), u, side="right")
    pot = 2 * np.minimum(below, 1 - below)
    piet = 2 * np.minimum(u, 1 - u)
    prit = np.minimum(1, 2 * np.minimum(stats.binom.sf(count - 1, n, u), stats.binom.cdf(count, n, u)))
    of = {"OrderStatistics": (pot, True), "Tails": (piet, False), "Ranks": (prit, True)}
    return {name: {"pointwise": list(p), "p_value": combine(p, cut)} for name, (p, cut) in of.items()}


rng = np.random.default_rng(20261121)
cases = {
    "uniform": rng.random(40),
    "too_wide": rng.beta(3, 3, 40),
    "too_low": rng.random(25) ** 2,
    "ranks": (1 + rng.integers(0, 10, 60)) / 11,
}
print(json.dumps({name: {"values": list(u), **tests(u)} for name, u in cases.items()}))
