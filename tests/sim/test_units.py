"""Units: a text is one WAD whatever decimal context the caller, or a library, has set."""

from __future__ import annotations

import subprocess
import sys
from decimal import ROUND_UP, Context, Decimal, getcontext, localcontext
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.abi.artifacts import compile_source
from sim.units import WAD, to_text, wad

ROOT = Path(__file__).resolve().parents[2]
CONTEXTS = [
    Context(prec=5),
    Context(prec=28),
    Context(prec=78, rounding=ROUND_UP),
    Context(traps=[]),
]
LONG = "123456789012345678.123456789012345678"
each_context = pytest.mark.parametrize("context", CONTEXTS, ids=["5", "28", "78 up", "no traps"])


@each_context
@given(whole=st.integers(-(10**40), 10**40), places=st.integers(0, 18))
def test_wad__any_context__is_the_fraction_the_text_says(
    context: Context, whole: int, places: int
) -> None:
    text = str(Decimal(whole).scaleb(-places, Context(prec=100)))
    with localcontext(context):
        made = wad(text), wad(Decimal(text))
    assert made == (Fraction(whole, 10**places) * WAD,) * 2


@each_context
@pytest.mark.parametrize("text", [LONG + "9", "1e-19", "1e-999999", "0." + "3" * 20])
def test_wad__more_than_18_decimals_in_any_context__refuses(context: Context, text: str) -> None:
    with localcontext(context), pytest.raises(ValueError, match="more than 18 decimals"):
        wad(text)


@each_context
@pytest.mark.parametrize("text", ["nan", "inf", "1e1000", "1e999999999", "twelve", ""])
def test_wad__no_number_in_any_context__refuses(context: Context, text: str) -> None:
    with localcontext(context), pytest.raises(ValueError, match="is not a decimal number"):
        wad(text)


def test_compile_source__any_context__leaves_it_and_the_same_text_the_same_wad() -> None:
    with localcontext(Context(prec=5, rounding=ROUND_UP)) as mine:
        before = repr(mine), wad(LONG)
        compile_source("Empty", "# pragma version 0.4.3\n")
        assert (repr(getcontext()), wad(LONG)) == before
    assert before[1] == int(LONG.replace(".", ""))


def test_import__every_module_of_the_simulator__leaves_the_decimal_context() -> None:
    names = sorted(
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in (ROOT / "sim").rglob("*.py")
        if path.stem not in ("__main__", "__init__") and "ape" not in path.stem
    )
    program = (
        "import decimal, importlib\n"
        "before = repr(decimal.getcontext())\n"
        f"for name in {names!r}:\n"
        "    importlib.import_module(name)\n"
        "assert repr(decimal.getcontext()) == before\n"
        "from sim.abi.artifacts import compile_source\n"
        "compile_source('Empty', '# pragma version 0.4.3')\n"
        "assert repr(decimal.getcontext()) == before\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)


@given(value_wad=st.integers(-(10**40), 10**40))
def test_to_text__any_amount__is_read_as_the_same(value_wad: int) -> None:
    assert wad(to_text(value_wad)) == value_wad


def test_to_text__whole_and_part__is_as_short_as_can_be() -> None:
    assert [to_text(one) for one in (0, WAD, -WAD // 2, 10**19, 1)] == [
        "0",
        "1",
        "-0.5",
        "10",
        "0.000000000000000001",
    ]
