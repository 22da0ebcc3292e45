"""pandas.read_csv: seconds, and peak memory in bytes. python read.py DATA.csv"""

import json
import resource
import sys
import time

import pandas

began = time.perf_counter()
table = pandas.read_csv(sys.argv[1])
seconds = time.perf_counter() - began
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps({"seconds": seconds, "peak": peak, "rows": len(table)}))
