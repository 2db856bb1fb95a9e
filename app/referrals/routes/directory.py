"""The service directory: who can do this, near here, now; and what one's own unit offers."""

from flask import Blueprint, flash, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission
from app.cases.routes.refusals import refusals_on
from app.core import clock
from app.core.db import db
from app.referrals import policy
from app.referrals.forms.offers import OfferForm, PlacesForm, stated
from app.referrals.models import ServiceOffer
from app.referrals.offer_words import service_label
from app.referrals.pages.directory import own_page, read_search, search_page
from app.referrals.queries.directory import offers_of_unit
from app.referrals.services.directory import add_offer, change_offer, say_places, services_left
from app.web.responses import redirect_to, render_form

bp = Blueprint("directory", __name__, url_prefix="/referrals/directory")
EDIT = Permission.DIRECTORY_EDIT
_PAGES = ("referrals/offer_edit.html", "referrals/_offer_form.html")


@bp.get("/")
@authorized(Permission.DIRECTORY_READ)
def index() -> ResponseReturnValue:
    actor = current_actor()
    asked = read_search(request.args, actor)
    page = search_page(db.session, actor=actor, asked=asked, now=clock.now())
    return render_template("referrals/directory.html", **page)


@bp.get("/mine")
@authorized(EDIT)
def mine() -> ResponseReturnValue:
    page = own_page(db.session, actor=current_actor(), now=clock.now())
    return render_template("referrals/offers.html", **page)


@bp.route("/new", methods=["GET", "POST"])
@authorized(EDIT)
@once
def new() -> ResponseReturnValue:
    actor = current_actor()
    known = {offer.service for offer in offers_of_unit(db.session, actor.unit_id)}
    left = services_left(actor, known)
    if not left:
        flash(_("Đơn vị bạn đã ghi mọi việc mà loại đơn vị này làm."), "ok")
        return redirect_to("directory.mine")
    form = OfferForm(services=left)
    if form.validate_on_submit():
        with refusals_on(form):
            return _add(form)
    return render_form(*_PAGES, form, offer=None, title=_("Thêm một việc đơn vị làm"))


@bp.route("/<uuid:offer_id>/edit", methods=["GET", "POST"])
@authorized(EDIT, load=policy.offers_of, key="offer_id")
@once
def edit(offer: ServiceOffer) -> ResponseReturnValue:
    form = OfferForm(data=stated(offer))
    if form.validate_on_submit():
        with refusals_on(form):
            return _change(offer, form)
    return render_form(
        *_PAGES, form, form.conflict, offer=offer, title=service_label(offer.service)
    )


@bp.post("/<uuid:offer_id>/places")
@authorized(EDIT, load=policy.offers_of, key="offer_id")
@once
def places(offer: ServiceOffer) -> ResponseReturnValue:
    form = PlacesForm()
    if form.validate_on_submit():
        with refusals_on(form):
            return _say(offer, form)
    page = own_page(db.session, actor=current_actor(), now=clock.now(), refused=(offer, form))
    status = 409 if form.conflict else 422
    return make_response(render_template("referrals/offers.html", **page), status)


def _add(form: OfferForm) -> ResponseReturnValue:
    service = str(form.service.data)
    add_offer(db.session, actor=current_actor(), service=service, data=form.offer, now=clock.now())
    flash(_("Đã thêm vào danh bạ."), "ok")
    return redirect_to("directory.mine")


def _change(offer: ServiceOffer, form: OfferForm) -> ResponseReturnValue:
    change_offer(
        db.session,
        actor=current_actor(),
        offer=offer,
        data=form.offer,
        expected_version=form.expected_version,
        now=clock.now(),
    )
    flash(_("Đã lưu. Người tìm trong danh bạ thấy ngay."), "ok")
    return redirect_to("directory.mine")


def _say(offer: ServiceOffer, form: PlacesForm) -> ResponseReturnValue:
    say_places(
        db.session,
        actor=current_actor(),
        offer=offer,
        places=form.said,
        expected_version=form.expected_version,
        now=clock.now(),
    )
    flash(_("Đã ghi số chỗ hiện nay."), "ok")
    return redirect_to("directory.mine", _anchor=f"offer-{offer.id}")
