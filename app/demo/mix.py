"""Calibration of the synthetic province: shares taken from published figures, in per cent.

Sources (see docs): recorded abuse of children 2015-2019 (sexual 73.85 %, girls 87 %); perpetrators
in five months of 2018 (relatives 21.3 %, acquaintances 59.9 %, strangers 12.6 %); interventions of
the hotline 111 in 2022; provincial reports 2024-2025 on children in special circumstances.
"""

from random import Random
from typing import TypeVar

T = TypeVar("T")

CATEGORIES = {
    "abused": 62,
    "risk_violence": 14,
    "risk_exploitation": 4,
    "risk_abandonment": 5,
    "special_circumstances": 15,
}
ABUSE_FORMS = {
    "SEXUAL_ABUSE": 74,
    "VIOLENCE": 17,
    "NEGLECT": 3,
    "EXPLOITATION": 3,
    "ABANDONMENT": 1,
    "TRAFFICKING": 1,
    "OTHER_HARM": 1,
}
GIRLS = {"SEXUAL_ABUSE": 92, "VIOLENCE": 55, "TRAFFICKING": 85}  # others: 48
PERPETRATORS = {
    "acquaintance": 60,
    "father": 8,
    "stepfather": 5,
    "mother": 3,
    "relative": 5,
    "stranger": 13,
    "peer": 3,
    "online_contact": 2,
    "unknown": 1,
}
SETTINGS = {"home": 38, "community": 34, "school": 12, "online": 9, "workplace": 3, "unknown": 4}
SC_GROUPS = {
    "DISABILITY": 60,
    "NO_SUPPORT": 12,
    "ORPHAN": 8,
    "ABANDONED": 2,
    "SERIOUS_ILLNESS": 7,
    "HIV": 2,
    "LAW_CONFLICT": 2,
    "DROPOUT_WORK": 3,
    "VIOLENCE_HARM": 1,
    "SEX_ABUSE": 1,
    "MIGRANT_REFUGEE": 2,
}
CHANNELS = {"phone": 46, "in_person": 27, "agency": 17, "online": 5, "outreach": 5}
DESKS = {"hotline": 30, "commune": 38, "police": 22, "school": 6, "health": 4}
AGES = {"SEXUAL_ABUSE": (5, 15), "ABANDONMENT": (0, 1), "EXPLOITATION": (11, 15)}  # others: 1 to 15
OUTCOMES = {"confirmed": 87, "not_confirmed": 8, "duplicate": 3, "out_of_scope": 2}
CAREGIVERS = frozenset({"father", "mother", "stepfather", "stepmother"})


def pick(rng: Random, weights: dict[str, int]) -> str:
    """One key, with its weight's chance."""
    return rng.choices(list(weights), weights=list(weights.values()))[0]


def chance(rng: Random, percent: float) -> bool:
    return rng.random() * 100 < percent
