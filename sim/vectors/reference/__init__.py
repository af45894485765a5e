"""The reference's column: which rule answers which input layout."""

from sim.vectors.judge import Column
from sim.vectors.reference import (
    closing,
    deleveraging,
    funding,
    liquidation,
    margins,
    payments,
    prices,
)

SUBJECTS = (closing, deleveraging, funding, liquidation, margins, payments, prices)
REFERENCE = Column(
    name="reference",
    adapters={what: adapter for subject in SUBJECTS for what, adapter in subject.ADAPTERS.items()},
)
