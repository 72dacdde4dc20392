"""Prints extremes.csv: log densities of conjugate models at extreme data, by mpmath at 60 digits.

Columns: case, position (numbers separated by '|', none where everything is integrated out), value. The values at positions
are over the unconstrained reals (logit or log of each hyperparameter, with its Jacobian), less that at the first position
of the case. Run: python3 extremes.py > extremes.csv (pip install mpmath).
"""
import mpmath as mp

mp.mp.dps = 60
lg = mp.loggamma


first = {}


def emit(name, position, value):
    if position:
        value -= first.setdefault(name, value)
    print(f"{name},{'|'.join(repr(float(p)) for p in position)},{mp.nstr(value, 22)}")


def lbeta(a, b):
    return lg(a) + lg(b) - lg(a + b)


def choose(n, k):
    return lg(mp.mpf(n) + 1) - lg(mp.mpf(k) + 1) - lg(mp.mpf(n) - k + 1)


# ---- evidence, where nothing is left to sample ----

for name, k, n in [("none", 0, 10**11), ("all", 10**11, 10**11), ("one", 1, 10**11), ("some", 1234567, 10**11),
                   ("half", 5 * 10**10, 10**11), ("all_but_one", 10**11 - 1, 10**11), ("empty", 0, 0)]:
    for a, b in [("1", "1"), ("0.001", "0.001"), ("1e6", "3")]:
        x, y = mp.mpf(float(a)), mp.mpf(float(b))
        emit(f"binomial {name} {a} {b}", [], choose(n, k) + lbeta(x + k, y + n - k) - lbeta(x, y))

multinomials = {"huge": [10**11, 5 * 10**10, 3], "one": [10**11, 0, 0], "none": [0, 0, 0], "even": [10**11] * 3}
for name, counts in multinomials.items():
    for a in ["0.01", "1", "1000"]:
        x = mp.mpf(float(a))
        n = mp.mpf(sum(counts))
        value = lg(n + 1) + lg(3 * x) - lg(n + 3 * x)
        value += sum(lg(c + x) - lg(x) - lg(mp.mpf(c) + 1) for c in counts)
        emit(f"multinomial {name} {a}", [], value)

# y = 0 everywhere, and one count, with exposures from 1e-8 to 1e8.
exposures = [mp.mpf(float(f"1e{i}")) for i in range(-8, 9)]
for name, counts in [("zeros", [0] * 17), ("last", [0] * 16 + [7]), ("big", [0] * 16 + [10**9])]:
    for s, r in [("1", "1"), ("0.001", "1e-6"), ("1e4", "1e4")]:
        shape, rate, total = mp.mpf(float(s)), mp.mpf(float(r)), sum(counts)
        value = shape * mp.log(rate) - lg(shape) + lg(shape + total) - (shape + total) * mp.log(rate + sum(exposures))
        value += sum(y * mp.log(e) - lg(mp.mpf(y) + 1) for y, e in zip(counts, exposures))
        emit(f"poisson {name} {s} {r}", [], value)

# y_i ~ Normal(v, s), v ~ Normal(m, t): a covariance of s² I + t² 11ᵀ.
values = [mp.mpf(float(y)) for y in ["0.5", "1.5", "-2.5", "0.25"]]
for m, t, s in [("0", "1e-8", "1"), ("0", "1e8", "1"), ("0", "1", "1e-8"), ("1e8", "1e8", "1e-8"), ("3", "1e-8", "1e8"),
                ("0.3", "1e8", "1e8"), ("0", "1e-8", "1e-8")]:
    location, spread, noise = (mp.mpf(float(x)) for x in (m, t, s))
    n, r = len(values), [y - location for y in values]
    square = (sum(x * x for x in r) - spread**2 * sum(r) ** 2 / (noise**2 + n * spread**2)) / noise**2
    log_det = 2 * (n - 1) * mp.log(noise) + mp.log(noise**2 + n * spread**2)
    emit(f"normal {m} {t} {s}", [], -(square + log_det + n * mp.log(2 * mp.pi)) / 2)

# ---- hyperparameters at positions over the unconstrained reals ----

def beta_groups(name, groups):
    """mu ~ Beta(2, 2), kappa ~ LogNormal(1, 2), theta[g] ~ Beta(mean = mu, concentration = kappa), k ~ Binomial."""
    for logit, log_kappa in [(0.0, 0.0), (0.5, 1.0), (-12.0, 3.0), (-24.0, 20.0), (3.0, -8.0), (20.0, 12.0), (-0.25, 34.0)]:
        q, l = mp.mpf(logit), mp.mpf(log_kappa)
        a, b = mp.exp(l) / (1 + mp.exp(-q)), mp.exp(l) / (1 + mp.exp(q))
        mu, nu = 1 / (1 + mp.exp(-q)), 1 / (1 + mp.exp(q))
        value = 2 * mp.log(mu) + 2 * mp.log(nu) - ((l - 1) / 2) ** 2 / 2
        value += sum(lbeta(a + k, b + n - k) - lbeta(a, b) for k, n in groups)
        emit(f"beta {name}", [logit, log_kappa], value)


beta_groups("one_group", [(3, 10)])
beta_groups("huge", [(1234567, 10**11), (5 * 10**10, 10**11), (0, 10**11), (10**11, 10**11)])
beta_groups("all_zero", [(0, 10), (0, 10**11), (0, 1)])
beta_groups("all_successes", [(10, 10), (10**11, 10**11), (1, 1)])


def gamma_groups(name, groups):
    """al ~ LogNormal(0, 3), be ~ LogNormal(0, 3), lambda[g] ~ Gamma(al, be), k ~ Poisson(lambda[g] * e)."""
    for log_al, log_be in [(0.0, 0.0), (1.0, -1.0), (-12.0, 5.0), (25.0, 25.0), (3.0, -16.0), (12.0, 30.0), (-5.0, -20.0)]:
        x, y = mp.mpf(log_al), mp.mpf(log_be)
        al, be = mp.exp(x), mp.exp(y)
        value = -(x * x + y * y) / 18
        value += sum(al * y - lg(al) + lg(al + k) - (al + k) * mp.log(be + e) for k, e in groups)
        emit(f"gamma {name}", [log_al, log_be], value)


gamma_groups("zeros", [(0, e) for e in exposures])
gamma_groups("mixed", [(0, mp.mpf("1e-8")), (10**9, mp.mpf("1e8")), (3, mp.mpf(1)), (10**11, mp.mpf(1))][1:] + [(0, mp.mpf(0.5))])
gamma_groups("one_group", [(4, mp.mpf(2))])


def dirichlet_groups(name, groups):
    """a ~ LogNormal(0, 3), theta[g] ~ Dirichlet(a * ones[o]), o ~ Multinomial(theta[g])."""
    for log_a in [0.0, 1.0, -8.0, -20.0, 10.0, 30.0]:
        x = mp.mpf(log_a)
        a = mp.exp(x)
        value = -x * x / 18
        for counts in groups:
            n = sum(counts)
            value += lg(3 * a) - lg(3 * a + n) + sum(lg(a + c) - lg(a) for c in counts)
        emit(f"dirichlet {name}", [log_a], value)


dirichlet_groups("huge", [[10**11, 5 * 10**10, 3], [10**11, 0, 0], [0, 0, 0]])
dirichlet_groups("one_group", [[0, 7, 1]])


def normal_groups(name, groups, means):
    """t ~ LogNormal(0, 20), v[g] ~ Normal(0.3, t), y ~ Normal(v[g], s), s known: by groups of (values, s)."""
    for log_t in means:
        x = mp.mpf(log_t)
        t = mp.exp(x)
        value = -((x / 20) ** 2) / 2
        for ys, s in groups:
            n, r = len(ys), [mp.mpf(y) - mp.mpf(0.3) for y in ys]
            square = (sum(v * v for v in r) - t * t * sum(r) ** 2 / (s * s + n * t * t)) / (s * s)
            value += -(square + 2 * (n - 1) * mp.log(s) + mp.log(s * s + n * t * t)) / 2
        emit(f"normal_scale {name}", [log_t], value)


positions = [0.0, 1.0, -18.0, -30.0, 18.0, 40.0]
ys = [[0.5, 1.5], [-2.5, 0.25]]
normal_groups("unit", [(y, mp.mpf(1)) for y in ys], positions)
close = [[0.5, 0.50000001], [-2.5, -2.50000002]]
normal_groups("tiny", [(y, mp.mpf(1e-8)) for y in close], positions)
normal_groups("apart", [(y, mp.mpf(1e-8)) for y in ys], positions)
normal_groups("huge", [(y, mp.mpf(1e8)) for y in ys], positions)
