"""Registers the pages of this package; the factory calls it once."""

from pathlib import Path

from flask import Flask

from app.audit.actions import AuditAction
from app.auth.models import Role
from app.cases.pages import audit
from app.cases.pages.home import ASKED_WORDS, SIGNATURES
from app.cases.queries.file import BESIDE
from app.cases.queries.pending import ASKED, PARTS
from app.cases.routes.file import CASE_ASKS
from app.cases.routes.home import HOMES, WORKER_PARTS
from app.people.search_hooks import PAGE_FINDERS
from app.referrals import models, rules
from app.referrals.pages import decisions
from app.referrals.pages.find import page_of_number
from app.referrals.pages.log_words import step_words
from app.referrals.pages.today import sent_card
from app.referrals.queries.disputes import DISPUTE, waiting_disputes
from app.referrals.queries.prosecution import PROSECUTION, SECTION, to_sign, unfinished
from app.referrals.routes import (
    agreements,
    answers,
    attempts,
    consents,
    directory,
    disputes,
    inbox,
    measures,
    outside,
    outside_answers,
    prosecution,
    requests,
    room,
    sender,
)
from app.referrals.routes.blueprint import bp
from app.referrals.services import case_hooks

# importing them registers what referrals add to a case, and what outlives a refusal
HOOKS = (models, case_hooks, attempts)
ROUTES = (answers, disputes, inbox, requests, sender)  # on one blueprint
PAGES = (
    directory,
    agreements,
    consents,
    measures,
    outside,
    outside_answers,
    prosecution,
    room,
)


def init_app(app: Flask, own_data: Path) -> None:
    """`own_data` is the folder of what an administrator replaced."""
    rules.install(own_data)
    HOMES[Role.AGENCY_OFFICER] = HOMES[Role.UNIT_LEAD] = inbox.home
    audit.SAY[AuditAction.REFERRAL_CHANGED] = step_words
    if page_of_number not in PAGE_FINDERS:
        PAGE_FINDERS.append(page_of_number)
    if sent_card not in WORKER_PARTS:
        WORKER_PARTS.append(sent_card)
    PARTS[PROSECUTION], SIGNATURES[PROSECUTION] = to_sign, decisions.prosecution
    BESIDE[PROSECUTION] = (SECTION, unfinished)
    ASKED[DISPUTE], ASKED_WORDS[DISPUTE] = waiting_disputes, decisions.disagreement
    if decisions.asks_of_case not in CASE_ASKS:
        CASE_ASKS.append(decisions.asks_of_case)
    app.register_blueprint(bp)
    for pages in PAGES:
        app.register_blueprint(pages.bp)
