#!/usr/bin/env bash
# Package   cma 4.5.0 (PyPI), with numpy 2.2.6
# Expected  A fixed seed gives a fixed run; 0 is a seed like any other.
# Happens   seed 0 counts as "no seed": each run draws one from the clock, so two runs differ. Seed 1
#           and all others repeat. The option printed back shows the drawn seed, not 0.
# Known     in the text of the option ("None and 0 equate to time"); easily missed when seeds are
#           numbered 0, 1, 2, ... over a set of runs.
# Hurts     sweeps over seeds range(n): exactly the first one cannot be reproduced.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -qq --no-compile --disable-pip-version-check cma==4.5.0 numpy==2.2.6
"$dir/venv/bin/python" - <<'PY'
import sys
import time

import cma


def run(seed):
    options = {"seed": seed, "maxfevals": 60, "verbose": -9}
    search = cma.CMAEvolutionStrategy([1.0, 1.0], 0.5, options)
    search.optimize(lambda x: float(x[0] ** 2 + x[1] ** 2))
    time.sleep(0.01)
    return search.result.xbest.tolist(), search.opts["seed"]


seen = {}
for seed in (0, 1, 7):
    (first, used_1), (second, used_2) = run(seed), run(seed)
    seen[seed] = first == second
    word = "the same twice" if seen[seed] else "differs"
    print(f"seed {seed}: best point {word}; seeds used {used_1} and {used_2}")
sys.exit(0 if seen == {0: False, 1: True, 7: True} else 1)
PY
