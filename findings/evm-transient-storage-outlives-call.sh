#!/usr/bin/env bash
# Packages  pyrevm 0.3.7, titanoboa 0.2.8 with vyper 0.4.3 (PyPI)
# Expected  Transient storage (EIP-1153) is empty at the start of each transaction; each call that a
#           test makes from outside is one.
# Happens   In both libraries the calls of a whole process share one transaction: a transient counter
#           that must answer 1 each time answers 1, 2, 3. pyrevm has a method to clear it,
#           reset_transient_storage(); titanoboa 0.2.8 has no such function.
# Known     neither manual says it; pyrevm's method hints at it.
# Hurts     tests of what rests on transient storage being cleared (per-transaction caches, limits,
#           flash accounting): they pass or fail for a chain that does not exist.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -qq --no-compile --disable-pip-version-check pyrevm==0.3.7 vyper==0.4.3 titanoboa==0.2.8
"$dir/venv/bin/python" - <<'PY'
import sys

import boa
from pyrevm import EVM

SOURCE = """
seen: transient(uint256)

@external
def count() -> uint256:
    self.seen += 1
    return self.seen
"""
contract = boa.loads(SOURCE)
in_boa = [contract.count() for _ in range(3)]
user = "0x" + "11" * 20
evm = EVM()
deployed = evm.deploy(user, contract.compiler_data.bytecode)
data = contract.count.prepare_calldata()
call = lambda: int.from_bytes(evm.message_call(user, deployed, data), "big")  # noqa: E731
in_revm = [call() for _ in range(3)]
evm.reset_transient_storage()
in_revm.append(call())
print("titanoboa, three calls                     ", in_boa)
print("pyrevm, three calls, a reset and one more  ", in_revm)
sys.exit(0 if (in_boa, in_revm) == ([1, 2, 3], [1, 2, 3, 1]) else 1)
PY
