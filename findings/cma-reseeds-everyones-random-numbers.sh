#!/usr/bin/env bash
# Package   cma 4.5.0 (PyPI), with numpy 2.2.6
# Expected  An optimiser given its own seed has its own generator.
# Happens   Making a CMAEvolutionStrategy seeds NumPy's global generator with the option `seed`, and
#           asking for candidates draws from it. A model that uses np.random gets the same "noise"
#           after each new optimiser; two optimisers in turn disturb each other, and a model that
#           draws from np.random changes the search.
# Known     the option's text speaks of a "random number seed for numpy.random".
# Hurts     noisy objectives: the noise is tied to the seed of the search, so repeating a search with
#           one seed tests one noise path only, while it seems to average over many.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -qq --no-compile --disable-pip-version-check cma==4.5.0 numpy==2.2.6
"$dir/venv/bin/python" - <<'PY'
import sys

import cma
import numpy as np

QUIET = {"seed": 3, "verbose": -9}


def noise_after_new_optimiser(own_seed):
    np.random.seed(own_seed)
    cma.CMAEvolutionStrategy([1.0, 1.0], 0.5, dict(QUIET))
    return np.random.normal()


def second_generation(disturbed):
    search = cma.CMAEvolutionStrategy([1.0, 1.0], 0.5, dict(QUIET))
    points = search.ask()
    if disturbed:
        np.random.normal()
    search.tell(points, [float(p[0] ** 2) for p in points])
    return np.array(search.ask()).tolist()


one, two = noise_after_new_optimiser(1), noise_after_new_optimiser(2)
print("noise of a model seeded 1, after a new optimiser  ", one)
print("noise of a model seeded 2, after a new optimiser  ", two)
moved = second_generation(False) != second_generation(True)
print("one foreign draw changes the next generation      ", moved)
sys.exit(0 if one == two and moved else 1)
PY
