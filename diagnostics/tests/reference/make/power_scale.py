"""Power-scaling sensitivity (Kallioinen et al. 2023), independent implementation. Writes power_scale_draws.csv, power_scale.json.
Model: y_1..y_n ~ N(mu, 1), mu ~ N(m0, s0) (conjugate; draws are AR(1) with the exact posterior as marginal).
Run: python power_scale.py (numpy, scipy).

log weight = (alpha - 1) * l, l = log prior or joint log likelihood of the draw; Pareto smoothing as posterior::pareto_smooth(
are_log_weights = TRUE): r_eff = ess_tail(log weights, chains kept) / S, tail length floor(3 sqrt(S / r_eff)) if S r_eff > 225 else
floor(S / 5), right tail, values above the raw maximum set to it. Distance = max of the CJS distances of x and -x;
sensitivity = (D(upper)/log2(upper) - D(lower)/log2(lower)) / 2.
"""
import json
import os
import numpy as np
import scipy
from definitions import EPS, ess_q, gpdfit

os.chdir(os.path.dirname(os.path.abspath(__file__)))
np.seterr(all="ignore")
ALPHAS = (0.99, 1.01)


def smooth(l, alpha):
    """l: chains x draws. Normalised weights (flat, chain-major) and the intermediate numbers."""
    x = (alpha - 1) * l
    s = x.size
    r_eff = min(ess_q(x, .05), ess_q(x, .95)) / s
    tail = int(np.floor(3 * np.sqrt(s / r_eff) if s * r_eff > 225 else s / 5))
    lw = x.ravel() - x.max()
    o = np.argsort(lw, kind="stable")
    t = lw[o[s - tail:]]
    cut = lw[o[s - tail - 1]]
    if cut == t[0]:
        cut -= EPS
    cut = np.exp(cut)
    k, sigma = gpdfit(np.exp(t) - cut)
    if np.isfinite(k):
        p = (np.arange(tail) + 0.5) / tail
        q = np.log(cut + (sigma * np.expm1(-k * np.log1p(-p)) / k if k else -sigma * np.log1p(-p)))
        lw[o[s - tail:]] = np.minimum(q, t[-1])
    w = np.exp(lw)
    w /= w.sum()
    return w, {"r_eff": r_eff, "tail_length": tail, "pareto_k": float(k), "sigma": float(sigma),
               "ess_weights": float(1 / np.sum(w ** 2)), "max_weight": float(w.max()), "min_weight": float(w.min())}


def cjs(x, w):
    o = np.argsort(x, kind="stable")
    d = np.diff(x[o])
    s = len(x)
    p = (np.arange(1, s) / s)
    q = np.cumsum(w[o])[:-1] / w.sum()
    ip, iq = np.sum(p * d), np.sum(q * d)
    m = np.log2((p + q) / 2)
    pq = np.sum(d * p * (np.log2(p) - m)) + (iq - ip) / (2 * np.log(2))
    qp = np.sum(d * np.where(q > 0, q * (np.log2(q) - m), 0)) + (ip - iq) / (2 * np.log(2))
    return float(np.sqrt((pq + qp) / (ip + iq)))


def draws():
    r = np.random.Generator(np.random.PCG64(20261126))
    out = {}
    for name, (m0, s0, n, shift) in {"weak_prior": (0.0, 10.0, 20, 1.0), "conflict": (0.0, 0.5, 10, 3.0),
                                     "strong_prior_weak_data": (0.0, 0.2, 2, 0.1)}.items():
        y = np.round(shift + r.standard_normal(n), 3)
        pv = 1 / (1 / s0 ** 2 + n)
        pm = pv * (m0 / s0 ** 2 + y.sum())
        e = r.standard_normal((4, 250))
        for t in range(1, 250):
            e[:, t] = 0.3 * e[:, t - 1] + np.sqrt(1 - 0.09) * e[:, t]
        mu = pm + np.sqrt(pv) * e
        lp = -0.5 * np.log(2 * np.pi) - np.log(s0) - 0.5 * ((mu - m0) / s0) ** 2
        ll = (-0.5 * np.log(2 * np.pi) - 0.5 * (y[:, None, None] - mu) ** 2).sum(0)
        out[name] = dict(m0=m0, s0=s0, sigma=1.0, y=[float(v) for v in y], posterior_mean=float(pm), posterior_sd=float(np.sqrt(pv)), mu=mu, lp=lp, ll=ll)
    return out


res = {}
with open("power_scale_draws.csv", "w", newline="\n") as f:
    f.write("scenario,chain,draw,mu,log_prior,log_lik\n")
    for name, d in draws().items():
        for c in range(4):
            for t in range(250):
                f.write("%s,%d,%d,%.17g,%.17g,%.17g\n" % (name, c + 1, t + 1, d["mu"][c, t], d["lp"][c, t], d["ll"][c, t]))
        item = {k: d[k] for k in ("m0", "s0", "sigma", "y", "posterior_mean", "posterior_sd")}
        q = {"mu": d["mu"].ravel(), "exp_mu": np.exp(d["mu"]).ravel()}
        for part, l in (("prior", d["lp"]), ("likelihood", d["ll"])):
            dist, info = {}, {}
            for a in ALPHAS:
                w, info[str(a)] = smooth(l, a)
                for v, x in q.items():
                    dist.setdefault(v, {})[str(a)] = {"cjs_x": cjs(x, w), "cjs_minus_x": cjs(-x, w)}
            sens = {}
            for v in q:
                lo, up = (max(dist[v][str(a)].values()) for a in ALPHAS)
                sens[v] = (up / np.log2(ALPHAS[1]) - lo / np.log2(ALPHAS[0])) / 2
            item[part] = {"smoothing": info, "cjs": dist, "sensitivity": sens}
        pr, li = item["prior"]["sensitivity"]["mu"], item["likelihood"]["sensitivity"]["mu"]
        item["diagnosis_mu"] = ("potential prior-data conflict" if pr >= .05 and li >= .05 else
                                "potential strong prior / weak likelihood" if pr > .05 > li else "-")
        res[name] = item
with open("power_scale.json", "w", newline="\n") as f:
    json.dump({"versions": {"numpy": np.__version__, "scipy": scipy.__version__}, "alphas": list(ALPHAS), "scenarios": res}, f, indent=1)
    f.write("\n")
