"""Fills Athanor's database with what trackers are said to break on, by copying one finished job, while no server runs.

Arguments: the database, the job that is copied. Prints where everything is as JSON. One transaction, the standard library.
"""

import json
import math
import sqlite3
import sys

JOBS, JOB_METRICS = 10_000, 20
COMPARED, COMPARED_POINTS = 100, 10_000
LONG_POINTS = 1_000_000
WIDE_JOBS, WIDE_METRICS = 1_500, 1_500
# In the order of time: the list of all jobs begins with the newest, the 10,000.
WIDE, LONG, CURVES, LIST = range(4)
DAY = 86_400_000_000


def job_id(kind, number):
    return f"018f{kind:04x}-{number >> 16 & 0xffff:04x}-7000-8000-{number:012x}"


def curve(step, points, number):
    """Falls, and is noisy: what a loss looks like."""
    noise = (step * 2_654_435_761 + number * 40_503) % 1_000 / 1_000
    return 2.0 * math.exp(-5.0 * step / points) + 0.2 * noise + 0.01 * (number % 10)


def main(path, template):
    database = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode = MEMORY", "synchronous = OFF", "cache_size = -400000", "foreign_keys = OFF"):
        database.execute(f"PRAGMA {pragma}")
    found = database.execute("SELECT * FROM jobs WHERE id = ?", (template,))
    columns = [column[0] for column in found.description]
    original = dict(zip(columns, found.fetchone()))
    spec, now = json.loads(original["spec"]), original["created_at"]
    insert_job = f"INSERT INTO jobs ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
    insert_point = "INSERT INTO job_metrics (job_id, seq, name, split, step, epoch, value, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"

    def experiment(kind, name):
        id = job_id(0x1000 + kind, 1)
        values = (id, original["owner_id"], name, "", "[]", now, now)
        database.execute("INSERT INTO experiments VALUES (?, ?, ?, ?, ?, ?, ?)", values)
        return id

    def job(kind, number, name, metrics, steps, experiment_id=None):
        # Every parameter that this kind of job has and that may differ, differs.
        learning = spec["learning"] | {"weight_decay": number % 7 / 1_000, "label_smoothing": number % 5 / 100}
        model = spec["model"] | {"hidden": [8 << number % 5] * (1 + number % 3), "dropout": number % 6 / 10}
        varied = {"name": name, "lr": 0.0001 * (1 + number % 97), "batch_size": 8 << number % 6, "seed": number, "epochs": 100}
        began = now - (4 - kind) * 30 * DAY + number * 60_000_000
        loss = metrics.get("train_loss", metrics.get("validation_loss", 0.5))
        row = original | {
            "id": job_id(kind, number), "name": name, "name_key": name, "search": f"{name} {original['dataset_name']}",
            "spec": json.dumps(spec | varied | {"learning": learning, "model": model}, ensure_ascii=False),
            "metrics": json.dumps(metrics), "loss": loss, "epoch": 100, "total_epochs": 100, "step": steps,
            "total_steps": steps, "last_seq": steps + 10, "model_id": None, "experiment_id": experiment_id,
            "created_at": began, "started_at": began + 1_000, "finished_at": began + 50_000_000,
        }
        database.execute(insert_job, [row[column] for column in columns])
        return row["id"]

    def points(id, name, split, count, number):
        steps = range(1, count + 1)
        rows = ((id, step, name, split, step, 1 + step * 99 // count, curve(step, count, number), now + step) for step in steps)
        database.executemany(insert_point, rows)

    def finals(id, metrics):
        rows = ((id, 1, key.partition("_")[2], key.partition("_")[0], 1, 100, value, now) for key, value in metrics.items())
        database.executemany(insert_point, rows)

    database.execute("BEGIN")
    names = ["loss", "accuracy"] + [f"metric_{at:02}" for at in range(JOB_METRICS // 2 - 2)]
    for number in range(JOBS):
        keys = (f"{split}_{name}" for name in names for split in ("train", "validation"))
        metrics = {key: (number * 31 + at * 17) % 1_000 / 1_000 for at, key in enumerate(keys)}
        finals(job(LIST, number, f"run {number:05}", metrics, 1_000), metrics)

    compared = experiment(CURVES, "a hundred curves")
    curves = []
    for number in range(COMPARED):
        metrics = {"validation_loss": curve(COMPARED_POINTS, COMPARED_POINTS, number)}
        curves.append(job(CURVES, number, f"curve {number:03}", metrics, COMPARED_POINTS, compared))
        points(curves[-1], "loss", "validation", COMPARED_POINTS, number)

    long = job(LONG, 1, "a million points", {"train_loss": curve(LONG_POINTS, LONG_POINTS, 1)}, LONG_POINTS)
    points(long, "loss", "train", LONG_POINTS, 1)

    wide = experiment(WIDE, "wide")
    names = ["validation_loss", "validation_accuracy"] + [f"validation_metric_{at:04}" for at in range(WIDE_METRICS - 2)]
    for number in range(WIDE_JOBS):
        metrics = {name: (number * 31 + at * 17) % 1_000 / 1_000 for at, name in enumerate(names)}
        finals(job(WIDE, number, f"wide {number:04}", metrics, 1_000, wide), metrics)
    database.execute("COMMIT")
    database.execute("ANALYZE")
    database.close()
    print(json.dumps({"curves": curves, "long": long, "wide": wide}))


main(*sys.argv[1:])
