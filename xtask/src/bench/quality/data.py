"""Writes the tables as CSV, and their rows as JSON, and prints their names."""
import json, sys
import numpy as np, pandas as pd
from sklearn import datasets as d

r = np.random.default_rng(7)

def named(x, y): return pd.DataFrame(x, columns=[f"f{i}" for i in range(x.shape[1])]).assign(target=y)
def known(load, words):
    t = load()
    return named(t.data, [f"class_{v}" for v in t.target] if words else t.target)
def mixed(n=4000):
    x, a = r.normal(size=(n, 4)), r.integers(0, 40, n)
    b, c, e = r.integers(0, 4, n), r.integers(0, 3, n), r.normal(size=40)
    z = x[:, 0] * (b - 1.5) + x[:, 1] * x[:, 2] + 1.5 * e[a] + (c == 1) * x[:, 3]
    x[r.random(x.shape) < 0.08] = np.nan
    t = named(x, np.where(z + r.logistic(size=n) * 0.5 > 0, "yes", "no"))
    for at, (name, v) in enumerate([("word", a), ("kind", b), ("place", c)]):
        t.insert(at, name, pd.Series([f"{name}_{i}" for i in v]).mask(r.random(n) < 0.05))
    return t
def rules(n=3000):
    x = r.random((n, 10))
    y = np.where((x[:, 0] > 0.5) & (x[:, 1] < 0.6), 0, np.where((x[:, 2] > 0.4) ^ (x[:, 3] > 0.7), 1, 2))
    return named(x, [f"class_{v}" for v in y])
def shops(n=4000):
    x, a, e = r.normal(size=(n, 3)), r.integers(0, 240, n), r.normal(size=(240, 2))
    t = named(x, 2 * e[a, 0] + e[a, 1] * x[:, 0] + np.sin(2 * x[:, 1]) + r.normal(size=n) * 0.5)
    t.insert(0, "shop", [f"shop_{i}" for i in a])
    return t

tables = {"iris": known(d.load_iris, 1), "wine": known(d.load_wine, 1), "cancer": known(d.load_breast_cancer, 1),
          "digits": known(d.load_digits, 1), "diabetes": known(d.load_diabetes, 0),
          "friedman": named(*d.make_friedman1(2000, noise=1.0, random_state=7)), "mixed": mixed(), "rules": rules(),
          "shops": shops()}
for name, table in tables.items():
    table.to_csv(f"{sys.argv[1]}/quality_{name}.csv", index=False)
    rows = table.drop(columns="target").astype(object)
    json.dump(rows.where(rows.notna(), None).to_dict("records"), open(f"{sys.argv[1]}/quality_{name}.json", "w"))
    print(f"quality_{name}")
