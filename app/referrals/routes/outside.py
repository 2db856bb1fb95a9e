"""A body without an account: the printed slip and the one-time link, for who sends a referral."""

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue

from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission
from app.cases.pages.head import read_head
from app.cases.routes.documents import printed, saved
from app.core import clock
from app.core.db import db
from app.documents.pdf import render_pdf
from app.referrals import policy
from app.referrals.errors import ReferralChanged
from app.referrals.forms.outside import MakeLinkForm
from app.referrals.models import Referral
from app.referrals.pages.outside import link_page, open_one
from app.referrals.pages.slip import slip_document
from app.referrals.queries.outside import links_of
from app.referrals.rules import rules
from app.referrals.services.links import address_of, make_link, note_printed, renew_code

bp = Blueprint("outside", __name__)


@bp.route("/referrals/<uuid:referral_id>/link", methods=["GET", "POST"])
@authorized(Permission.REFERRAL_SEND, load=policy.referral_file, key="referral_id")
@once
def link(referral: Referral) -> ResponseReturnValue:
    """A new code stands on the answer to its making, and nowhere again."""
    actor, now, form, code = current_actor(), clock.now(), MakeLinkForm(), ""
    if form.validate_on_submit():
        make = renew_code if form.renew.data else make_link
        code = make(db.session, actor=actor, referral=referral, now=now).code
    head = read_head(db.session, actor=actor, case=referral.case, now=now)
    links = links_of(db.session, referral.id)
    most = rules().access.link_tries
    page = link_page(referral, links, most_tries=most, now=now, base_url=_base_url(), code=code)
    return render_template("referrals/link.html", head=head, page=page, referral=referral)


@bp.get("/referrals/<uuid:referral_id>/slip.pdf")
@authorized(Permission.REFERRAL_SEND, load=policy.referral_file, key="referral_id")
def slip(referral: Referral) -> ResponseReturnValue:
    """`?named=1` prints the child's name, where identity goes."""
    if referral.sent_at is None:
        raise ReferralChanged
    is_named, most = request.args.get("named") == "1", rules().access.link_tries
    now = clock.now()
    found = open_one(links_of(db.session, referral.id), most_tries=most, now=now)
    address = address_of(found.id, _base_url()) if found and referral.is_open else ""
    proof = printed(referral.case, "slip_named" if is_named else "slip")
    note_printed(db.session, actor=current_actor(), referral=referral, now=now)
    until = found.expires_at if found and address else None
    context = slip_document(referral, address=address, until=until, is_named=is_named, proof=proof)
    return saved(render_pdf("documents/slip.html", context), f"{referral.number}.pdf")


def _base_url() -> str:
    return str(current_app.extensions["settings"].base_url)
