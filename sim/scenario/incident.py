"""What a scenario that re-enacts a real incident says of it, and the protocol it struck."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.types.fields import NotNegativeWad, PositiveWad, StrictModel


class IncidentConfig(StrictModel):
    """A real incident: its published facts, and the parameters under which its harm shows again.

    `naive` holds dotted keys of the scenario and the values of the protocol that was struck;
    without them the scenario runs on the default protocol. `measure` is the figure in which the
    harm shows: above `limit` in the naive variant, at most `limit` in the default one. Where the
    default loses all the same, `still_loses` says why.
    """

    title: Annotated[str, Field(min_length=1, max_length=80)]
    date: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    facts: Annotated[tuple[str, ...], Field(min_length=1)]
    mechanism: str
    defence: str
    real_loss: NotNegativeWad
    at_stake: PositiveWad
    at_stake_is: str
    attackers: tuple[str, ...] = ()
    measure: Literal["attacker_pnl", "others_loss", "pool_loss", "bad_debt", "false_liquidations"]
    limit: NotNegativeWad = 0
    still_loses: str = ""
    naive: Annotated[Mapping[str, Any], Field(min_length=1)]

    @model_validator(mode="after")
    def check(self) -> IncidentConfig:
        """A profit needs somebody to make it; nobody loses more than there is."""
        if self.measure == "attacker_pnl" and not self.attackers:
            raise PydanticCustomError("attackers", "a measure of attacker_pnl needs attackers")
        if self.real_loss > self.at_stake:
            raise PydanticCustomError("loss", "a real_loss up to at_stake is allowed")
        return self
