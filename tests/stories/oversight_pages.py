"""Files opened in an emergency, who opened a file, readings that stand out, questions."""

from tests.stories.look import Look, sent

_NEW = "/break-glass/new"

LOOKS: dict[str, tuple[Look, ...]] = {
    "worker": (
        Look("/cases/{case}/readings"), Look("/cases/{case}/readings?show=glass"),
        Look(_NEW), sent(_NEW, reason="gấp"), Look("/questions/"),
    ),
    "worker2": (
        Look("/questions/"), Look("/questions/{question}"), Look(_NEW),
    ),
    "chair": (Look("/cases/{case}/readings"), Look(_NEW), Look("/questions/")),
    "supervisor": (
        Look("/break-glass/"), Look("/break-glass/{glass}/review"),
        sent("/break-glass/{glass}/review", decision="follow_up"),
        Look("/readings/"), Look("/readings/?show=all&kind=no_relation"),
        Look("/readings/{finding}"), sent("/readings/{finding}"),
        Look("/questions/asked"), Look("/questions/asked?show=all"),
        Look("/cases/{case}/readings"),
    ),
}  # fmt: skip
IDS = {
    "glass": "SELECT id AS glass FROM break_glasses ORDER BY since LIMIT 1",
    "finding": "SELECT id AS finding FROM reading_findings WHERE kind = 'no_relation'"
    " AND looked_at IS NULL LIMIT 1",
    "question": "SELECT q.id AS question FROM reading_questions q JOIN users u ON u.id = q.user_id"
    " WHERE u.username = 'worker2' AND q.asked_by IS NOT NULL LIMIT 1",
}
