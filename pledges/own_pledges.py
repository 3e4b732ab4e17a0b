"""A supporter's own pledges as the supporter sees them: what became of each, in plain words."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from pledges.models import Pledge

Status, Standing, Verification = Pledge.Status, Pledge.Standing, Pledge.Verification


class Became(Enum):
    """What became of a pledge, in the order in which it matters to its supporter."""

    WITHDRAWN = "withdrawn"
    PENDING = "pending"
    TAKEN_OUT = "taken-out"
    REFUSED = "refused"
    HIDDEN_BY_STAFF = "hidden-by-staff"
    HIDDEN = "hidden"
    TO_VERIFY = "to-verify"
    ON_WALL = "on-wall"


@dataclass(frozen=True)
class OwnPledge:
    """A pledge and what became of it. A suspected one looks like any other: its supporter learns nothing of that."""

    pledge: Pledge
    became: Became

    @property
    def may_change(self) -> bool:
        """Whether it can be changed and taken back; what is not confirmed or withdrawn can only be erased."""
        return self.pledge.status == Status.CONFIRMED

    @property
    def is_body(self) -> bool:
        return self.pledge.kind != Pledge.Kind.PERSON

    @property
    def keeps_its_name(self) -> bool:
        """Whether it stays under its name when the person who made it is forgotten."""
        return self.may_change and self.pledge.verification == Verification.VERIFIED


def own_pledges(pledges: Iterable[Pledge]) -> list[OwnPledge]:
    return [own_pledge(pledge) for pledge in pledges]


def own_pledge(pledge: Pledge) -> OwnPledge:
    return OwnPledge(pledge, _became(pledge))


def _became(pledge: Pledge) -> Became:
    if pledge.status != Status.CONFIRMED:
        return Became.WITHDRAWN if pledge.status == Status.WITHDRAWN else Became.PENDING
    if pledge.standing == Standing.INVALID:
        return Became.TAKEN_OUT
    if pledge.verification == Verification.REFUSED:
        return Became.REFUSED
    if pledge.hidden_at:
        return Became.HIDDEN if pledge.hidden_reason == Pledge.Hidden.OWN_WISH else Became.HIDDEN_BY_STAFF
    return Became.TO_VERIFY if pledge.verification == Verification.WAITING else Became.ON_WALL
