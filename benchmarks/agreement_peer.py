"""Runs in crowd-kit's own environment: fits one model to coded answers; writes seconds, posteriors and MACE's start."""

import sys
import time

import numpy as np
import pandas as pd
from crowdkit.aggregation.classification import MACE, DawidSkene

model, source, out, iterations = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
answers = pd.DataFrame(dict(np.load(source).items()))
classes = range(int(answers["label"].max()) + 1)
if model == "mace":
    fit = MACE(n_restarts=1, n_iter=iterations, random_state=1)
    fit._initialize(answers["worker"].nunique(), len(classes))
    start = {"guessing": fit.spamming_[:, 0], "knowing": fit.spamming_[:, 1], "habit": fit.thetas_}
else:
    fit = DawidSkene(n_iter=iterations, tol=-1e9)
    start = {}
began, worked = time.perf_counter(), time.process_time()
posterior = fit.fit_predict_proba(answers)
spent, processor = time.perf_counter() - began, time.process_time() - worked
np.savez(out, seconds=spent, processor=processor, posterior=posterior.sort_index()[list(classes)].to_numpy(), **start)
