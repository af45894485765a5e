"""One digest on every processor, C library and numpy."""

from __future__ import annotations

import json
import os
import site
import subprocess
import sys
import venv
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import PROFILE
from tests.house_rules import ROOT

# What decides most there: venues around a path; a cascade; a bridge, draws, and leveraged tokens.
SCENARIOS = {"calm": 10, "cascade": 20, "leveraged_tokens": 10, "oct10_2025": 15}
NO_AVX512 = "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL"
PLAINER = {
    "NPY_DISABLE_CPU_FEATURES": NO_AVX512,
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4",
}
SCRIPT = """
import json, math, sys
import numpy as np
from sim import load_scenario
from sim.engine import RunRequest, open_run
from sim.engine.replay import Watch
from sim.records.machine import machine

digests = {}
for name, blocks in json.loads(sys.argv[1]).items():
    scenario = load_scenario(name)
    request = RunRequest(scenario=scenario, seed=scenario.seed, blocks=blocks)
    with open_run(request, Watch()) as simulation:
        simulation.set_up()
        simulation.run()
        digests[name] = simulation.decoder.digest
line = np.linspace(0.5, 1.5, 10_000)
print(json.dumps({
    "digests": digests,
    "numpy": np.__version__,
    "simd": machine()["simd"],
    "vector": np.exp(line).tobytes().hex() + np.log1p(line).tobytes().hex(),
    "libm": [math.exp(one).hex() for one in line.tolist()],
}))
"""


class Told(NamedTuple):
    digests: dict[str, str]
    numpy: str
    simd: list[str]
    vector: str
    libm: list[str]


def started(python: str = sys.executable, **more: str) -> subprocess.Popen[str]:
    known = {key: text for key, text in os.environ.items() if key not in PLAINER}
    command = [python, "-W", "ignore", "-c", SCRIPT, json.dumps(SCENARIOS)]
    return subprocess.Popen(command, env=known | more, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def told(run: subprocess.Popen[str]) -> Told:
    said, _ = run.communicate()
    assert run.returncode == 0
    return Told(**json.loads(said.splitlines()[-1]))


def test_simulate__without_avx512_and_fma__gives_the_same_digests() -> None:
    here, plainer = map(told, [started(), started(**PLAINER)])
    assert not any(one.startswith("AVX512") for one in plainer.simd)
    if any(one.startswith("AVX512") for one in here.simd):
        assert here.vector != plainer.vector, "numpy's own differ, or this test shows nothing"
    assert here.digests == plainer.digests
    assert len(set(here.digests.values())) == len(SCENARIOS)


@pytest.mark.skipif(PROFILE != "deep", reason="makes an environment with another numpy")
def test_simulate__with_numpy_2__gives_the_same_digests(tmp_path: Path) -> None:
    venv.create(tmp_path / "other", with_pip=True)
    python = str(tmp_path / "other" / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "-q", "numpy>=2,<3"], check=True)
    # All else is taken from here: behind the other's own packages on the path.
    for folder in (tmp_path / "other" / "lib").glob("python*/site-packages"):
        (folder / "ours.pth").write_text("\n".join(site.getsitepackages()))
    here, newer = map(told, [started(), started(python)])
    assert (here.numpy[0], newer.numpy[0]) == ("1", "2")
    assert here.digests == newer.digests
