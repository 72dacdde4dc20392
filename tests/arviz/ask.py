"""Writes answers.json: what real ArviZ says of the recorded store beside this script."""

import json
from pathlib import Path

import arviz as az
import numpy as np
import xarray as xr
import zarr

here = Path(__file__).parent
# ArviZ 0.23 hands stores to xarray where Zarr 3 is installed.
fit = az.InferenceData.from_datatree(xr.open_datatree(here / "fit.zarr", engine="zarr"))


def described(group):
    data = fit[group]
    return {
        "variables": {
            str(name): {"dims": list(array.dims), "dtype": str(array.dtype)} for name, array in sorted(data.data_vars.items())
        },
        "coords": {str(name): array.values.tolist() for name, array in sorted(data.coords.items()) if name != "draw"},
    }


def left_out(variable):
    # With the relative efficiency of independent draws; ArviZ would take one mean over the parameters.
    found = az.loo(fit, var_name=variable, pointwise=True, reff=1.0)
    return {
        "elpd_loo": float(found.elpd_loo),
        "se": float(found.se),
        "p_loo": float(found.p_loo),
        "loo_i": found.loo_i.values.tolist(),
        "pareto_k": found.pareto_k.values.tolist(),
    }


summary = az.summary(fit, round_to="none")
columns = ["mean", "sd", "mcse_mean", "mcse_sd", "ess_bulk", "ess_tail", "r_hat"]
answers = {
    "versions": {"arviz": az.__version__, "numpy": np.__version__, "xarray": xr.__version__, "zarr": zarr.__version__},
    "groups": {group: described(group) for group in sorted(fit.groups())},
    "divergences": np.argwhere(fit.sample_stats["diverging"].values).tolist(),
    "observed": {str(name): array.values.tolist() for name, array in fit.observed_data.data_vars.items()},
    "summary": {name: {column: float(row[column]) for column in columns} for name, row in summary.iterrows()},
    "loo": {variable: left_out(variable) for variable in ["k", "y"]},
}
(here / "answers.json").write_text(json.dumps(answers, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
