"""The page of long work that one asked for: how far it is, what came out of it."""

from flask import Blueprint, flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select, select

from app.auth.access import authorized
from app.auth.actor import Actor
from app.auth.once import once
from app.auth.permissions import Permission, rule
from app.core import clock
from app.core.db import db
from app.core.tasks import KINDS, Task
from app.web.responses import is_htmx, redirect_to

bp = Blueprint("tasks", __name__, url_prefix="/tasks")


def own_tasks(actor: Actor) -> Select[Task]:
    """Work is shown to the person who asked for it, and to nobody else."""
    return select(Task).where(Task.user_id == actor.id)


@rule(Permission.TASK_OWN)
def is_own(actor: Actor, task: Task) -> bool:
    return task.user_id == actor.id


@bp.get("/<uuid:task_id>")
@authorized(Permission.TASK_OWN, load=own_tasks, key="task_id")
def show(task: Task) -> ResponseReturnValue:
    """The page asks again by itself while the work goes on (only its middle is sent then)."""
    kind = KINDS.get(task.kind)
    template = "tasks/_state.html" if is_htmx() else "tasks/show.html"
    return render_template(template, task=task, kind=kind)


@bp.post("/<uuid:task_id>/cancel")
@authorized(Permission.TASK_OWN, load=own_tasks, key="task_id")
@once
def cancel(task: Task) -> ResponseReturnValue:
    db.session.refresh(task, with_for_update=True)
    task.cancel(now=clock.now())
    flash(_("Đã dừng. Những gì chưa làm xong được bỏ lại như cũ."), "ok")
    return redirect_to("tasks.show", task_id=task.id)
