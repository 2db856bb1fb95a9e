"""The printed slip of a referral in words: official, so Vietnamese, and as little as may be."""

from datetime import datetime

import segno
from markupsafe import Markup

from app.auth.permissions import Section
from app.cases.pages.documents import VI, moment_words
from app.documents.letterhead import Office
from app.people.fields import commune_label
from app.reference.library import code_list
from app.referrals.models import Referral
from app.referrals.rules import rules_numbered
from app.web.filters import phone

UNKNOWN = "chưa rõ"
QR_SIZE = 3  # of one module, in pixels of 1/96 inch


def slip_document(
    referral: Referral, *, address: str, until: datetime | None, is_named: bool, proof: str
) -> dict[str, object]:
    """The context of templates/documents/slip.html. `address` is that of the open link, or "", and
    `until` when it ends;
    `is_named`: the sender wants the child's name on the paper, and identity goes."""
    unit = referral.from_unit
    office = Office(unit.name, unit.kind, unit.commune_code)
    urgency = rules_numbered(referral.rules_version).urgencies[referral.urgency]
    named = is_named and Section.IDENTITY in referral.granted()
    return {
        "title": f"Phiếu chuyển gửi {referral.number}",
        "office": office,
        "number": f"Số: {referral.number}",
        "day": referral.sent_at,
        "to": referral.to_unit.name if referral.to_unit else referral.to_body,
        "from_entries": [
            ("Nơi gửi", office.issuer),
            ("Người gửi", referral.by.name),
            ("Điện thoại", phone(unit.phone) or None),
        ],
        "child_entries": _child(referral, named=named),
        "alerts": [code_list("safety_alerts").label(code, VI) for code in referral.alerts_now()],
        "service": code_list("referral_services").label(referral.service, VI),
        "urgency": urgency.label.in_locale(VI),
        "accept_due": moment_words(referral.accept_due_at) if referral.accept_due_at else UNKNOWN,
        "ground": _ground(referral),
        "declines": [(code, words) for code, words in code_list("referral_declines").choices(VI)],
        "outcomes": [(code, words) for code, words in code_list("referral_outcomes").choices(VI)],
        "address": address,
        "until": moment_words(until) if until else "",
        "qr": qr_code(address) if address else "",
        "sender_phone": phone(unit.phone),
        "proof": proof,
    }


def qr_code(address: str) -> Markup:
    """The drawing of an address, as inline SVG without style attributes."""
    drawing = segno.make(address, micro=False, error="m")
    return Markup(drawing.svg_inline(scale=QR_SIZE, border=2, svgclass="qr"))  # noqa: S704


def _child(referral: Referral, *, named: bool) -> list[tuple[str, str | None]]:
    age, commune = referral.age, referral.commune_code
    known: list[tuple[str, str | None]] = [
        ("Tuổi", f"{age} tuổi" if age is not None else UNKNOWN),
        ("Giới tính", code_list("sex").label(referral.sex, VI)),
        ("Xã, phường", commune_label(commune) if commune else UNKNOWN),
    ]
    name = referral.case.child.full_name if named else None
    return [("Họ và tên trẻ em", name), *known] if name else known


def _ground(referral: Referral) -> str:
    if referral.ground is None:
        return UNKNOWN
    return code_list("referral_grounds").label(referral.ground, VI)
