"""The inbox of a unit, and one referral as either side sees it."""

import uuid

from flask import Response, abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.auth.access import authorized
from app.auth.actor import Actor
from app.auth.login import current_actor, unattended
from app.auth.once import once
from app.auth.permissions import Permission
from app.cases.pages.log import read_time_key
from app.cases.routes.files import sent_file
from app.cases.routes.home import QUIET_LINES, parts
from app.cases.services.files import open_file
from app.core import clock
from app.core.db import db
from app.documents.models import Copy
from app.referrals import policy
from app.referrals.forms.answers import TickedForm
from app.referrals.models import Referral
from app.referrals.pages.inbox import inbox_page
from app.referrals.pages.lines import count_words
from app.referrals.pages.loads import loads_page
from app.referrals.queries.inbox import DEFAULT_LIMIT, newcomers
from app.referrals.queries.packet import files_of, open_sections
from app.referrals.routes.blueprint import bp
from app.referrals.routes.steps import show as show_page
from app.referrals.services.answers import open_referral, open_several
from app.web.paging import limit_arg
from app.web.responses import redirect_to_url, safe_next
from app.web.words import _


@bp.get("/inbox")
@authorized(Permission.REFERRAL_READ)
def inbox() -> ResponseReturnValue:
    return _inbox(current_actor(), is_home=False)


def home(actor: Actor) -> str:
    """The first page of who answers for an agency."""
    return _inbox(actor, is_home=True)


def _inbox(actor: Actor, *, is_home: bool) -> str:
    limit = limit_arg(DEFAULT_LIMIT)
    now = clock.now()
    page = inbox_page(db.session, actor, request.args, limit=limit, now=now)
    loads = loads_page(db.session, actor) if is_home else None
    lines = parts(QUIET_LINES, actor, now) if is_home else []
    return render_template(
        "referrals/inbox.html", page=page, loads=loads, is_home=is_home, quiet_lines=lines
    )


@bp.get("/inbox/news")
@authorized(Permission.REFERRAL_READ)
@unattended
def inbox_news() -> ResponseReturnValue:
    """Asked every minute by an open inbox: what came since, or nothing."""
    key = read_time_key(request.args.get("since", ""))
    count = newcomers(db.session, current_actor(), since=key[0]) if key else 0
    if not count:
        return "", 204
    return render_template("referrals/_news.html", count=count, words=count_words(count))


@bp.post("/inbox/seen")
@authorized(Permission.REFERRAL_ANSWER)
@once
def mark_seen() -> ResponseReturnValue:
    actor, form = current_actor(), TickedForm()
    wanted = policy.received_file(actor).where(Referral.id.in_(form.ids))
    seen = open_several(db.session, actor=actor, wanted=wanted, now=clock.now())
    if seen:
        flash(_("Đã báo nơi gửi: đơn vị bạn đã nhận được %(n)s phiếu.", n=seen), "ok")
    else:
        flash(_("Chưa chọn phiếu nào chưa xem."), "warn")
    return redirect_to_url(safe_next(form.next.data, url_for("referrals.inbox")))


@bp.get("/<uuid:referral_id>")
@authorized(Permission.REFERRAL_READ, load=policy.referral_file, key="referral_id")
def show(referral: Referral) -> ResponseReturnValue:
    """For both sides; the first look of the receiving one is told to the sender."""
    actor = current_actor()
    if policy.can_answer(actor, referral) and not policy.is_sender(actor, referral):
        open_referral(db.session, actor=actor, referral=referral, now=clock.now())
    return show_page(referral)


@bp.get("/<uuid:received_id>/files/<uuid:packet_file_id>")
@authorized(Permission.REFERRAL_READ, load=policy.received_file, key="received_id")
def file(referral: Referral, packet_file_id: uuid.UUID) -> Response:
    """The stripped copy of a document that was picked and stands in an open section."""
    actor, now = current_actor(), clock.now()
    sections = open_sections(db.session, referral, holder_id=actor.unit_id, now=now)
    picked = files_of(db.session, referral, sections) if sections else []
    found = next((one for one in picked if one.id == packet_file_id), None) or abort(404)
    content = open_file(
        db.session, actor=actor, case=referral.case, file=found, copy=Copy.SERVED, now=now
    )
    return sent_file(referral.number, found, content)
