"""Jobs of the register: no spreadsheet is kept for longer than the data say."""

from apscheduler.triggers.interval import IntervalTrigger

from app.core.jobs import Job
from app.register.services.imports import forget_imports

FORGET_IMPORTS = Job("forget-imports", IntervalTrigger(hours=1), forget_imports)
