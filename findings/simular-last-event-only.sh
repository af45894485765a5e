#!/usr/bin/env bash
# Package   simular-evm 0.3.0 (PyPI), the contract built with vyper 0.4.3
# Expected  The `event` of a transaction's result holds all the events that it emitted.
# Happens   It is a dict by name holding one event each, the last: a transaction that emits `Filled`
#           three times and `Closed` once reports one of each. No list of the rest exists.
# Known     not documented; seen in 0.3.0.
# Hurts     simulations that count trades, sum amounts or rebuild a state from events: batches, sweeps
#           and liquidations are undercounted, single actions are right.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -qq --no-compile --disable-pip-version-check simular-evm==0.3.0 vyper==0.4.3
cat >"$dir/book.vy" <<'VY'
event Filled:
    amount: uint256

event Closed:
    total: uint256

@external
def fill(count: uint256):
    total: uint256 = 0
    for i: uint256 in range(count, bound=8):
        log Filled(amount=10 + i)
        total += 10 + i
    log Closed(total=total)
VY
cd "$dir"
"$dir/venv/bin/vyper" -f abi book.vy >abi.json
"$dir/venv/bin/vyper" book.vy >code.hex
"$dir/venv/bin/python" - <<'PY'
import sys

from simular import Contract, PyAbi, PyEvm, create_account

evm = PyEvm()
user = create_account(evm, value=10**18)
code = bytes.fromhex(open("code.hex").read().strip()[2:])
book = Contract(evm, PyAbi.from_abi_bytecode(open("abi.json").read(), code))
book.deploy(caller=user)
events = book.fill.transact(3, caller=user).event
print("emitted: Filled 10, Filled 11, Filled 12, Closed 33")
print("reported:", events)
sys.exit(0 if events == {"Filled": [12], "Closed": [33]} else 1)
PY
