"""Runs an ONNX model on rows and prints the largest difference from what the server predicted.

Arguments: model.onnx, rows.json (a list of objects), predictions.json (what POST /api/models/{id}/predict answered), and the names
of the columns that hold texts.
"""

import base64
import json
import math
import re
import sys

import numpy
import onnxruntime


# As the model card says.
TOKENS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+|[^\w\s]")


def prepared(text):
    return " ".join(TOKENS.findall(text.lower()))


def pixels(file, shape):
    """A BMP of 24 bits a pixel, which begins with the lowest row, as channels of rows."""
    channels, height, width = shape
    colours = numpy.frombuffer(base64.b64decode(file)[54:], dtype=numpy.uint8).reshape(height, width, channels)
    return colours[::-1, :, ::-1].transpose(2, 0, 1).astype(numpy.float32)


def column(rows, name, kind, shape):
    """One input of shape [rows, 1], with NaN or "" where a cell is missing; or images."""
    values = [row.get(name) for row in rows]
    if len(shape) == 4:
        return numpy.stack([pixels(value, shape[1:]) for value in values])
    if kind == "tensor(float)":
        numbers = [math.nan if value is None else float(value) for value in values]
        return numpy.array(numbers, dtype=numpy.float32).reshape(-1, 1)
    words = ["" if value is None else str(value).lower() if isinstance(value, bool) else str(value) for value in values]
    return numpy.array(words, dtype=object).reshape(-1, 1)


def main():
    model, rows, predictions, *texts = sys.argv[1:]
    rows, predictions = json.load(open(rows)), json.load(open(predictions))
    for name in texts:
        rows = [{**row, name: prepared(row[name])} for row in rows]
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    # By position: an output is called label_ where a feature is called label.
    answers = session.run(None, {put.name: column(rows, put.name, put.type, put.shape) for put in session.get_inputs()})
    largest = 0.0
    for at, predicted in enumerate(predictions):
        if "value" in predicted:
            largest = max(largest, abs(answers[0][at][0] - predicted["value"]))
            continue
        label, probabilities = answers[0][at], answers[1][at]
        # The server names them; the graph has them in the order of the classes, which is that of their names.
        expected = [predicted["probabilities"][name] for name in sorted(predicted["probabilities"])]
        difference = max(abs(float(one) - other) for one, other in zip(probabilities, expected))
        # Two classes that are as likely as each other may change places.
        close = sorted(probabilities)[-1] - sorted(probabilities)[-2] < 1e-5
        if label != predicted["label"] and not close:
            difference = math.inf
        largest = max(largest, difference)
    print(largest)


main()
