#!/usr/bin/env bash
# Package   vyper 0.4.3 (PyPI)
# Expected  Importing a compiler leaves the arithmetic of the importing program alone.
# Happens   `import vyper` replaces the decimal context of the importing thread: 78 digits instead of
#           28. Every Decimal division of the program changes from the import on; a thread started
#           later still has 28, so one formula gives two results in one process.
# Known     the module vyper/utils.py calls decimal.setcontext at import; no release note found.
# Hurts     whoever computes money with Decimal beside the compiler (a test that imports a
#           contract loader passes, the service without it rounds differently).
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -qq --no-compile --disable-pip-version-check vyper==0.4.3
"$dir/venv/bin/python" - <<'PY'
import decimal
import sys
import threading

rate = lambda: decimal.Decimal(1) / decimal.Decimal(3)
before = rate()
import vyper  # noqa: E402, F401

after = rate()
seen = []
thread = threading.Thread(target=lambda: seen.append(rate()))
thread.start()
thread.join()
print("1/3 before the import      ", before)
print("1/3 after the import       ", after)
print("1/3 in a thread after it   ", seen[0])
as_stated = (len(str(before)), len(str(after)), len(str(seen[0]))) == (30, 80, 30)
sys.exit(0 if as_stated else 1)
PY
