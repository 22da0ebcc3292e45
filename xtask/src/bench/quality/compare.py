"""Trains scikit-learn's models on all rows that were not held out, and prints the table."""
import glob, json, os, sys, warnings
import numpy as np, pandas as pd
from sklearn.compose import make_column_transformer as columns
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import r2_score
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline as pipe
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

warnings.filterwarnings("ignore")
M = (1 << 64) - 1

def held_out(groups, seed):
    """As crates/dataset/src/split.rs; the score below shows whether it still is."""
    state, out = seed ^ 0x5BD1E9959D1B58A3, []
    for rows in groups:
        rows = list(rows)
        for last in range(len(rows) - 1, 0, -1):
            state = (state + 0x9E3779B97F4A7C15) & M
            z = ((state ^ state >> 30) * 0xBF58476D1CE4E5B9) & M
            z = ((z ^ z >> 27) * 0x94D049BB133111EB) & M
            at = ((z ^ z >> 31) * (last + 1)) >> 64
            rows[last], rows[at] = rows[at], rows[last]
        out += rows[:max(int(len(rows) * 0.15 + 0.5), 1)]
    return np.sort(out)

print("| table | ours | linear | MLP | HGB | to linear and MLP | to HGB |\n|---|---|---|---|---|---|---|")
for csv in sorted(glob.glob(f"{sys.argv[1]}/*.csv")):
    table, name, scores = pd.read_csv(csv), os.path.basename(csv)[8:-4], []
    x, y = table.drop(columns="target"), table.target.to_numpy()
    for seed in range(1, 6):
        ours = json.load(open(f"{csv[:-4]}.{seed}.ours"))
        model = ours["model"]
        classes, metrics = model["classes"], model["metrics"]
        groups = [np.flatnonzero(y == c) for c in classes] if classes else [range(len(y))]
        test = held_out(groups, seed)
        train = np.setdiff1d(np.arange(len(y)), test)
        score = (lambda p: np.mean(p == y[test])) if classes else (lambda p: r2_score(y[test], p))
        said = np.array([p["label"] if classes else p["value"] for p in ours["predictions"]])[test]
        mine, reported = score(said), metrics["accuracy" if classes else "r2"]
        assert abs(mine - reported) < 1e-4, f"{name}, seed {seed}: {mine} here, {reported} there"
        words = list(x.select_dtypes(exclude="number"))
        numbers = [c for c in x if c not in words]
        flat = lambda: columns((pipe(SimpleImputer(), StandardScaler()), numbers),
                               (OneHotEncoder(handle_unknown="ignore", sparse_output=False), words))
        codes = columns((OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan), words),
                        remainder="passthrough")
        linear, mlp, hgb = ((LogisticRegression(max_iter=1000), MLPClassifier, HistGradientBoostingClassifier)
                            if classes else (Ridge(), MLPRegressor, HistGradientBoostingRegressor))
        theirs = [pipe(flat(), linear), pipe(flat(), mlp(random_state=seed)),
                  pipe(codes, hgb(random_state=seed, categorical_features=list(range(len(words)))))]
        scores.append([mine] + [score(m.fit(x.iloc[train], y[train]).predict(x.iloc[test])) for m in theirs])
    o, l, m, h = 100 * np.mean(scores, axis=0)
    print(f"| {name} | {o:.1f} | {l:.1f} | {m:.1f} | {h:.1f} | {o - max(l, m):+.1f} | {o - h:+.1f} |")
