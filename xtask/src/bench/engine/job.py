"""A small training job as people write it, start to model file: python job.py DATA.csv EPOCHS MODEL.pt"""

import sys

import pandas
import torch
from torch import nn

torch.set_num_threads(1)
torch.manual_seed(1)
table = torch.from_numpy(pandas.read_csv(sys.argv[1]).to_numpy(dtype="float32"))
table = (table - table.mean(0)) / table.std(0)
x, y = table[:, :-1], table[:, -1:]
model = nn.Sequential(nn.Linear(x.shape[1], 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))
criterion, optimizer = nn.MSELoss(), torch.optim.Adam(model.parameters(), lr=0.003)
for epoch in range(int(sys.argv[2])):
    for rows in torch.randperm(len(x)).split(16):
        optimizer.zero_grad()
        loss = criterion(model(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
torch.save(model.state_dict(), sys.argv[3])
