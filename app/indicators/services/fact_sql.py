"""How facts follow from the records: one INSERT a table, for the children given. A change of a few
children and a rebuild of all run the same statements.

`:ids` are children that stand for themselves (not merged into another) and `:subjects` their keyed
hashes, in the same order; `:cases`, `:firsts`, `:wholes` and `:events` likewise (EVENTS); `:zone`
is the time zone of days here.
"""

from sqlalchemy import text

SUBJECTS = text("""
INSERT INTO fact_subjects (subject, sex, birth_year)
WITH who AS (
  SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:subjects AS bytea[])) AS w(child_id, subject)
)
SELECT who.subject, child.sex, child.birth_year
FROM who JOIN children child ON child.id = who.child_id
""")

# An accepted handing-over of a case is a move. Before the first one the child lived where it came
# from. After the last one the commune that took the case counts, unless the record of the child was
# changed since or names a commune that none of the moves names. Of several moves on one day the
# last counts. Whoever went to another province lives nowhere here from then on, until a commune
# opens a further case or the record is given a residence here again: then where the next move came
# from, else where the record says, else where the newest of these cases is.
RESIDENCES = text("""
INSERT INTO fact_residences (subject, commune, since, until)
WITH who AS (
  SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:subjects AS bytea[])) AS w(child_id, subject)
), moves AS (
  SELECT who.child_id, who.subject, moved.id, moved.answered_at,
    CAST(moved.answered_at AT TIME ZONE :zone AS date) AS on_day,
    from_unit.commune_code AS came_from, to_unit.commune_code AS went_to,
    moved.to_unit_id IS NULL AS is_out
  FROM who
  JOIN cases c ON c.child_id = who.child_id
  JOIN case_transfers moved ON moved.case_id = c.id AND moved.state = 'accepted'
  JOIN units from_unit ON from_unit.id = moved.from_unit_id
  LEFT JOIN units to_unit ON to_unit.id = moved.to_unit_id
  WHERE from_unit.commune_code IS NOT NULL
    AND (moved.to_unit_id IS NULL OR to_unit.commune_code <> from_unit.commune_code)
), begins AS (
  SELECT DISTINCT ON (child_id) child_id, subject, came_from, on_day
  FROM moves ORDER BY child_id, answered_at, id
), passed AS (
  SELECT child_id, max(answered_at) AS last_at,
    array_agg(came_from) || array_agg(went_to) AS communes
  FROM moves GROUP BY child_id
), days AS (
  SELECT DISTINCT ON (child_id, on_day) * FROM moves
  ORDER BY child_id, on_day, answered_at DESC, id DESC
), joined AS (
  SELECT days.*, lead(on_day) OVER (PARTITION BY child_id ORDER BY on_day) AS next_day FROM days
), now_at AS (
  SELECT who.child_id, who.subject,
    coalesce(child.residence_commune, (
      SELECT c.commune_code FROM cases c
      WHERE c.child_id = who.child_id AND c.commune_code IS NOT NULL
      ORDER BY c.opened_at DESC, c.id DESC LIMIT 1
    )) AS commune
  FROM who JOIN children child ON child.id = who.child_id
), updated AS (
  SELECT passed.child_id, child.residence_commune AS commune
  FROM passed JOIN children child ON child.id = passed.child_id
  WHERE child.residence_noted_at > passed.last_at
    OR NOT child.residence_commune = ANY(array_remove(passed.communes, NULL))
), again AS (
  SELECT gone.child_id, gone.on_day, c.opened_at AS seen_at, c.commune_code AS commune
  FROM joined gone JOIN cases c ON c.child_id = gone.child_id
  WHERE gone.is_out AND c.opened_at > gone.answered_at AND c.commune_code IS NOT NULL
    AND c.state NOT IN ('not_confirmed', 'duplicate', 'out_of_scope')
  UNION ALL
  SELECT gone.child_id, gone.on_day, child.residence_noted_at, NULL
  FROM joined gone JOIN children child ON child.id = gone.child_id
  WHERE gone.is_out AND child.residence_noted_at > gone.answered_at
    AND child.residence_commune IS NOT NULL
), returned AS (
  SELECT child_id, on_day, CAST(min(seen_at) AT TIME ZONE :zone AS date) AS back_on,
    (array_agg(commune ORDER BY seen_at DESC) FILTER (WHERE commune IS NOT NULL))[1] AS commune
  FROM again GROUP BY child_id, on_day
)
SELECT subject, commune, DATE '1900-01-01', DATE '9999-12-31'
FROM now_at WHERE child_id NOT IN (SELECT child_id FROM moves)
UNION ALL
SELECT subject, came_from, DATE '1900-01-01', on_day FROM begins
UNION ALL
SELECT joined.subject,
  CASE WHEN next_day IS NULL THEN coalesce(updated.commune, went_to) ELSE went_to END,
  on_day, coalesce(next_day, DATE '9999-12-31')
FROM joined LEFT JOIN updated USING (child_id)
WHERE NOT is_out
UNION ALL
SELECT joined.subject, coalesce((
    SELECT moves.came_from FROM moves
    WHERE moves.child_id = joined.child_id AND moves.answered_at > joined.answered_at
    ORDER BY moves.answered_at, moves.id LIMIT 1
  ), updated.commune, returned.commune),
  back_on, coalesce(next_day, DATE '9999-12-31')
FROM joined JOIN returned USING (child_id, on_day) LEFT JOIN updated USING (child_id)
WHERE is_out AND back_on < coalesce(next_day, DATE '9999-12-31')
""")

MEMBERSHIPS = text("""
INSERT INTO fact_memberships
  (subject, group_code, sub_code, since, until, recorded_at, ended_at)
WITH who AS (
  SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:subjects AS bytea[])) AS w(child_id, subject)
)
SELECT who.subject, m.group_code, m.sub_code, m.since, m.until, m.recorded_at, m.ended_at
FROM who JOIN group_memberships m ON m.child_id = who.child_id
""")

# What was done (not what was planned): services that stand or were struck, measures, separations
# and substitute care that began.
SUPPORTS = text("""
INSERT INTO fact_supports
  (subject, source, kind, since, until, recorded_at, ended_at, struck_at)
WITH who AS (
  SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:subjects AS bytea[])) AS w(child_id, subject)
), files AS (
  SELECT who.subject, c.id FROM who JOIN cases c ON c.child_id = who.child_id
)
SELECT files.subject, 'service', s.kind, s.from_on,
  CASE WHEN s.to_on IS NOT NULL THEN s.to_on + 1 WHEN s.is_ongoing THEN NULL ELSE s.from_on + 1 END,
  s.typed_at, CAST(NULL AS timestamptz), s.struck_at
FROM files JOIN services_received s ON s.case_id = files.id
UNION ALL
SELECT files.subject, 'measure', 'protection', CAST(m.started_at AT TIME ZONE :zone AS date),
  CAST(m.ends_at AT TIME ZONE :zone AS date) + 1, m.typed_at, NULL, NULL
FROM files JOIN safety_measures m ON m.case_id = files.id AND NOT m.is_none_needed
UNION ALL
SELECT files.subject, 'separation', 'protection', CAST(s.started_at AT TIME ZONE :zone AS date),
  CAST(s.ended_at AT TIME ZONE :zone AS date) + 1, coalesce(s.decided_at, s.drafted_at),
  s.end_typed_at, NULL
FROM files JOIN separations s ON s.case_id = files.id
  AND s.state IN ('decided', 'ended', 'cancelled')
UNION ALL
SELECT files.subject, 'care', 'care_nurture', CAST(p.handed_over_at AT TIME ZONE :zone AS date),
  p.ended_on + 1, coalesce(p.handover_typed_at, p.handed_over_at), p.end_typed_at, NULL
FROM files JOIN care_placements p ON p.case_id = files.id AND p.handed_over_at IS NOT NULL
""")

# Which event each case of `:ids` is about. A further episode is about the event of the one before
# it, of the same kind, until its own report says when another happened. A report that was split is
# still one event. `whole_id` is the report that says when, where and by whom, `first_id` the case
# that told of it.
EVENTS = text("""
WITH RECURSIVE told AS (
  SELECT c.id AS case_id, c.id AS first_id, c.category, c.previous_id, 0 AS step,
    coalesce(r.split_from_id, r.id) AS whole_id
  FROM cases c
  JOIN reports r ON r.id = c.report_id
  WHERE c.child_id = ANY(CAST(:ids AS uuid[]))
  UNION ALL
  SELECT told.case_id, earlier.id, earlier.category, earlier.previous_id, told.step + 1,
    coalesce(r.split_from_id, r.id)
  FROM told
  JOIN reports whole ON whole.id = told.whole_id AND whole.event_at IS NULL
  JOIN cases earlier ON earlier.id = told.previous_id AND earlier.category = told.category
  JOIN reports r ON r.id = earlier.report_id
)
SELECT DISTINCT ON (case_id) case_id, first_id, whole_id FROM told ORDER BY case_id, step DESC
""")

# Where the age at the event is not known exactly, it is at most that at the report, and at most
# what the year of birth allows.
CASES = text("""
INSERT INTO fact_cases (
  subject, event, category, channel, forms, setting, relation, commune, event_commune, event_on,
  is_event_day_known, age, received_on, recorded_at, confirmed_on, confirmed_at, refused_at, state,
  ended_on, ended_at
)
WITH who AS (
  SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:subjects AS bytea[])) AS w(child_id, subject)
), named AS (
  SELECT * FROM unnest(
    CAST(:cases AS uuid[]), CAST(:firsts AS uuid[]), CAST(:wholes AS uuid[]),
    CAST(:events AS bytea[])
  ) AS n(case_id, first_id, whole_id, event)
)
SELECT who.subject, named.event, c.category, r.channel, c.abuse_forms, whole.abuse_setting,
  whole.perpetrator_relation, c.commune_code, whole.event_commune, days.event_on,
  whole.event_at IS NOT NULL, CASE WHEN ages.age >= 0 THEN ages.age END,
  CAST(r.received_at AT TIME ZONE :zone AS date), r.typed_at,
  CAST(found.happened_at AT TIME ZONE :zone AS date), found.typed_at,
  CASE WHEN c.state IN ('not_confirmed', 'duplicate', 'out_of_scope')
    THEN coalesce(c.ended_at, found.refused_at) END,
  c.state, CAST(c.ended_at AT TIME ZONE :zone AS date), c.ended_at
FROM who
JOIN cases c ON c.child_id = who.child_id
JOIN children child ON child.id = who.child_id
JOIN reports r ON r.id = c.report_id
JOIN named ON named.case_id = c.id
JOIN cases told ON told.id = named.first_id
JOIN reports whole ON whole.id = named.whole_id
CROSS JOIN LATERAL (
  SELECT CAST(coalesce(whole.event_at, whole.received_at) AT TIME ZONE :zone AS date) AS event_on
) days
CROSS JOIN LATERAL (
  SELECT coalesce(told.age_at_event, least(
    told.age_at_report, CAST(extract(year FROM days.event_on) AS integer) - child.birth_year
  )) AS age
) ages
CROSS JOIN LATERAL (
  SELECT min(v.happened_at) FILTER (WHERE v.outcome = 'confirmed') AS happened_at,
    min(v.typed_at) FILTER (WHERE v.outcome = 'confirmed') AS typed_at,
    max(v.typed_at) FILTER (WHERE v.outcome <> 'confirmed') AS refused_at
  FROM verifications v WHERE v.case_id = c.id
) found
""")

CLOCKS = text("""
INSERT INTO fact_clocks
  (subject, rule, commune, due_on, started_at, due_at, met_at, closed_at, is_void)
WITH who AS (
  SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:subjects AS bytea[])) AS w(child_id, subject)
)
SELECT who.subject, d.rule_key, d.commune_code,
  CAST(d.effective_due_at AT TIME ZONE :zone AS date), d.started_at, d.effective_due_at, d.met_at,
  d.closed_at, d.voided_at IS NOT NULL
FROM who
JOIN cases c ON c.child_id = who.child_id
JOIN deadlines d ON d.subject_id = c.id
""")

REFERRALS = text("""
INSERT INTO fact_referrals (
  subject, service, urgency, to_kind, commune, sent_on, due_on, sent_at, due_at, answered_at,
  recalled_at, outcome
)
WITH who AS (
  SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:subjects AS bytea[])) AS w(child_id, subject)
)
SELECT who.subject, r.service, r.urgency, coalesce(unit.kind, 'outside'),
  coalesce(r.commune_code, c.commune_code), CAST(r.sent_at AT TIME ZONE :zone AS date),
  CAST(r.accept_due_at AT TIME ZONE :zone AS date), r.sent_at, r.accept_due_at, r.answered_at,
  CASE WHEN r.state = 'recalled' THEN r.ended_at END, r.outcome_code
FROM who
JOIN cases c ON c.child_id = who.child_id
JOIN referrals r ON r.case_id = c.id AND r.kind = 'service'
  AND r.sent_at IS NOT NULL AND r.accept_due_at IS NOT NULL
LEFT JOIN units unit ON unit.id = r.to_unit_id
""")

DERIVED = (SUBJECTS, RESIDENCES, MEMBERSHIPS, SUPPORTS, CASES, CLOCKS, REFERRALS)
# Every record that is the same child as one of `:ids`, with the one that stands for it.
SAME_CHILDREN = text("""
WITH RECURSIVE up AS (
  SELECT id, merged_into_id FROM children WHERE id = ANY(CAST(:ids AS uuid[]))
  UNION
  SELECT c.id, c.merged_into_id FROM children c JOIN up ON c.id = up.merged_into_id
), down AS (
  SELECT id, id AS root FROM up WHERE merged_into_id IS NULL
  UNION
  SELECT c.id, down.root FROM children c JOIN down ON c.merged_into_id = down.id
)
SELECT id, root FROM down
""")
