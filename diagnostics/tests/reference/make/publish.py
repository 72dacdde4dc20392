"""Trim what the other scripts made in this folder to what the tests read, one folder up.

Adds to loo.json what R does not give: the optimum of the stacking weights (EM; R's optimiser stops 3e-4 short), and the rows
with ties under the rule of `posterior` 1.7.1, which fits no tail whose first quartile is its minimum.
"""

import csv
import json
import os
import shutil

import numpy as np
from scipy.special import logsumexp

from definitions import psis

os.chdir(os.path.dirname(os.path.abspath(__file__)))
np.seterr(all="ignore")
KEPT = {"well_behaved": range(0, 30, 3), "high_k": range(0, 30, 3), "ties": range(12)}


def log_likelihoods(name):
    return np.loadtxt(f"loglik/{name}.csv", delimiter=",", skiprows=1)


def stacking(lpd):
    """The weights of the mixture with the greatest mean log score."""
    weights = np.full(lpd.shape[1], 1 / lpd.shape[1])
    scores = np.exp(lpd - lpd.max(1, keepdims=True))
    for _ in range(2_000_000):
        last = weights
        weights = last * (scores / (scores @ last)[:, None]).mean(0)
        if np.abs(weights - last).max() < 1e-17:
            break
    return weights.tolist()


def publish_loo():
    reference = json.load(open("loo.json"))
    ties = log_likelihoods("ties")
    smoothed = [psis(-column, 1.0, guard=True) for column in ties.T]
    elpd = np.array([logsumexp(weights + column) for (weights, _), column in zip(smoothed, ties.T)])
    reference["ties_with_guard"] = {
        "pareto_k": [float(k) if np.isfinite(k) else "Inf" for _, k in smoothed],
        "elpd_loo_i": elpd.tolist(),
        "elpd_loo": float(elpd.sum()),
        "se": float(np.sqrt(len(elpd) * elpd.var(ddof=1))),
    }
    models = [reference["models"][name]["loo_r_eff_1"]["elpd_loo_i"] for name in reference["weights"]["models"]]
    reference["stacking_optimum"] = stacking(np.array(models).T)
    with open("../loo.json", "w", newline="\n") as file:
        json.dump(reference, file, indent=1)
        file.write("\n")


def publish_log_likelihoods():
    for name, rows in KEPT.items():
        with open(f"loglik/{name}.csv") as given, open(f"../loglik/{name}.csv", "w", newline="\n") as kept:
            for line in csv.reader(given):
                kept.write(",".join(line[i] for i in rows) + "\n")


def publish_power_scaling():
    rows = list(csv.DictReader(open("power_scale_draws.csv")))
    scenarios = list(dict.fromkeys(row["scenario"] for row in rows))
    columns = [[row["mu"] for row in rows if row["scenario"] == scenario] for scenario in scenarios]
    with open("../power_scale_mu.csv", "w", newline="\n") as file:
        file.write(",".join(scenarios) + "\n")
        file.writelines(",".join(line) + "\n" for line in zip(*columns))


publish_loo()
publish_log_likelihoods()
publish_power_scaling()
shutil.copytree("chains", "../chains", dirs_exist_ok=True)
for name in ("posterior.json", "bfmi.json", "energy.csv", "nested_chains.csv", "nested_rhat.json", "ecdf_bands.json",
             "bridge.json", "bridge_draws.csv", "bridge_q.csv", "power_scale.json"):
    shutil.copy(name, "..")
