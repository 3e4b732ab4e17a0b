"""The shape of World Day: visitors, pledges and gifts per second over 24 hours."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

DAY = 24 * 60 * 60
HOUR = 60 * 60
STEP = 60  # seconds


@dataclass(frozen=True)
class Day:
    """Rates per second, one for each `STEP` seconds from midnight UTC on."""

    visitors: tuple[float, ...]
    pledges: tuple[float, ...]
    gifts: tuple[float, ...]


def world_day(given: Mapping[str, float]) -> Day:
    """The day that the assumptions describe; its sums and its peaks are what they say.

    A wave over all time zones, and on top of it a peak that rises in a line and wears off exponentially. Raises
    `ValueError` where sum and peak cannot both be had.
    """
    moments = [(number + 0.5) * STEP for number in range(DAY // STEP)]
    peak_at = given["peak_hour"] * HOUR
    spike = [_spike(moment - peak_at, given["spike_rise_seconds"], given["spike_decay_seconds"]) for moment in moments]
    wave = [1 - (1 - given["night"]) * math.cos(2 * math.pi * (moment - peak_at + DAY / 2) / DAY) for moment in moments]
    top = spike.index(max(spike))
    # Two equations: their sum over the day, and their height at the peak.
    sums, tops = (sum(wave) * STEP, sum(spike) * STEP), (wave[top], spike[top])
    divisor = sums[0] * tops[1] - sums[1] * tops[0]
    of_wave = (given["pledges"] * tops[1] - sums[1] * given["pledges_peak"]) / divisor
    of_spike = (sums[0] * given["pledges_peak"] - given["pledges"] * tops[0]) / divisor
    if of_wave < 0 or of_spike < 0:
        raise ValueError("no such day: its peak and its sum do not go together")
    pledges = tuple(of_wave * low + of_spike * high for low, high in zip(wave, spike, strict=True))
    visitors = tuple(rate * given["visitors"] / given["pledges"] for rate in pledges)
    return Day(visitors, pledges, _gifts(moments, peak_at, given))


def busiest(rates: tuple[float, ...], seconds: float) -> float:
    """The most that comes within so many seconds."""
    length = max(1, round(seconds / STEP))
    window = most = sum(rates[:length])
    for new, old in zip(rates[length:], rates, strict=False):
        window += new - old
        most = max(most, window)
    return most * STEP


def at_peak(of: Callable[[float, float, float], float], day: Day) -> float:
    """The largest value over the day of what visitors, pledges and gifts per second cost together."""
    return max(of(*rates) for rates in zip(day.visitors, day.pledges, day.gifts, strict=True))


def _spike(since: float, rise: float, decay: float) -> float:
    if since < -rise:
        return 0.0
    return 1 + since / rise if since < 0 else math.exp(-since / decay)


def _gifts(moments: list[float], begins: float, given: Mapping[str, float]) -> tuple[float, ...]:
    """An hour that falls in a line from its peak."""
    mean, factor = given["gifts"] / HOUR, given["gifts_peak_factor"]
    return tuple(
        mean * (factor - 2 * (factor - 1) * (moment - begins) / HOUR) if 0 <= moment - begins < HOUR else 0.0
        for moment in moments
    )
