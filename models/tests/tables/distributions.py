"""Prints distributions.csv: log densities and distribution functions with 20 digits, by mpmath at 100 digits.

Columns: distribution, x, canonical arguments separated by '|', log density, P(X <= x) (empty where it is not worth its
time). Run: python3 distributions.py > distributions.csv (pip install mpmath).
"""
import mpmath as mp

mp.mp.dps = 100
L, G = mp.log, mp.loggamma


def lbeta(a, b):
    return G(a) + G(b) - G(a + b)


def choose(n, k):
    return G(n + 1) - G(k + 1) - G(n - k + 1)


def xlog(k, p):
    return mp.mpf(0) if k == 0 else k * L(p)


def inc_beta(a, b, x):
    """By the hypergeometric series of positive terms, in the tail where it converges fast."""
    if x > a / (a + b):
        return 1 - inc_beta(b, a, 1 - x) if 0 < x < 1 else mp.mpf(x)
    term = s = mp.mpf(1)
    n = 0
    while term > s * mp.mpf(10) ** -60:
        term *= x * (a + b + n) / (a + 1 + n)
        n += 1
        s += term
    return s * mp.exp(a * L(x) + b * mp.log1p(-x) - L(a) - lbeta(a, b))


def t_cdf(z, v):
    if z == 0:
        return mp.mpf(1) / 2
    tail = inc_beta(v / 2, mp.mpf(1) / 2, v / (v + z * z)) / 2
    return tail if z < 0 else 1 - tail


def t_log(z, v):
    return G((v + 1) / 2) - G(v / 2) - L(mp.pi * v) / 2 - (v + 1) / 2 * mp.log1p(z * z / v)


def bb(k, n, a, b):
    return choose(n, k) + lbeta(a + k, b + n - k) - lbeta(a, b)


def nb(k, m, r):
    return G(k + r) - G(r) - G(k + 1) - r * mp.log1p(m / r) + xlog(k, m / (r + m))


def hyper(k, N, K, n):
    return choose(K, k) + choose(N - K, n - k) - choose(N, n)


def sum_cdf(f):
    return lambda x, *a: mp.fsum(mp.exp(f(mp.mpf(k), *a)) for k in range(int(x) + 1))


def gamma_p(a, x):
    """By the power series of positive terms."""
    term = s = mp.mpf(1)
    n = a
    while term > s * mp.mpf(10) ** -80:
        n += 1
        term *= x / n
        s += term
    return s * mp.exp(a * L(x) - x - G(a + 1))


normal = lambda x, m, s: -((x - m) / s) ** 2 / 2 - L(s) - L(2 * mp.pi) / 2
gamma = lambda x, a, r: a * L(r) - G(a) + (a - 1) * L(x) - r * x
D = {
    "Beta": (lambda x, a, b: (a - 1) * L(x) + (b - 1) * mp.log1p(-x) - lbeta(a, b), lambda x, a, b: inc_beta(a, b, x)),
    "Normal": (normal, lambda x, m, s: mp.ncdf((x - m) / s)),
    "Logistic": (lambda x, m, s: -(x - m) / s - L(s) - 2 * mp.log1p(mp.exp(-(x - m) / s)), lambda x, m, s: 1 / (1 + mp.exp(-(x - m) / s))),
    "Laplace": (lambda x, m, s: -abs(x - m) / s - L(2 * s), lambda x, m, s: mp.exp((x - m) / s) / 2 if x < m else 1 - mp.exp(-(x - m) / s) / 2),
    "Cauchy": (lambda x, m, s: -L(mp.pi * s) - mp.log1p(((x - m) / s) ** 2), lambda x, m, s: mp.mpf(1) / 2 + mp.atan((x - m) / s) / mp.pi),
    "StudentT": (lambda x, v, m, s: t_log((x - m) / s, v) - L(s), lambda x, v, m, s: t_cdf((x - m) / s, v) if v < 100 else None),
    "HalfStudentT": (lambda x, v, s: t_log(x / s, v) - L(s) + L(2), lambda x, v, s: 2 * t_cdf(x / s, v) - 1 if v < 100 else None),
    "HalfNormal": (lambda x, s: normal(x, 0, s) + L(2), lambda x, s: mp.erf(x / s / mp.sqrt(2))),
    "HalfCauchy": (lambda x, s: L(2) - L(mp.pi * s) - mp.log1p((x / s) ** 2), lambda x, s: 2 * mp.atan(x / s) / mp.pi),
    "LogNormal": (lambda x, m, s: normal(L(x), m, s) - L(x), lambda x, m, s: mp.ncdf((L(x) - m) / s)),
    "Exponential": (lambda x, r: L(r) - r * x, lambda x, r: -mp.expm1(-r * x)),
    "Gamma": (gamma, lambda x, a, r: gamma_p(a, r * x)),
    "InverseGamma": (lambda x, a, s: a * L(s) - G(a) - (a + 1) * L(x) - s / x, lambda x, a, s: 1 - gamma_p(a, s / x)),
    "Weibull": (lambda x, k, s: L(k / s) + (k - 1) * L(x / s) - (x / s) ** k, lambda x, k, s: -mp.expm1(-((x / s) ** k))),
    "Uniform": (lambda x, l, u: -L(u - l), lambda x, l, u: (x - l) / (u - l)),
    "Pareto": (lambda x, l, a: L(a) + a * L(l) - (a + 1) * L(x), lambda x, l, a: 1 - (l / x) ** a),
    "Bernoulli": (lambda x, p: L(p) if x == 1 else mp.log1p(-p), lambda x, p: mp.mpf(1) if x == 1 else 1 - p),
    "Binomial": (lambda k, n, p: choose(n, k) + xlog(k, p) + xlog(n - k, 1 - p), None),
    "Geometric": (lambda k, p: L(p) + k * mp.log1p(-p), lambda k, p: 1 - (1 - p) ** (k + 1)),
    "NegativeBinomial": (nb, None),
    "Poisson": (lambda k, r: xlog(k, r) - r - G(k + 1), None),
    "BetaBinomial": (bb, None),
    "Hypergeometric": (hyper, None),
}
POINTS = {
    "Beta": [(0.3, 2, 3), (1e-300, 0.002, 0.5), (0.999999, 50, 0.1), (0.5, 1, 1), (0.4999, 1e4, 1e4), (0.50000001, 1e16, 1e16), (1e-5, 1, 1e5), (0.25, 1e8, 3.0001e8)],
    "Normal": [(0, 0, 1), (3, 1, 0.5), (-40, 0, 1), (1e-8, 0, 1e-9), (1e10, 0, 1e9), (12, 0, 1)],
    "Logistic": [(0, 0, 1), (-50, 1, 2), (900, 0, 1), (3, 2, 0.1)],
    "Laplace": [(0, 0, 1), (-50, 1, 2), (5, 0, 1), (3, 3.5, 0.1)],
    "Cauchy": [(0, 0, 1), (-50, 1, 2), (1e200, 0, 1), (-1e10, 0, 1), (0.3, 0, 1)],
    "StudentT": [(0, 3, 0, 1), (5, 4, 1, 2), (-30, 1.5, 0, 1), (1e200, 2, 0, 1), (2, 1e5, 0, 1), (3, 1e10, 0, 1), (3, 1e16, 0, 1), (0.5, 0.1, 0, 1), (1e8, 1e16, 0, 1)],
    "HalfStudentT": [(0, 3, 1), (5, 4, 2), (2, 1e5, 1), (3, 1e12, 1), (1e180, 3, 1)],
    "HalfNormal": [(0, 1), (2, 3), (30, 1), (1e-9, 1)],
    "HalfCauchy": [(0, 1), (2, 3), (1e200, 1), (1e-9, 1)],
    "LogNormal": [(1, 0, 1), (1e-300, 3, 20), (50, 3, 0.5), (1e10, 0, 2)],
    "Exponential": [(0, 1), (2, 3), (1e-300, 1e-3), (300, 2)],
    "Gamma": [(1, 2, 3), (1e-300, 0.002, 1), (1e4, 1e4, 1.001), (1.00001e10, 1e10, 1), (1e16, 1e16, 1.00000001), (0.5, 1, 1), (300, 3, 0.5)],
    "InverseGamma": [(1, 2, 3), (1e300, 0.002, 1), (1, 1e4, 1.001e4), (0.01, 3, 1), (1, 1e16, 1.00000001e16)],
    "Weibull": [(1, 1, 1), (2, 0.5, 3), (1e-200, 0.01, 1), (1.01, 300, 1)],
    "Uniform": [(0, 0, 1), (0.3, -1, 1), (1, 0, 1), (1e10, 0, 3e10)],
    "Pareto": [(1, 1, 2), (5, 2, 0.5), (1e200, 1, 1e-3), (1.001, 1, 1e4)],
    "Bernoulli": [(0, 0.3), (1, 0.3), (1, 1e-300), (0, 1e-20)],
    "Binomial": [(0, 0, 0.3), (3, 10, 0.3), (0, 10, 1e-20), (10, 10, 0.999), (500, 1000, 0.5), (1e10, 1e11, 0.1), (7, 1e11, 1e-10), (900, 1000, 0.01), (1000, 1001, 1 - 2.0**-40)],
    "Geometric": [(0, 0.3), (5, 0.3), (1e10, 1e-10), (3, 1), (0, 1), (100, 0.9)][:3] + [(100, 0.9), (0, 0.999)],
    "NegativeBinomial": [(0, 3, 2), (5, 3, 2), (1000, 3, 0.01), (5, 3, 1e16), (10**10, 10.0**10, 1e6), (0, 1e-300, 1), (3, 1e-200, 1e-8), (2, 1e200, 0.5), (10**6, 1e6, 1e16), (0, 1e5, 1e-8), (30, 1e-3, 1e12), (4, 1e280, 1e-5), (7, 5, 1e260)],
    "Poisson": [(0, 0.5), (5, 3), (0, 1e-300), (2, 1e-100), (1e10, 1.00001e10), (1000, 30), (10, 1e4), (2.0**52, 2.0**52)],
    "BetaBinomial": [(3, 10, 2, 3), (0, 0, 1, 1), (30, 1000, 0.3, 9.7), (500, 1000, 5e12, 5e12), (10, 20, 1e-3, 1e-3), (0, 5, 1e-8, 3), (100, 100, 3, 0.1), (1e8, 1e9, 1e9, 9e9)],
    "Hypergeometric": [(3, 20, 8, 7), (0, 5, 0, 3), (5, 5, 5, 5), (30, 1000, 100, 300), (1e6, 1e9, 1e8, 1e7), (0, 1e12, 10, 1e6), (3, 10, 5, 8), (12, 40, 20, 20), (5e14, 4e15, 2e15, 1e15)],
}
for name, points in POINTS.items():
    density, cdf = D[name]
    for point in points:
        big = max(abs(float(v)) for v in point)
        args = [mp.mpf(float(v)) for v in point]
        with mp.workdps(900 if big > 1e60 else 100):
            value = density(*args)
            c = None
            if cdf is not None and not (name in ("Beta", "Gamma", "InverseGamma") and big > 2e4 and big < 1e299):
                c = cdf(*args)
            elif cdf is None and args[0] <= 2000:
                c = sum_cdf(density)(*args) if name != "Hypergeometric" else mp.fsum(
                    mp.exp(density(mp.mpf(k), *args[1:])) for k in range(int(max(0, args[3] + args[2] - args[1])), int(args[0]) + 1))
            print(f"{name},{float(args[0])!r},{'|'.join(repr(float(a)) for a in args[1:])},{mp.nstr(value, 20)},{'' if c is None else mp.nstr(c, 20)}")
