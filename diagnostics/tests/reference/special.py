"""Values of the special functions with 50 digits, rounded to double: python special.py > special.json (needs mpmath)."""
import json
import mpmath as mp

mp.mp.dps = 50


def normal_quantile(p):
    """Newton's method on the logarithm of the tail, which stays well scaled however small p is."""
    if p > mp.mpf(1) / 2:
        return -normal_quantile(1 - p)
    x = mp.mpf(0) if p > 0.3 else -mp.sqrt(-2 * mp.log(p))
    for _ in range(200):
        tail = mp.erfc(-x / mp.sqrt(2)) / 2
        step = (mp.log(tail) - mp.log(p)) * tail / mp.npdf(x)
        x -= step
        if abs(step) < mp.mpf(10) ** -40:
            return x
    raise ValueError(p)


def incomplete_beta(x, a, b):
    return mp.betainc(a, b, 0, x, regularized=True)


def lower_beta_quantile(p, a, b):
    low, high = mp.mpf(0), mp.mpf(1)
    for _ in range(150):
        middle = (low + high) / 2
        low, high = (middle, high) if incomplete_beta(middle, a, b) < p else (low, middle)
    return low


probabilities = [1e-300, 1e-100, 1e-17, 1e-10, 1e-5, 0.001, 0.02425, 0.05, 0.0749, 0.075, 0.0751, 0.1586553, 0.25, 0.4, 0.4999, 0.5,
                 0.50001, 0.6, 0.75, 0.8413447, 0.9249, 0.9251, 0.95, 0.999, 0.99999]
shapes = [(0.5, 0.5), (0.3, 4.0), (1.0, 1.0), (2.0, 3.0), (11.0, 191.0), (3.5, 1996.0), (21.0, 381.0), (501.0, 501.0), (2001.0, 2001.0),
          (201.4, 3801.2), (9501.0, 501.0)]
beta = []
for a, b in shapes:
    mean = a / (a + b)
    sd = (mean * (1 - mean) / (a + b + 1)) ** 0.5
    for z in (-3.0, -1.0, -0.1, 0.0, 0.3, 1.0, 3.0):
        x = mean + z * sd
        if 0 < x < 1:
            beta.append([x, a, b, float(incomplete_beta(mp.mpf(x), a, b))])
inverse = [[p, a, b, float(lower_beta_quantile(mp.mpf(p), a, b))] for a, b in shapes for p in (1e-9, 0.05, 0.1586553, 0.5, 0.8413447)]
text = json.dumps({"normal_quantile": [[p, float(normal_quantile(mp.mpf(p)))] for p in probabilities],
                  "incomplete_beta": beta, "inverse_incomplete_beta": inverse})
print(text.replace("], [", "],\n ["))
