"""The work that all tools share, and where their results go (attack-work.ts writes and reads it).

A tool's program takes the folder of the work, does the jobs it knows, and prints a line of JSON for each.
"""
import json, sys, time
from pathlib import Path

import numpy as np

folder = Path(sys.argv[1])
work = json.loads((folder / 'work.json').read_text())
D, K, V = work['dimensions'], len(work['labels']), len(work['words'])
embeddings = np.fromfile(folder / 'embeddings.f32', np.float32).reshape(V, D)
output = np.fromfile(folder / 'output.f32', np.float32).reshape(K, D)
bias = np.fromfile(folder / 'bias.f32', np.float32)


class Padded:
    """The first rows of the work as one batch [N, L, D], padded with zeros."""

    def __init__(self, count):
        rows = work['rows'][:count]
        self.lengths = [len(row['ids']) for row in rows]
        self.x = np.zeros((len(rows), max(self.lengths), D), np.float32)
        self.mask = np.zeros(self.x.shape[:2], bool)
        for i, row in enumerate(rows):
            self.x[i, :self.lengths[i]] = embeddings[row['ids']]
            self.mask[i, :self.lengths[i]] = True
        self.y = np.array([row['label'] for row in rows], np.int64)


def jobs(known):
    return [job for job in work['jobs'] if job['attack'] in known]


def timed(run):
    begun = time.perf_counter()
    result = run()
    return result, time.perf_counter() - begun


def timed_warm(run):
    """The same, the median of several passes after an untimed one."""
    run()
    passes = [timed(run)]
    while len(passes) < work['timing']['passes'] and sum(seconds for _, seconds in passes) < work['timing']['seconds']:
        passes.append(timed(run))
    return passes[-1][0], float(np.median([seconds for _, seconds in passes]))


def tell(tool, job, seconds, **more):
    print(json.dumps({'tool': tool, 'id': job['id'], 'seconds': seconds, **more}), flush=True)


def save_embedded(tool, job, rows):
    """rows: [C, D] each, without padding."""
    np.concatenate([np.asarray(row, np.float32).reshape(-1) for row in rows]).tofile(folder / f"{job['id']}.{tool}.f32")


def save_texts(tool, job, texts):
    (folder / f"{job['id']}.{tool}.json").write_text(json.dumps(texts))
