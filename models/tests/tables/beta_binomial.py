"""High-precision table for the Beta-binomial log pmf and its gradient (mpmath, 80 digits; `pip install mpmath`).

Columns: k, n, alpha, beta, log_pmf, d_log_pmf/d_alpha, d_log_pmf/d_beta, d/d_log_concentration (mean fixed), d/d_logit_mean
(concentration fixed). Numbers are printed with 20 significant digits. Run: python3 beta_binomial.py > beta_binomial.csv
"""
import random
import mpmath as mp

mp.mp.dps = 80
random.seed(20261120)


def lbeta(a, b):
    return mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)


def row(k, n, a, b):
    a, b = mp.mpf(a), mp.mpf(b)
    phi, mean = a + b, a / (a + b)
    lp = mp.loggamma(n + 1) - mp.loggamma(k + 1) - mp.loggamma(n - k + 1) + lbeta(a + k, b + n - k) - lbeta(a, b)
    common = mp.digamma(phi) - mp.digamma(phi + n)
    da = mp.digamma(a + k) - mp.digamma(a) + common
    db = mp.digamma(b + n - k) - mp.digamma(b) + common
    dlogphi = a * da + b * db
    dlogit = phi * mean * (1 - mean) * (da - db)
    return lp, da, db, dlogphi, dlogit


points = [(500, 1000, 5e9, 5e9), (500, 1000, 5e12, 5e12), (500, 1000, 5e18, 5e18), (30, 1000, 0.3, 9.7),
          (10**5, 10**6, 1e3, 9e3), (10**8, 10**9, 1e9, 9e9), (7, 10**7, 1, 1e6), (450, 1000, 1e-3, 1e-3),
          (900, 1000, 50, 5000), (0, 0, 1, 1), (0, 1, 1e-300, 1), (1, 1, 1e-8, 1e-8), (4, 100, 1e15, 3e16)]
for _ in range(1500):
    a, b = 10 ** random.uniform(-8, 16), 10 ** random.uniform(-8, 16)
    n = int(10 ** random.uniform(0, 11))
    k = random.choice([0, n, min(n, 1), random.randint(0, n), min(n, int(n * a / (a + b)))])
    points.append((k, n, a, b))
print("k,n,alpha,beta,log_pmf,d_alpha,d_beta,d_log_concentration,d_logit_mean")
for k, n, a, b in points:
    print(",".join([str(k), str(n), repr(float(a)), repr(float(b))] + [mp.nstr(v, 20) for v in row(k, n, a, b)]))
