"""An inbox of 20,000 referrals: half of them wait for an answer, the rest stand in every state."""

from flask import Flask
from sqlalchemy import text

from app.core.db import db
from bench.scenes import Person

MANY, FEW = 20_000, 1_000  # the synthetic province has some hundred already
INBOX = "/referrals/inbox"

# For each case in turn, again and again, until there are enough; without words: no list has them.
_FILL = text(
    """
WITH hospital AS (
    SELECT users.unit_id AS id FROM users WHERE username = 'hospital'
), missing AS (
    SELECT :wanted - count(referrals.id) AS n
    FROM hospital LEFT JOIN referrals ON referrals.to_unit_id = hospital.id
), numbered AS (
    SELECT cases.id, cases.unit_id, cases.commune_code, cases.owner_id, children.key_id,
           children.sex, row_number() OVER (ORDER BY cases.id) AS n, count(*) OVER () AS all_cases
    FROM cases JOIN children ON children.id = cases.child_id
    WHERE cases.unit_id IS NOT NULL AND cases.owner_id IS NOT NULL AND NOT cases.is_ended
), wanted AS (
    SELECT gs, numbered.*,
           CASE gs % 8 WHEN 0 THEN 'completed' WHEN 1 THEN 'accepted' WHEN 2 THEN 'in_service'
                       WHEN 3 THEN 'info_needed' ELSE 'sent' END AS state
    FROM missing, generate_series(1, greatest(missing.n, 0)) AS gs
    JOIN numbered ON numbered.n = 1 + gs % numbered.all_cases
), requests AS (
    INSERT INTO referral_requests (id, case_id, by_id, created_at, sent_at, version)
    SELECT md5('bench' || gs)::uuid, id, owner_id, now(), now(), 1 FROM wanted
)
INSERT INTO referrals (
    id, key_id, request_id, case_id, kind, rules_version, service, urgency, state, stage,
    sent_stage, from_unit_id, by_id, to_unit_id, sex, commune_code, alerts, sections, tells_others,
    created_at, sent_at, changed_at, accept_due_at, due_at, told_level, is_disputed, version, age
)
SELECT gen_random_uuid(), key_id, md5('bench' || gs)::uuid, wanted.id, 'service', 1, 'health_care',
       'urgent', state,
       CASE state WHEN 'sent' THEN 'answer' WHEN 'info_needed' THEN 'waiting'
                  WHEN 'completed' THEN 'done' ELSE 'service' END,
       'waiting', unit_id, owner_id, hospital.id, sex, commune_code,
       '["high_risk"]', '["identity"]',
       false, now(), now(), now(), now() + gs * interval '1 minute',
       CASE WHEN state <> 'completed' THEN now() + gs * interval '1 minute' END, 0, false, 1, 9
FROM wanted, hospital
"""
)


def fill_inbox(app: Flask, count: int) -> None:
    """Bring the hospital's inbox to this many referrals."""
    with app.app_context():
        with db.sessionmaker.begin() as session:
            session.execute(_FILL, {"wanted": count})
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE referrals"))


def hospital(port: int) -> list[Person]:
    return [Person(port, "hospital").sign_in()]
