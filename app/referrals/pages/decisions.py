"""What referrals add to the decisions that wait on a first page, and to a case: requests to
prosecute that a Chair is to sign, disagreements that a supervisor is to decide."""

from datetime import datetime

from app.auth.actor import Actor
from app.auth.permissions import Permission, is_allowed
from app.cases.pages.home import Waiting
from app.cases.pages.links import link
from app.cases.pages.next_step import Action
from app.cases.queries.file import CaseFile
from app.cases.queries.pending import Asked, Pending
from app.referrals.enums import ProsecutionState
from app.referrals.models.referrals import PREFIX
from app.referrals.pages.lines import service_words
from app.referrals.queries.prosecution import unfinished_in
from app.web.filters import vn_datetime
from app.web.words import _


def prosecution(one: Pending) -> tuple[str, str, str]:
    """(what, why, where it is signed)."""
    return (
        _("Kiến nghị khởi tố: %(number)s", number=one.number),
        _("%(who)s trình ký", who=one.by_name),
        link("prosecution.sign", case_id=one.case_id),
    )


def asks_of_case(actor: Actor, file: CaseFile) -> list[Action]:
    """What a request to prosecute asks of this reader of its case."""
    case = file.case
    signs = is_allowed(actor, Permission.PROSECUTION_SIGN, case) and not case.is_ended
    sends = is_allowed(actor, Permission.REFERRAL_SEND, case)
    found = []
    for one in unfinished_in(file):
        if one.state == ProsecutionState.SUBMITTED and signs and one.drafted_by != str(actor.id):
            url = link("prosecution.sign", case_id=case.id)
            found.append(Action(_("Kiến nghị khởi tố chờ bạn ký"), url))
        elif one.state == ProsecutionState.SIGNED and sends:
            url = link("prosecution.procuracy", case_id=case.id, prosecution_id=one.id)
            found.append(Action(_("Báo Viện kiểm sát về %(number)s", number=one.number), url))
    return found


def disagreement(one: Asked, actor: Actor) -> Waiting:
    """Of queries/disputes waiting_disputes."""
    number = f"{PREFIX}-{one.about['year']}-{one.about['serial']:06d}"
    return Waiting(
        what=_("Bất đồng: %(number)s", number=number),
        why=_(
            "%(unit)s không đồng ý với câu trả lời: %(service)s, cần quyết định trước %(due)s",
            unit=one.about["sender"],
            service=service_words(one.about["service"]).lower(),
            due=vn_datetime(one.at),
        ),
        when=vn_datetime(datetime.fromisoformat(one.about["raised_at"])),
        url=link("referrals.decide", dispute_id=one.id) if one.id else "",
        may_decide=str(actor.id) not in one.about["parties"],
    )
