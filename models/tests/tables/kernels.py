"""Prints kernels.csv: log densities and derivatives at extreme parameters, with 20 digits, by mpmath.

Columns: kernel, inputs separated by '|', then value and derivatives separated by '|'. Derivatives by a positive
parameter are by its logarithm. Run: python3 kernels.py > kernels.csv (pip install mpmath).
"""
import random

import mpmath as mp

mp.mp.dps = 120
random.seed(3)
L, G, P = mp.log, mp.loggamma, mp.digamma


def emit(name, inputs, values):
    print(f"{name},{'|'.join(repr(float(v)) for v in inputs)},{'|'.join(mp.nstr(v, 20) for v in values)}")


def nb(k, eta, r):
    m = mp.exp(eta)
    value = G(k + r) - G(r) - G(k + 1) - r * mp.log1p(m / r) + k * (eta - L(r + m))
    d_r = P(k + r) - P(r) - mp.log1p(m / r) + (m - k) / (r + m)
    return value, r * (k - m) / (r + m), r * d_r


def nb_successes(k, r, lp, l1):
    return G(k + r) - G(r) + r * lp + k * l1, r * (P(k + r) - P(r) + lp)


def student(z, v):
    value = G((v + 1) / 2) - G(v / 2) - L(mp.pi * v) / 2 - (v + 1) / 2 * mp.log1p(z * z / v)
    d = (P((v + 1) / 2) - P(v / 2)) / 2 - 1 / (2 * v) - mp.log1p(z * z / v) / 2 + (v + 1) / 2 * z * z / (v * (v + z * z))
    return value, -(v + 1) * z / (v + z * z), v * d


def beta(lx, a, b):
    l1 = mp.log1p(-mp.exp(lx))
    value = (a - 1) * lx + (b - 1) * l1 - G(a) - G(b) + G(a + b)
    return value, a * (lx - P(a) + P(a + b)), b * (l1 - P(b) + P(a + b))


def dirichlet_multinomial(kappa, pairs):
    """Value and derivatives by log kappa and by each log alpha."""
    alpha = [kappa * m for m, _ in pairs]
    n = mp.fsum(y for _, y in pairs)
    phi = mp.fsum(alpha)
    value = G(n + 1) + G(phi) - G(n + phi) + mp.fsum(G(a + y) - G(a) - G(y + 1) for a, (_, y) in zip(alpha, pairs))
    d = [a * (P(a + y) - P(a) + P(phi) - P(n + phi)) for a, (_, y) in zip(alpha, pairs)]
    return [value, mp.fsum(d)] + d


def run(name, f, inputs):
    big = max(abs(v) for v in inputs) > 400
    with mp.workdps(700 if big else 120):
        emit(name, inputs, f(*[mp.mpf(float(v)) for v in inputs]))


for eta in (-690.0, -300.0, -20.0, -1.0, 0.5, 3.0, 10.0, 20.0, 300.0, 690.0, 720.0, -800.0):
    for r in (1e-8, 0.3, 5.0, 1e4, 1e10, 1e16):
        for k in {0.0, 1.0, 40.0, 1e6, float(min(1e11, int(mp.exp(min(eta, 25)))))}:
            run("nb", nb, (k, eta, r))
for _ in range(60):
    r, k, lp = 10 ** random.uniform(-6, 12), float(int(10 ** random.uniform(0, 9))), -random.expovariate(1)
    run("nb_successes", nb_successes, (k, r, lp, float(mp.log1p(-mp.exp(lp)))))
for v in (1e-3, 0.5, 3.0, 50.0, 1e6, 1e12, 1e16):
    for z in (0.0, 1e-9, 0.7, -3.0, 1e3, 1e12):
        run("student", student, (z, v))
for lx in (-600.0, -20.0, -3.0, -0.9):
    for a, b in ((1e-3, 2.0), (0.5, 0.5), (3.0, 1e4), (1e6, 1.3e6), (1e10, 2e11), (1e14, 1.5e14)):
        run("beta", beta, (lx, a, b))
for a, b in ((1e10, 2e11), (1e14, 1.5e14), (1e8, 2e8)):
    lx = float(mp.log(mp.mpf(a) / (a + b)) + 2 / mp.sqrt(a))
    run("beta", beta, (lx, a, b))
for kappa in (1e-8, 0.1, 30.0, 1e5, 1e10, 1e13, 1e16):
    for mean in ((0.25, 0.5, 0.25), (0.125, 0.125, 0.75), (2.0**-40, 0.5, 0.5 - 2.0**-40)):
        for y in ((3, 0, 7), (30, 50, 20), (0, 0, 5), (1, 10**6, 10**6), (10**10, 2 * 10**10 + 10**5, 10**10 - 10**5), (250, 500, 250)):
            row = [(mp.mpf(m), mp.mpf(v)) for m, v in zip(mean, y)]
            emit("dm", [kappa, *mean, *y], dirichlet_multinomial(mp.mpf(kappa), row))
