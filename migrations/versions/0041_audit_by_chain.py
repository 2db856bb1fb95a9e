"""Events of one chain are appended with its head locked and written once; and a new report, which no
case can refer to yet, is nobody's change of facts.

Revision ID: 0041
Revises: 0040
"""

from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

_HASH = """sha256('\\x01'::bytea || v_hash || int8send(v_seq) || uuid_send(v_chain)
    || convert_to(v_body, 'UTF8'))"""
_EVENT = """INSERT INTO audit_events
    (chain_id, seq, at, actor_id, subject_id, action, outcome, body, hash)
VALUES (v_chain, v_seq, (v_fields->>'at')::timestamptz, (v_fields->>'actor')::uuid,
    (v_fields->>'subject')::uuid, v_fields->>'action', v_fields->>'outcome', v_body, v_hash);"""
_NEW_HEAD = """INSERT INTO audit_heads (chain_id, seq, hash)
    VALUES (v_chain, 0, decode(repeat('00', 32), 'hex')) ON CONFLICT DO NOTHING;"""
MOMENTS = (
    "DELETE OR UPDATE OF category, channel, received_at, typed_at, event_commune, event_at,"
    " abuse_forms, abuse_setting, perpetrator_relation, split_from_id"
)
# chains in the order in which they first come, which the caller gives to all alike
_BY_CHAIN = f"""DECLARE
    v_chain uuid; v_bodies text[]; v_body text; v_fields jsonb; v_seq bigint; v_hash bytea;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(7305001);
    FOR v_chain, v_bodies IN
        SELECT (value->>0)::uuid, array_agg(value->>1 ORDER BY ordinality)
        FROM jsonb_array_elements(events) WITH ORDINALITY
        GROUP BY 1 ORDER BY min(ordinality)
    LOOP
        {_NEW_HEAD}
        SELECT seq, hash INTO v_seq, v_hash FROM audit_heads WHERE chain_id = v_chain FOR UPDATE;
        FOREACH v_body IN ARRAY v_bodies LOOP
            v_seq := v_seq + 1;
            v_hash := {_HASH};
            v_fields := v_body::jsonb;
            {_EVENT}
        END LOOP;
        UPDATE audit_heads SET seq = v_seq, hash = v_hash WHERE chain_id = v_chain;
    END LOOP;
END"""  # noqa: S608  # put together of constants of this file
_BY_EVENT = f"""DECLARE
    item jsonb; v_chain uuid; v_body text; v_fields jsonb; v_seq bigint; v_hash bytea;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(7305001);
    FOR item IN SELECT value FROM jsonb_array_elements(events) LOOP
        v_chain := (item->>0)::uuid;
        v_body := item->>1;
        v_fields := v_body::jsonb;
        {_NEW_HEAD}
        SELECT seq + 1, hash INTO v_seq, v_hash FROM audit_heads WHERE chain_id = v_chain FOR UPDATE;
        v_hash := {_HASH};
        {_EVENT}
        UPDATE audit_heads SET seq = v_seq, hash = v_hash WHERE chain_id = v_chain;
    END LOOP;
END"""  # noqa: S608  # put together of constants of this file


def _append(body: str) -> None:
    """The same function, with the rights that it has."""
    op.execute(
        "CREATE OR REPLACE FUNCTION audit_append_all(events jsonb) RETURNS void"
        " LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp"
        f" AS $$ {body} $$"
    )


def _watch_reports(moments: str) -> None:
    op.execute("DROP TRIGGER reports_fact_change ON reports")
    op.execute(
        f"CREATE TRIGGER reports_fact_change AFTER {moments} ON reports"
        " FOR EACH ROW EXECUTE FUNCTION fact_change_by_report()"
    )


def upgrade() -> None:
    _append(_BY_CHAIN)
    _watch_reports(MOMENTS)


def downgrade() -> None:
    _append(_BY_EVENT)
    _watch_reports(f"INSERT OR {MOMENTS}")
