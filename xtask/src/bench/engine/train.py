"""The loop that people write: PyTorch 2 on the CPU, tensors in memory, a batch taken by a slice of a random order.

Reads one JSON object a line, {"csv", "rows", "model", "classes", "batch", "epochs", "threads", "lr"}, and answers each
with {"seconds", "steps", "loss"}: the seconds are those of the loop alone, without imports and without reading the file.
"""

import json
import sys
import time
import zipfile

import pandas
import torch
from torch import nn


def load(path, rows, classes):
    """Standardised features, and standardised targets or class numbers; the target is the last column."""
    table = torch.from_numpy(pandas.read_csv(path).to_numpy(dtype="float32")[:rows])
    x, y = table[:, :-1], table[:, -1:]
    x = ((x - x.mean(0)) / x.std(0)).contiguous()
    return (x, y.squeeze(1).long()) if classes else (x, ((y - y.mean(0)) / y.std(0)).contiguous())


def load_texts(path, rows):
    """Word numbers, all texts of one length, and class numbers."""
    table = pandas.read_csv(path)[:rows]
    x = torch.tensor([[int(word[1:]) for word in text.split()] for text in table["text"]])
    return x, torch.tensor(table["y"].to_numpy())


def load_images(path, rows, size):
    """Standardised pixels, channels first, and class numbers, from the BMPs of a zip."""
    x, y = [], []
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist()[:rows]:
            pixels = torch.frombuffer(bytearray(archive.read(name))[54:], dtype=torch.uint8)
            x.append(pixels.view(size, size, 3).permute(2, 0, 1).float())
            y.append(int(name[1 : name.index("/")]))
    x = torch.stack(x)
    return (x - x.mean((0, 2, 3), keepdim=True)) / x.std((0, 2, 3), keepdim=True), torch.tensor(y)


def convolutions(model, classes):
    """Convolution, ReLU and pooling, then two linear layers, as the tutorials write it."""
    layers, channels, size = [], 3, model["size"]
    for after in model["channels"]:
        layers += [nn.Conv2d(channels, after, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
        channels, size = after, size // 2
    inputs = channels * size * size
    layers += [nn.Flatten(), nn.Linear(inputs, model["hidden"]), nn.ReLU(), nn.Linear(model["hidden"], classes)]
    return nn.Sequential(*layers)


class Encoder(nn.Module):
    """A transformer encoder as the tutorials write it; without a mask, because all texts are as long."""

    def __init__(self, model, classes):
        super().__init__()
        width = model["width"]
        self.words = nn.Embedding(model["vocabulary"], width)
        self.positions = nn.Parameter(torch.randn(model["length"], width) * 0.02)
        layer = nn.TransformerEncoderLayer(
            width, model["heads"], model["hidden"], model["dropout"], "gelu", batch_first=True, norm_first=True
        )
        self.encoder = nn.TransformerEncoder(layer, model["layers"], nn.LayerNorm(width), enable_nested_tensor=False)
        self.classes = nn.Linear(width, classes)

    def forward(self, x):
        return self.classes(self.encoder(self.words(x) + self.positions).mean(1))


def network(widths):
    """Linear layers with ReLU between them."""
    layers = []
    for inputs, outputs in zip(widths, widths[1:]):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def train(work):
    torch.set_num_threads(work["threads"])
    torch.manual_seed(1)
    if work["model"]["kind"] == "text":
        x, y = load_texts(work["csv"], work["rows"])
        model = Encoder(work["model"], work["classes"])
    elif work["model"]["kind"] == "images":
        x, y = load_images(work["csv"], work["rows"], work["model"]["size"])
        model = convolutions(work["model"], work["classes"])
    else:
        x, y = load(work["csv"], work["rows"], work["classes"])
        model = network(work["model"]["widths"])
    criterion = nn.CrossEntropyLoss() if work["classes"] else nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=work["lr"])
    steps, batch = 0, work["batch"]
    began = time.perf_counter()
    for _ in range(work["epochs"]):
        total = 0.0
        order = torch.randperm(len(x))
        for rows in order.split(batch):
            optimizer.zero_grad()
            loss = criterion(model(x[rows]), y[rows])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
            steps += 1
    return {"seconds": time.perf_counter() - began, "steps": steps, "loss": total / len(x)}


for line in sys.stdin:
    print(json.dumps(train(json.loads(line))), flush=True)
