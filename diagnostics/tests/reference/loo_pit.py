"""Reference values of the probability integral transform of rows that are left out, by ArviZ 0.23.4 and SciPy, with the
importance weights of ArviZ: python loo_pit.py > loo_pit.json"""

import json
import warnings

warnings.simplefilter("ignore")

import arviz as az
import numpy as np
from scipy import stats

rng = np.random.default_rng(20261122)
y = np.array([0, 2, 3, 5, 9, 14])
# The posterior of the rate of Poisson counts under Gamma(2, 0.5).
rates = rng.gamma(2 + y.sum(), 1 / (0.5 + len(y)), 1000).round(12)
predicted = rng.poisson(rates, (len(y), len(rates)))
log_likelihoods = stats.poisson.logpmf(y[:, None], rates)
log_weights, k = az.psislw(-log_likelihoods, reff=1.0)
weights = np.exp(log_weights)
# As floating point numbers: counts would be smoothed.
observed, drawn = y.astype(float), predicted.astype(float)
upto = az.loo_pit(y=observed, y_hat=drawn, log_weights=log_weights)
below = az.loo_pit(y=observed - 1, y_hat=drawn, log_weights=log_weights)
print(
    json.dumps(
        {
            "versions": {"arviz": az.__version__},
            "y": y.tolist(),
            "rates": rates.tolist(),
            "predicted": predicted.tolist(),
            "k": k.tolist(),
            "from_draws": {"below": below.tolist(), "upto": upto.tolist()},
            "from_cdfs": {
                "below": (weights * stats.poisson.cdf(y[:, None] - 1, rates)).sum(1).tolist(),
                "upto": (weights * stats.poisson.cdf(y[:, None], rates)).sum(1).tolist(),
            },
        }
    )
)
