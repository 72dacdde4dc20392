"""Simultaneous bands of the empirical distribution function by ArviZ 0.23.4: python ecdf_bands_arviz.py > ecdf_bands_arviz.json"""

import json

import arviz as az
import numpy as np
import scipy
from arviz.stats.ecdf_utils import ecdf_confidence_band

even = lambda count: np.arange(1, count + 1) / count
cases = [
    (20, even(10), 0.95),
    (71, even(50), 0.95),
    (200, even(100), 0.99),
    (500, even(40), 0.9),
    # Nearer to each other at the ends.
    (150, np.sin(np.arange(1, 31) / 30 * np.pi / 2) ** 2, 0.95),
]
bands = []
for size, points, prob in cases:
    lower, upper = ecdf_confidence_band(size, points, points, prob, method="optimized")
    counts = {name: np.rint(size * limits).astype(int).tolist() for name, limits in (("lower", lower), ("upper", upper))}
    bands.append({"size": size, "points": points.tolist(), "prob": prob, **counts})
print(json.dumps({"versions": {"arviz": az.__version__, "scipy": scipy.__version__}, "bands": bands}))
