"""`python -m tests.stories.protecting PERIOD`, in the environment of a place: what the job of
protected figures does, for one period and the table that the story reads. With every period and
table it takes minutes."""

import sys

from sqlalchemy import select

from app.core import clock
from app.core.db import db
from app.indicators.models import Release, ReleaseState
from app.indicators.periods import Period
from app.indicators.services.current_tables import refresh
from app.indicators.services.publishing import prepare
from wsgi import app

CODES = frozenset({"special.age_sex"})


def main(period: Period) -> None:
    begin = db.sessionmaker.begin
    with begin() as session:
        asked = session.scalars(select(Release.id).where(Release.state == ReleaseState.ASKED)).all()
    for release_id in asked:
        prepare(release_id, now=clock.now(), begin=begin, codes=CODES)
    refresh(now=clock.now(), begin=begin, periods=[period], codes=CODES)


if __name__ == "__main__":
    with app.app_context():
        main(Period.parse(sys.argv[1]))
