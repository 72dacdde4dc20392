"""Computes the coefficients of the rational approximations of models/src/special: interpolation at Chebyshev nodes.

Prints for each function its relative error over the interval and the coefficients, numerator first. Run:
python3 coefficients.py (pip install mpmath).
"""
import mpmath as mp

mp.mp.dps = 60


def interpolate(f, low, high, p, q):
    """Numerator of degree p and denominator of degree q, constant term 1, equal to f at p + q + 1 Chebyshev nodes."""
    n = p + q + 1
    low, high = mp.mpf(low), mp.mpf(high)
    nodes = [(low + high) / 2 + (high - low) / 2 * mp.cos(mp.pi * (2 * i + 1) / (2 * n)) for i in range(n)]
    a, b = mp.matrix(n, n), mp.matrix(n, 1)
    for i, x in enumerate(nodes):
        b[i] = f(x)
        for j in range(p + 1):
            a[i, j] = x**j
        for j in range(1, q + 1):
            a[i, p + j] = -b[i] * x**j
    s = mp.lu_solve(a, b)
    return [s[j] for j in range(p + 1)], [mp.mpf(1)] + [s[p + j] for j in range(1, q + 1)]


def show(name, f, low, high, p, q):
    top, bottom = interpolate(f, low, high, p, q)
    points = [mp.mpf(low) + (mp.mpf(high) - low) * (i + mp.mpf("0.37")) / 301 for i in range(301)]
    error = max(abs(mp.polyval(top[::-1], x) / mp.polyval(bottom[::-1], x) / f(x) - 1) for x in points)
    print(f"{name}, error {mp.nstr(error, 2)}", [float(c) for c in top], [float(c) for c in bottom], sep="\n")


def stirling(w):
    x = 1 / mp.sqrt(w)
    return (mp.loggamma(x) - (x - mp.mpf(1) / 2) * mp.log(x) + x - mp.log(2 * mp.pi) / 2) * x


def remainder(w):
    x = 1 / mp.sqrt(w)
    return -(mp.digamma(x) - mp.log(x) + 1 / (2 * x)) * x * x


def trigamma(w):
    x = 1 / mp.sqrt(w)
    return (mp.psi(1, x) - 1 / x - 1 / (2 * x * x)) * x**3


show("stirling error, x delta(x) in 1/x^2", stirling, 0, 0.25, 6, 6)
show("digamma remainder, -x^2 (e(x) + 1/2x) in 1/x^2", remainder, 0, 0.25, 7, 7)
least = mp.mpf(10) ** -12
show("stirling error for x >= 1 (vector/gamma.rs), x delta(x) in 1/x^2", stirling, least, 1, 9, 9)
show("digamma remainder for x >= 1 (vector/gamma.rs), -x^2 (e(x) + 1/2x) in 1/x^2", remainder, least, 1, 10, 10)
show("trigamma, x^3 (psi' - 1/x - 1/2x^2) in 1/x^2", trigamma, 0, 0.25, 8, 8)
show("lgamma/((x - 1)(x - 2))", lambda x: mp.loggamma(x) / ((x - 1) * (x - 2)), 0.5, 3, 10, 10)
show("(atanh r - r)/r^3 in r^2", lambda s: (mp.atanh(mp.sqrt(s)) / mp.sqrt(s) - 1) / s, 0, mp.mpf(1) / 9, 10, 0)
widest = ((mp.sqrt(2) - 1) / (mp.sqrt(2) + 1)) ** 2 * mp.mpf("1.0001")
show("half of (vector/logarithm.rs) 2 (atanh r - r)/r^3 in r^2", lambda s: (mp.atanh(mp.sqrt(s)) / mp.sqrt(s) - 1) / s,
     mp.mpf(10) ** -20, widest, 6, 0)
half = mp.log(2) / 2 * mp.mpf("1.0001")
show("(exp(r) - 1 - r)/r^2 (vector/exponential.rs)", lambda r: (mp.expm1(r) - r) / r**2, -half, half, 9, 0)
show("erf(x)/x in x^2", lambda s: mp.erf(mp.sqrt(s)) / mp.sqrt(s), 0, 0.25, 4, 4)
show("erfcx", lambda x: mp.exp(x * x) * mp.erfc(x), 0.5, 2.5, 7, 7)
with mp.workdps(800):
    tail = lambda w: mp.exp(1 / w) * mp.erfc(1 / mp.sqrt(w)) / mp.sqrt(w)
    show("x erfcx(x) in 1/x^2", lambda w: +tail(w) if w > mp.mpf("1e-3") else sum(
        (-1) ** k * mp.fac2(2 * k - 1) * (w / 2) ** k for k in range(40)) / mp.sqrt(mp.pi), 0, 0.16, 7, 7)
