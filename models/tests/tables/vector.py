"""Prints vector.csv: elementary functions over their whole domains with 20 digits, by mpmath at 400 and more digits.

Columns: function, arguments separated by '|', value. Run: python3 vector.py > vector.csv (pip install mpmath).
"""
import random

import mpmath as mp

random.seed(7)
LARGEST, LEAST = 1.7976931348623157e308, 5e-324


def emit(name, args, f):
    with mp.workdps(800 if name in ("expm1", "softplus", "log1m_exp", "inv_logit", "log_inv_logit", "log1pmx") else 400):
        value = f(*[mp.mpf(float(a)) for a in args])
        print(f"{name},{'|'.join(repr(float(a)) for a in args)},{mp.nstr(value, 20)}")


positive = [LEAST, 1e-320, 2.2250738585072014e-308, 1e-300, 1e-20, 1e-3, 0.5, 0.7071067811865475, 0.7071067811865476, 1 - 2.0**-53, 1.0,
            1 + 2.0**-52, 1.4142135623730951, 1.4142135623730950, 1.9999999999999998, 2.0, 10.0, 1e16, 1e300, LARGEST]
positive += [10 ** random.uniform(-300, 300) for _ in range(30)] + [random.uniform(0, 3) for _ in range(60)]
for x in positive:
    emit("log", [x], mp.log)
for x in positive + [-v for v in positive if v < 1] + [-0.2928932188134524, -0.2928932188134525, 0.41421356237309503, 0.4142135623730951]:
    emit("log1p", [x], mp.log1p)
    if x != 0 and abs(x) > 1e-150:
        emit("log1pmx", [x], lambda v: mp.log1p(v) - v)
moderate = [random.uniform(-2, 2) for _ in range(60)] + [random.uniform(-40, 40) for _ in range(30)] + [1e-300, -1e-300, 1e-9, -1e-9, 0.34657359027997264, -0.34657359027997264]
for x in moderate + [-745.0, -730.0, -708.0, -700.1, 100.3, 700.1, 709.7, 709.782712893384]:
    emit("exp", [x], mp.exp)
    emit("expm1", [x], mp.expm1)
for x in moderate + [-744.0, -700.0, -100.0, 100.0, 700.0, 1e5, LARGEST]:
    if x < 1000:
        emit("inv_logit", [x], lambda v: 1 / (1 + mp.exp(-v)))
    emit("softplus", [x], lambda v: mp.log1p(mp.exp(v)) if v < 1000 else +v)
    emit("log_inv_logit", [-x], lambda v: -mp.log1p(mp.exp(-v)) if v > -1000 else +v)
for x in [-abs(v) for v in moderate] + [-LEAST, -1e-300, -0.6931471805599453, -100.0, -700.0, -740.0]:
    emit("log1m_exp", [x], lambda v: mp.log(-mp.expm1(v)))
gamma = [1e-300, 1e-20, 1e-3, 0.49999999999999994, 0.5, 1 - 2.0**-53, 1.0, 1 + 2.0**-52, 1.4616321449683622, 2.0, 2 - 2.0**-52, 3.0, 3.0000000000000004, 1e3, 1e11, 1e16, 1e300]
gamma += [10 ** random.uniform(-6, 6) for _ in range(40)] + [random.uniform(0, 4) for _ in range(60)]
for x in gamma:
    emit("lgamma", [x], mp.loggamma)
    emit("digamma", [x], mp.digamma)
    emit("stirling_error", [x], lambda v: mp.loggamma(v) - (v - mp.mpf(1) / 2) * mp.log(v) + v - mp.log(2 * mp.pi) / 2)
    emit("digamma_remainder", [x], lambda v: mp.digamma(v) - mp.log(v))
ratios = [(1e300, 1e-300), (1e-300, 1e300), (1.0, 1 + 2.0**-52), (1e-320, 1e300), (3.0, 3.0)]
ratios += [(10 ** random.uniform(-300, 300), 10 ** random.uniform(-300, 300)) for _ in range(40)] + [(random.uniform(0.4, 3), random.uniform(0.4, 3)) for _ in range(60)]
for p, q in ratios:
    emit("log_ratio", [p, q], lambda a, b: mp.log(a) - mp.log(b))
    if 1e-290 < min(p, q) and max(p, q) < 1e290:
        emit("lbeta", [p, q], lambda a, b: mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b))
    if 1e-4 < min(p, q) and max(p, q) < 1e290:
        emit("lbeta_partial", [p, q], lambda a, b: mp.digamma(a) - mp.digamma(a + b))
