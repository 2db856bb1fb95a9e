"""The border of an entry of the log: what kind of thing it tells, else whose it is."""

from collections.abc import Mapping

from app.cases.enums import EventKind as E

EVENT_TONES: Mapping[E, str] = {
    E.REPORT_RECEIVED: "k-intake",
    E.MEASURE: "k-measure",
    E.OVERRIDE_ASKED: "k-legal",
    E.EXTENSION_ASKED: "k-legal",
    E.SEPARATION_STARTED: "k-measure",
    E.CLOSING_ASKED: "k-legal",
    E.TRANSFER_OFFERED: "k-legal",
    E.HOLD_SET: "k-legal",
    E.ERASURE_ASKED: "k-legal",
    E.CHILD_ERASED: "k-legal",
    E.REFERRAL_DECLINED: "k-measure",
    E.PROSECUTION_SIGNED: "k-legal",
    E.GLASS_BROKEN: "k-legal",
}
LANE_TONES = {
    "police": "k-police",
    "health": "k-health",
    "school": "k-school",
    "legal_aid": "k-legal",
    "hotline": "k-intake",
}
