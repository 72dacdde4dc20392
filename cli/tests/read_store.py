"""Opens a kept fit with real ArviZ, and compares its numbers with those of summary.json."""

import json
import sys

try:
    import arviz as az
    import xarray as xr
    import zarr
except ImportError as missing:
    print(missing)
    sys.exit(77)

folder, csv = sys.argv[1:3]
if int(zarr.__version__.split(".")[0]) < 3:
    fit = az.from_zarr(f"{folder}/fit.zarr")
else:
    # ArviZ 0.23 hands stores to xarray where Zarr 3 is installed.
    fit = az.InferenceData.from_datatree(xr.open_datatree(f"{folder}/fit.zarr", engine="zarr"))

groups = ["posterior", "posterior_predictive", "predictions", "log_likelihood", "sample_stats"]
assert set(groups) <= set(fit.groups()), fit.groups()
assert fit.posterior["theta"].dims == ("chain", "draw", "group"), fit.posterior["theta"].dims
assert list(fit.posterior["group"].values) == ["a", "b", "c", "d, é"], fit.posterior["group"].values
assert fit.posterior["eta"].dims == ("chain", "draw", "rows")
assert fit.posterior_predictive["tumours"].dtype.kind == "i"
assert list(fit.posterior_predictive["rows"].values) == [1, 2, 3, 4]
assert list(fit.predictions["rows"].values) == [5]
assert list(fit.observed_data["tumours"].values) == [1, 4, 9, 0], fit.observed_data["tumours"]
assert fit.observed_data["tumours"].dims == ("rows",)
assert fit.sample_stats["diverging"].dtype.kind == "b"

summary = json.load(open(f"{folder}/summary.json"))
found = az.summary(fit, round_to="none")
columns = {"mean": "mean", "sd": "sd", "rhat": "r_hat", "ess_bulk": "ess_bulk", "ess_tail": "ess_tail", "mcse_mean": "mcse_mean", "mcse_sd": "mcse_sd"}
compared = 0
for row in summary["parameters"]:
    name = row["variable"] + (f"[{', '.join(row['levels'])}]" if row["levels"] else "")
    theirs = found.loc[name]
    for ours, other in columns.items():
        mine, their = row[ours], theirs[other]
        if row["variable"] in ("theta", "risky"):
            # Summaries of what is integrated out are better than those of its draws.
            if ours == "mean":
                error = theirs["mcse_mean"]
                assert abs(mine - their) <= 5 * error, (name, ours, mine, their)
            continue
        assert abs(mine - their) <= 1e-9 * abs(their), (name, ours, mine, their)
        compared += 1
assert compared > 80, compared
az.loo(fit)

chains = [f"{csv}/draws-{chain}.csv" for chain in range(1, 5)]
read = az.from_cmdstan(posterior=chains)
assert (read.posterior["theta"].values == fit.posterior["theta"].values).all()
assert (read.sample_stats["energy"].values == fit.sample_stats["energy"].values).all()
try:
    import cmdstanpy

    stan = cmdstanpy.from_csv(chains, method="sample")
    assert stan.stan_variable("theta").shape == (4 * stan.num_draws_sampling, 4)
    assert stan.metadata.cmdstan_config["seed"] == summary["sampler"]["seed"]
    assert stan.draws_xr()["theta"].shape == (4, stan.num_draws_sampling, 4)
    assert list(stan.step_size) == summary["sampler"]["step_size"]
    print("cmdstanpy agrees")
except ImportError as missing:
    print(missing)
print(f"{compared} numbers agree")
