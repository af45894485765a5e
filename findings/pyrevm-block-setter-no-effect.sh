#!/usr/bin/env bash
# Package   pyrevm 0.3.7 (PyPI)
# Expected  BlockEnv has setters for number and timestamp, so `evm.env.block.timestamp = t` sets the
#           clock; and a fresh machine has the clock of some block.
# Happens   `evm.env` hands out a copy: the assignment raises nothing and changes nothing, reading it
#           back gives the old value. Only `evm.set_block_env(BlockEnv(...))` works, and it replaces
#           the whole block: fields not named go back to their defaults, timestamp to 1.
# Known     the setters are in the type stub; that they act on a copy is not said.
# Hurts     tests of interest, funding or expiry: they run at second 1 throughout and pass.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -qq --no-compile --disable-pip-version-check pyrevm==0.3.7
"$dir/venv/bin/python" - <<'PY'
import sys

from pyrevm import EVM, BlockEnv

USER = "0x" + "11" * 20
# TIMESTAMP PUSH0 MSTORE, PUSH1 32 PUSH0 RETURN
RUNTIME = bytes.fromhex("425f5260205ff3")
CREATION = bytes.fromhex(f"60{len(RUNTIME):02x}600c60003960{len(RUNTIME):02x}6000f3") + RUNTIME
evm = EVM()
clock = evm.deploy(USER, CREATION)
now = lambda: int.from_bytes(evm.message_call(USER, clock), "big")  # noqa: E731
seen = [now()]
print("a fresh machine                                ", seen[-1])
evm.env.block.timestamp = 1_700_000_000
seen += [now(), evm.env.block.timestamp]
print("after evm.env.block.timestamp = 1_700_000_000  ", seen[-2], "and reads back", seen[-1])
evm.set_block_env(BlockEnv(timestamp=1_700_000_000))
seen.append(now())
print("after set_block_env(timestamp=1_700_000_000)   ", seen[-1])
evm.set_block_env(BlockEnv(number=7))
seen.append(now())
print("after set_block_env(number=7)                  ", seen[-1])
sys.exit(0 if seen == [1, 1, 1, 1_700_000_000, 1] else 1)
PY
