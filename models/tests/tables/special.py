"""Prints special.csv: values of the special functions with 20 digits, by mpmath at 60 and more digits.

Columns: function, arguments separated by '|', value. Run: python3 special.py > special.csv (pip install mpmath).
"""
import random

import mpmath as mp

mp.mp.dps = 60
random.seed(1)


def emit(name, args, value):
    print(f"{name},{'|'.join(repr(float(a)) for a in args)},{mp.nstr(value, 20)}")


def at(digits, f, *args):
    """f of the exact doubles, at a precision that survives its cancellation."""
    with mp.workdps(digits):
        return +f(*[mp.mpf(float(a)) for a in args])


def delta(x):
    return mp.loggamma(x) - (x - mp.mpf(1) / 2) * mp.log(x) + x - mp.log(2 * mp.pi) / 2


ladder = [10.0**e for e in (-300, -100, -20, -8, -3, -1)] + [0.3, 0.5, 0.7, 0.99, 1.0, 1.01, 1.3, 1.46163, 1.7, 1.999, 2.0, 2.001,
          2.5, 2.999, 3.0, 3.5, 5.0, 7.5, 9.99, 10.0, 15.0, 33.3, 100.0, 1e3, 12345.6, 1e6, 1e8, 1e11, 1e16]
ladder += [10 ** random.uniform(-4, 4) for _ in range(40)]
for x in ladder:
    emit("lgamma", [x], at(80, mp.loggamma, x))
    emit("digamma", [x], at(80, mp.digamma, x))
    emit("trigamma", [x], at(80, lambda v: mp.psi(1, v), x))
    emit("stirling_error", [x], at(80, delta, x))
    emit("digamma_remainder", [x], at(80, lambda v: mp.digamma(v) - mp.log(v), x))
    emit("gamma_ln_x", [x], at(80, mp.log, x))

for x in [-0.9999999, -0.9, -0.5, -0.4999, -0.3, -1e-3, -1e-9, -1e-18, 1e-300, 1e-18, 1e-9, 1e-3, 0.2, 0.4999, 0.5, 0.51, 1.0, 3.0, 1e5, 1e16]:
    emit("log1pmx", [x], at(400, lambda v: mp.log1p(v) - v, x))
for x, m in [(0, 3), (1, 1e-300), (5, 5.0001), (1e10, 1.0000001e10), (1e16, 1.1e16), (1e-300, 1), (1e-3, 1e3), (1e11, 99999.0), (3, 4), (7, 2)]:
    emit("bd0", [x, m], at(120, lambda a, b: (a * mp.log(a / b) if a else mp.mpf(0)) + b - a, x, m))

for x in [-1000.0, -745.0, -40.0, -37.0, -20.0, -3.0, -0.7, -1e-9, 0.0, 1e-9, 0.7, 3.0, 20.0, 37.0, 40.0, 700.0, 1221.0]:
    emit("softplus", [x], at(700, lambda v: mp.log1p(mp.exp(v)), x))
    emit("inv_logit", [x], at(700, lambda v: 1 / (1 + mp.exp(-v)), x))
    emit("log_inv_logit", [x], at(700, lambda v: -mp.log1p(mp.exp(-v)), x))
for p in [1e-300, 1e-20, 1e-3, 0.1, 0.25, 0.4, 0.49999999, 0.5, 0.50000001, 0.7, 0.75, 0.9, 0.999999, 1 - 2.0**-53]:
    emit("logit", [p], at(120, lambda v: mp.log(v / (1 - v)), p))
for x in [-1e-300, -1e-20, -1e-3, -0.5, -0.6931, -0.6932, -1.0, -20.0, -40.0, -700.0]:
    emit("log1m_exp", [x], at(700, lambda v: mp.log(-mp.expm1(v)), x))

pairs = [(1e-300, 1e-300), (1e-300, 1), (1e-8, 1e-8), (1e-3, 1e10), (0.5, 0.5), (1, 1), (2, 3), (0.3, 9.7), (10, 1e-5), (1e3, 1e16), (1e16, 1e16),
         (7.5, 1e12), (1e5, 1e6), (1e300, 1e300)] + [(10 ** random.uniform(-8, 16), 10 ** random.uniform(-8, 16)) for _ in range(80)]
for a, b in pairs:
    d = 700 if a > 1e100 else 100
    emit("lbeta", [a, b], at(d, lambda u, v: mp.loggamma(u) + mp.loggamma(v) - mp.loggamma(u + v), a, b))
    emit("lbeta_partial", [a, b], at(d, lambda u, v: mp.digamma(u) - mp.digamma(u + v), a, b))
for n, k in [(0, 0), (1, 0), (5, 1), (5, 2), (10, 5), (1000, 500), (10**6, 3), (10**9, 10**8), (10**11, 5 * 10**10), (10**11, 7), (2**53, 2**52), (3, 3), (40, 38)]:
    emit("log_choose", [n, k], at(100, lambda u, v: mp.loggamma(u + 1) - mp.loggamma(v + 1) - mp.loggamma(u - v + 1), n, k))
for _ in range(60):
    r, k = 10 ** random.uniform(-8, 16), float(int(10 ** random.uniform(0, 11)))
    emit("log_rising", [r, k], at(100, lambda u, v: mp.loggamma(u + v) - mp.loggamma(u), r, k))
    emit("log_rising_partial", [r, k], at(100, lambda u, v: mp.digamma(u + v) - mp.digamma(u), r, k))

for x in [0.0, 1e-300, 1e-9, 0.1, 0.3, 0.4999, 0.5, 0.51, 0.9, 1.5, 2.4, 2.5, 2.6, 4.0, 5.9, 6.0, 10.0, 20.0, 26.0]:
    for s in (1, -1):
        emit("erf", [s * x], at(700, mp.erf, s * x))
        emit("erfc", [s * x], at(700, mp.erfc, s * x))
    emit("erfcx", [x], at(700, lambda v: mp.exp(v * v) * mp.erfc(v), x))
for z in [-37.0, -30.0, -10.0, -5.0, -3.0, -1.0, -0.7, -0.69, -0.1, 0.0, 0.3, 0.7, 1.0, 3.0, 5.0, 8.0, 10.0, 37.0]:
    emit("normal_cdf", [z], at(800, mp.ncdf, z))
for z in [-1e8, -1000.0, -40.0, -37.0, -10.0, -1.0, -0.7, 0.0, 0.7, 1.0, 8.0, 30.0]:
    emit("log_normal_cdf", [z], at(800, lambda v: mp.log(mp.erfc(-v / mp.sqrt(2)) / 2), z) if z > -500 else
         at(60, lambda v: -v * v / 2 - mp.log(-v) - mp.log(2 * mp.pi) / 2 + mp.log1p(-1 / v**2 + 3 / v**4 - 15 / v**6 + 105 / v**8 - 945 / v**10 + 10395 / v**12), z))
for p in [1e-300, 1e-100, 1e-20, 1e-5, 0.01, 0.1, 0.3, 0.49, 0.5, 0.51, 0.8, 0.99, 1 - 1e-10]:
    t = mp.findroot(lambda z: mp.log(mp.erfc(-z / mp.sqrt(2)) / 2) - mp.log(mp.mpf(p)), -mp.sqrt(-2 * mp.log(p)) if p < 0.1 else mp.mpf(p) - 0.5) if p <= 0.5 else \
        -mp.findroot(lambda z: mp.log(mp.erfc(-z / mp.sqrt(2)) / 2) - mp.log(1 - mp.mpf(p)), -mp.sqrt(-2 * mp.log(1 - mp.mpf(p))) if p > 0.9 else mp.mpf("-0.2"))
    emit("normal_quantile", [p], t)

gammas = [(1e-10, 1e-5), (1e-3, 0.5), (0.002, 1e-300), (0.5, 0.1), (0.5, 2), (1, 1), (3, 2), (3, 9), (10, 3), (10, 25), (100, 90), (100, 140), (1000, 1010),
          (1e4, 1.02e4), (1e4, 9800), (99999.0, 1e5), (1e5, 1e5), (1e5, 99000), (1e6, 1.003e6), (1e6, 1e6), (1e8, 1.0001e8), (1e10, 1.00001e10), (1e10, 9.9999e9)]
def lower_gamma(a, x):
    """P by the power series with exact terms, in working precision."""
    term = s = mp.mpf(1)
    n = a
    while term > s * mp.mpf(10) ** -50:
        n += 1
        term *= x / n
        s += term
    return s * mp.exp(a * mp.log(x) - x - mp.loggamma(a + 1))
for a, x in gammas:
    if a <= 1e6:
        p = at(80, lower_gamma, a, x)
        emit("gamma_p", [a, x], p)
        emit("gamma_q", [a, x], at(80, lambda u, v: 1 - lower_gamma(u, v), a, x))
    else:
        # quadrature of the density about its mode
        def upper(u, v):
            f = lambda t: mp.exp((u - 1) * mp.log(t) - t - mp.loggamma(u))
            s = mp.sqrt(u)
            return mp.quad(f, [v + s * i for i in range(0, 40, 2)])
        q = at(50, upper, a, x)
        emit("gamma_q", [a, x], q)
        emit("gamma_p", [a, x], 1 - q)

betas = [(1e-3, 1e-3, 1e-200), (0.002, 0.002, 0.5), (0.5, 0.5, 0.3), (1, 1, 0.7), (2, 3, 0.2), (2, 3, 0.9), (10, 0.1, 0.99), (50, 70, 0.4), (50, 70, 0.6),
         (1000, 3, 0.995), (1e4, 2e4, 0.33), (1e5, 1e6, 0.0911), (5, 1e9, 1e-8), (5e3, 5e15, 1e-12), (5e15, 0.5, 1 - 2.0**-52), (1e7, 2e7, 0.33333), (1e9, 3e9, 0.25001), (4e9, 5e9, 0.44445), (1e11, 3e11, 0.250001)]
def lower_beta(a, b, x):
    """I_x by the hypergeometric series with positive terms."""
    term = s = mp.mpf(1)
    n = mp.mpf(0)
    while term > s * mp.mpf(10) ** -45:
        term *= x * (a + b + n) / (a + 1 + n)
        n += 1
        s += term
        if n > 3e6:
            raise RuntimeError
    return s * mp.exp(a * mp.log(x) + b * mp.log1p(-x) - mp.log(a) - mp.loggamma(a) - mp.loggamma(b) + mp.loggamma(a + b))
def beta_by_quad(a, b, x):
    c = mp.loggamma(a + b) - mp.loggamma(a) - mp.loggamma(b)
    m = a / (a + b)
    s = mp.sqrt(m * (1 - m) / (a + b))
    f = lambda t: mp.exp((a - 1) * mp.log(t) + (b - 1) * mp.log1p(-t) + c)
    cuts = [x - s * i for i in range(0, 40, 2) if x - s * i > 0][::-1]
    return mp.quad(f, cuts)
for a, b, x in betas:
    if min(a, b) >= 1e7:
        v = at(60, beta_by_quad, a, b, x)
        emit("beta_lower", [a, b, x], v)
        emit("beta_upper", [a, b, x], 1 - v)
    elif x * (a + b) < 2 * a + 50 and max(a, b) < 1e7 or b > 1e8:
        v = at(70, lower_beta, a, b, x)
        emit("beta_lower", [a, b, x], v)
        emit("beta_upper", [a, b, x], at(70, lambda u, w, t: 1 - lower_beta(u, w, t), a, b, x))
    else:
        v = at(70, lambda u, w, t: lower_beta(w, u, 1 - t), a, b, x)
        emit("beta_upper", [a, b, x], v)
        emit("beta_lower", [a, b, x], at(70, lambda u, w, t: 1 - lower_beta(w, u, 1 - t), a, b, x))
