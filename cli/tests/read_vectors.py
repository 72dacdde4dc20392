"""Opens kept fits of one table of vectors, one row for each vector and one for each element, with real ArviZ."""

import json
import sys

try:
    import arviz as az
    import numpy as np
    import xarray as xr
    import zarr
except ImportError as missing:
    print(missing)
    sys.exit(77)


def opened(folder):
    if int(zarr.__version__.split(".")[0]) < 3:
        return az.from_zarr(f"{folder}/fit.zarr")
    return az.InferenceData.from_datatree(xr.open_datatree(f"{folder}/fit.zarr", engine="zarr"))


counts = {"eu": [90, 7, 3], "us": [70, 20, 10], "ap": [30, 1, 9]}
for folder, wanted in zip(sys.argv[1:], [{1: "eu", 2: "us", 3: "ap"}, {1: "eu", 2: "us", 7: "ap"}]):
    fit = opened(folder)
    # A dimension may not have the name of the variable.
    observed, predicted = fit.observed_data["outcome"], fit.posterior_predictive["outcome"]
    assert observed.dims == ("rows", "outcome_dim_1"), observed.dims
    assert predicted.dims == ("chain", "draw", "rows", "outcome_dim_1"), predicted.dims
    assert list(observed["outcome_dim_1"].values) == ["2xx", "4xx", "5xx"]
    assert fit.posterior["theta"].dims == ("chain", "draw", "region", "outcome"), fit.posterior["theta"].dims
    assert observed.dtype.kind == "i" and predicted.dtype.kind == "i"
    for name in ("rows", "outcome_dim_1"):
        assert (observed[name].values == predicted[name].values).all()
    assert {int(row): list(observed.sel(rows=row).values) for row in observed["rows"]} == {
        row: counts[region] for row, region in wanted.items()
    }, observed
    assert (predicted.sum("outcome_dim_1") == observed.sum("outcome_dim_1")).all()
    assert fit.log_likelihood["outcome"].dims == ("chain", "draw", "rows")
    assert (fit.log_likelihood["rows"].values == observed["rows"].values).all()
    assert np.isfinite(az.loo(fit).elpd_loo)

    summary = json.load(open(f"{folder}/summary.json"))
    found = az.summary(fit, var_names=["kappa", "phi"], round_to="none")
    columns = {"mean": "mean", "sd": "sd", "rhat": "r_hat", "ess_bulk": "ess_bulk", "ess_tail": "ess_tail", "mcse_mean": "mcse_mean"}
    for row in summary["parameters"]:
        if row["variable"] in ("kappa", "phi"):
            theirs = found.loc[row["name"]]
            for ours, other in columns.items():
                assert abs(row[ours] - theirs[other]) <= 1e-9 * abs(theirs[other]), (row["name"], ours, row[ours], theirs[other])
print("vectors agree")
