#!/usr/bin/env bash
# Package   pyrevm 0.3.7 (PyPI)
# Expected  `EVM(spec_id="LONDON")` runs the rules of London, where PUSH0 (EIP-3855, Shanghai) and
#           TLOAD (EIP-1153, Cancun) are invalid opcodes; an unknown name is refused.
# Happens   The argument changes nothing: code with PUSH0 and TLOAD runs under "FRONTIER" as under
#           "CANCUN", and any text at all is taken as a name.
# Known     the type stub lists spec_id with SHANGHAI as its default; nothing says it is unused.
# Hurts     whoever tests that a contract runs on a chain that is forks behind: it always does.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -qq --no-compile --disable-pip-version-check pyrevm==0.3.7
"$dir/venv/bin/python" - <<'PY'
import sys

from pyrevm import EVM

USER = "0x" + "11" * 20
# PUSH0 TLOAD POP, PUSH1 42 PUSH0 MSTORE, PUSH1 32 PUSH0 RETURN
RUNTIME = bytes.fromhex("5f5c50602a5f5260205ff3")
# Pre-Shanghai creation code: copy what follows and return it.
CREATION = bytes.fromhex(f"60{len(RUNTIME):02x}600c60003960{len(RUNTIME):02x}6000f3") + RUNTIME


def answer(name):
    evm = EVM(spec_id=name)
    code = evm.deploy(USER, CREATION)
    return int.from_bytes(evm.message_call(USER, code), "big")


seen = {name: answer(name) for name in ("CANCUN", "LONDON", "FRONTIER", "no such fork")}
for name, value in seen.items():
    print(f"spec_id={name!r:15} PUSH0 and TLOAD run, the call returns {value}")
sys.exit(0 if set(seen.values()) == {42} else 1)
PY
