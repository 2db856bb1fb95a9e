"""A scheduler of its own, for tests that kill it: passes without end, mail into a file.

python -m tests.reminders.scheduler DATABASE_URL MAIL_FILE NOW
"""

import os
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.orm import Session, sessionmaker

import app
from app.core.db import engine_options
from app.reminders.models import Channel
from app.reminders.services.messages import Letter
from app.reminders.services.passes import run_pass

MODELS = app  # importing the factory loads the models of every package
RESTS = 0.05


def main(url: str, mail_file: str, now: datetime) -> None:
    options = engine_options(url)
    make: sessionmaker[Session] = sessionmaker(create_engine(options.pop("url"), **options))
    with Path(mail_file).open("ab", buffering=0) as box:

        def post(_session: Session, letter: Letter) -> None:
            os.write(box.fileno(), f"{letter.message_id} {len(letter.lines)}\n".encode())

        print("ready", flush=True)
        while True:
            for moment in (now, now + timedelta(days=1)):  # the digest leaves in the morning
                run_pass(make, {Channel.MAIL: post}, moment)
            time.sleep(RESTS)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], datetime.fromisoformat(sys.argv[3]))
