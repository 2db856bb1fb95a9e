"""What of a referral is seen before it is accepted, and after its packet has closed."""

from app.cases.labels import label_of
from app.cases.pages.file import commune_name
from app.referrals.models import Referral
from app.referrals.rules import rules_numbered
from app.web.words import _

Row = tuple[str, str]


def envelope_rows(referral: Referral) -> tuple[Row, ...]:
    """Codes and numbers only. `referral` comes with the unit that sends it."""
    urgency = rules_numbered(referral.rules_version).urgencies[referral.urgency]
    age = referral.age
    return (
        (_("Việc cần"), label_of("referral_services", referral.service)),
        (_("Mức khẩn"), str(urgency.label)),
        (_("Tuổi"), _("%(n)s tuổi", n=age) if age is not None else _("chưa rõ")),
        (_("Giới tính"), label_of("sex", referral.sex)),
        (
            _("Xã, phường"),
            commune_name(referral.commune_code) if referral.commune_code else _("chưa rõ"),
        ),
        (_("Nơi gửi"), referral.from_unit.name),
    )


def alert_words(referral: Referral) -> tuple[str, ...]:
    return tuple(label_of("safety_alerts", code) for code in referral.alerts_now())
