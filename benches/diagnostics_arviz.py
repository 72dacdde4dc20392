"""The time that ArviZ takes over the draws of `cargo bench --bench diagnostics`: `python diagnostics_arviz.py FILE`.

The first summary, of ten scalars, is for what Python compiles and imports at first use, and is not counted.
"""

import sys
import time

import arviz as az
import numpy as np
import pyarrow.parquet as pq

table = pq.read_table(sys.argv[1])
chains = int(table["chain"].to_numpy().max())
names = [name for name in table.column_names if name not in ("chain", "draw")]
draws = np.stack([table[name].to_numpy().reshape(chains, -1) for name in names], axis=-1)
del table

az.summary(az.convert_to_dataset({"x": draws[:, :, :10]}), round_to="none")
data = az.convert_to_dataset({"x": draws})
start, busy = time.perf_counter(), time.process_time()
summary = az.summary(data, round_to="none")
seconds, busy = time.perf_counter() - start, time.process_time() - busy
print(f"{len(names)} scalars of {chains} chains of {draws.shape[1]} draws with ArviZ {az.__version__}:")
print(f"{seconds:.2f} s, {busy:.2f} s of them on a processor")
print(f"greatest R-hat {summary['r_hat'].max():.6f}, least bulk ESS {summary['ess_bulk'].min():.3f}")
