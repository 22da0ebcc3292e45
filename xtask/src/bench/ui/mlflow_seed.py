"""Fills an MLflow database with the same amounts as `seed.py` fills Athanor's, by inserting rows shaped like those of one run
that MLflow's own client has logged: 10,000 runs through its interface would take most of an hour.

Arguments: the database, which is made. Prints where everything is as JSON.
"""

import json
import math
import sqlite3
import sys
import uuid

import mlflow

RUNS, RUN_METRICS = 10_000, 20
COMPARED, COMPARED_POINTS = 100, 10_000
LONG_POINTS = 1_000_000
WIDE_RUNS, WIDE_METRICS, WIDE_PARAMETERS = 1_500, 1_500, 150


def curve(step, points, number):
    """The same as in `seed.py`."""
    noise = (step * 2_654_435_761 + number * 40_503) % 1_000 / 1_000
    return 2.0 * math.exp(-5.0 * step / points) + 0.2 * noise + 0.01 * (number % 10)


def insert(database, table, row):
    return f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(':' + name for name in row)})"


def first(database, table, run):
    rows = database.execute(f"SELECT * FROM {table} WHERE run_uuid = ?", (run,))
    return dict(zip([column[0] for column in rows.description], rows.fetchone()))


def main(path):
    mlflow.set_tracking_uri(f"sqlite:///{path}")
    experiments = {}
    for name in ("list", "curves", "long", "wide"):
        experiments[name] = int(mlflow.create_experiment(name))
    with mlflow.start_run(experiment_id=str(experiments["list"]), run_name="original") as active:
        mlflow.log_params({"lr": 0.1})
        mlflow.log_metrics({"loss": 1.0}, step=1)
    original = active.info.run_id

    database = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode = MEMORY", "synchronous = OFF", "cache_size = -400000", "foreign_keys = OFF"):
        database.execute(f"PRAGMA {pragma}")
    shapes = {table: first(database, table, original) for table in ("runs", "metrics", "latest_metrics", "params")}
    tags = [dict(zip(("key", "value"), row)) for row in database.execute("SELECT key, value FROM tags WHERE run_uuid = ?", (original,))]
    write = {table: insert(database, table, row) for table, row in shapes.items()}

    def many(table, run, rows):
        database.executemany(write[table], (shapes[table] | {"run_uuid": run} | row for row in rows))

    def run(experiment, number, name, metrics, parameters):
        id = uuid.UUID(int=(experiments[experiment] << 64) + number).hex
        began = shapes["runs"]["start_time"] + number
        many("runs", id, [{"name": name, "experiment_id": experiments[experiment], "start_time": began, "end_time": began + 50_000}])
        many("params", id, ({"key": key, "value": str(value)} for key, value in parameters.items()))
        many("latest_metrics", id, ({"key": key, "value": value} for key, value in metrics.items()))
        named = (tag | {"run_uuid": id} | ({"value": name} if tag["key"] == "mlflow.runName" else {}) for tag in tags)
        database.executemany("INSERT INTO tags (key, value, run_uuid) VALUES (:key, :value, :run_uuid)", named)
        return id

    def points(id, count, number):
        steps = range(1, count + 1)
        moment = shapes["metrics"]["timestamp"]
        many("metrics", id, ({"key": "loss", "value": curve(step, count, number), "step": step, "timestamp": moment + step} for step in steps))

    def finals(id, metrics):
        many("metrics", id, ({"key": key, "value": value} for key, value in metrics.items()))

    database.execute("BEGIN")
    for number in range(RUNS):
        metrics = {f"metric_{at:02}": (number * 31 + at * 17) % 1_000 / 1_000 for at in range(RUN_METRICS)}
        # As many parameters as Athanor's jobs have.
        parameters = {f"parameter_{at:02}": (number * 7 + at) % 97 for at in range(21)}
        finals(run("list", number, f"run {number:05}", metrics, parameters), metrics)
    curves = []
    for number in range(COMPARED):
        last = curve(COMPARED_POINTS, COMPARED_POINTS, number)
        curves.append(run("curves", number, f"curve {number:03}", {"loss": last}, {"lr": 0.0001 * (1 + number)}))
        points(curves[-1], COMPARED_POINTS, number)
    long = run("long", 1, "a million points", {"loss": curve(LONG_POINTS, LONG_POINTS, 1)}, {"lr": 0.1})
    points(long, LONG_POINTS, 1)
    for number in range(WIDE_RUNS):
        metrics = {f"metric_{at:04}": (number * 31 + at * 17) % 1_000 / 1_000 for at in range(WIDE_METRICS)}
        parameters = {f"parameter_{at:03}": (number * 7 + at) % 97 for at in range(WIDE_PARAMETERS)}
        finals(run("wide", number, f"wide {number:04}", metrics, parameters), metrics)
    database.execute("COMMIT")
    database.execute("ANALYZE")
    database.close()
    print(json.dumps({"version": mlflow.__version__, "experiments": experiments, "curves": curves, "long": long}))


main(*sys.argv[1:])
