"""Each guard taken away in turn: the reviewed table must notice, on every route it protects."""

import inspect
import random
import sys
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from types import FunctionType, ModuleType
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask, make_response
from sqlalchemy import Select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.auth import access, login, once, permissions, step_up
from app.auth.grants import AccessReason, CaseAccess
from app.auth.login import login_manager
from app.auth.models import Role, UserSession
from app.cases.models import Case
from app.core import clock
from app.core.row_scope import HOUSE
from tests.actors import actor_of
from tests.browser import Browser
from tests.evidence import Evidence
from tests.matrix import Row, read_matrix
from tests.reviewed import check, check_anonymous, send
from tests.tiers import wide
from tests.world import PROVINCE, Relation, World, make_world

MATRIX = read_matrix()
# Reviewed here: what is open on a locked screen and to who has no second factor yet, what comes
# without a token.
WHILE_LOCKED = {"auth.unlock", "auth.lock", "auth.passkey_options"}
WITHOUT_FACTOR = WHILE_LOCKED | {"auth.enrol", "auth.enrol_passkey", "auth.confirm"}
NO_TOKEN = {"auth.sign_out", "auth.quick_exit", "outside_answers.leave"}
KEY_READ_BY_VIEW = {"exports.password"}  # asks for it itself too
EXPIRED, NOT_WHOLE = "Trang đã mở quá lâu", "Biểu mẫu gửi lên không đầy đủ"
Patch = pytest.MonkeyPatch
STEPS_UP = ("GET exports.new", "POST glass.new")


@dataclass(frozen=True)
class Asked:
    """A route, and the world in which it is asked."""

    app: Flask
    session: Session
    world: World
    name: str
    row: Row

    @property
    def endpoint(self) -> str:
        return self.name.split(" ")[1]

    @property
    def is_post(self) -> bool:
        return self.name.startswith("POST ")

    @property
    def answered(self) -> list[Role]:
        return sorted((self.row.own or frozenset()) - self.row.hidden)

    @property
    def somebody(self) -> Role:
        """Who is answered; where the table hides the object from all, who may come so far."""
        return (self.answered or sorted(self.row.own or self.row.hidden))[0]

    def layer(self, decorator: str) -> FunctionType | None:
        """What this decorator put around the view."""
        view: Any = self.app.view_functions[self.endpoint]
        while view is not None:
            if view.__code__.co_qualname.startswith(f"{decorator}.<locals>"):
                assert isinstance(view, FunctionType)
                return view
            view = getattr(view, "__wrapped__", None)
        return None

    def declared(self, name: str) -> Any:
        """An argument of @authorized."""
        layer = self.layer("authorized")
        return inspect.getclosurevars(layer).nonlocals.get(name) if layer else None

    def browser(self, role: Role, **changed: object) -> Browser:
        """Signed in, in a session that is as `changed` says."""
        user = self.world.mine.users[role]
        browser = Browser(self.app, self.session).sign_in(user)
        if changed:
            whose = UserSession.user_id == user.id
            self.session.execute(update(UserSession).where(whose).values(**changed))
            self.session.commit()
        return browser

    def send(self, browser: Browser, **data: str) -> TestResponse:
        return send(self.app, browser, self.world, self.name, Relation.OWN, self.row, data)

    def check(self, role: Role, relation: Relation) -> None:
        """As tests/test_routes.py does."""
        browser = self.browser(role)
        check(self.app, browser, self.world, self.name, role, relation, self.row)


class Guard:
    """`ask` raises AssertionError where the route answers otherwise than reviewed."""

    def protects(self, it: Asked) -> bool:
        return not it.row.is_public

    def ask(self, it: Asked) -> None:
        raise NotImplementedError

    def remove(self, patch: Patch, it: Asked) -> None:
        raise NotImplementedError


class SignedIn(Guard):
    def ask(self, it: Asked) -> None:
        check_anonymous(it.app, it.session, it.world, it.name, it.row)

    def remove(self, patch: Patch, it: Asked) -> None:
        """Whoever comes without a session is taken for somebody who may."""
        somebody = actor_of(it.world.mine.users[it.somebody])
        known = login_manager._request_callback
        patch.setattr(login_manager, "_request_callback", lambda sent: known(sent) or somebody)


class OfTheRole(Guard):
    """The table of roles and permissions."""

    def protects(self, it: Asked) -> bool:
        return bool(self._refused(it))

    def _refused(self, it: Asked) -> list[Role]:
        """Those of the same unit first: no other guard stands before them."""
        if it.row.own is None:
            return []
        return sorted(set(Role) - it.row.own - it.row.hidden, key=lambda role: role in PROVINCE)

    def ask(self, it: Asked) -> None:
        for role in self._refused(it):
            it.check(role, Relation.OWN)

    def remove(self, patch: Patch, it: Asked) -> None:
        for module in modules_with("has_permission", permissions.has_permission):
            patch.setattr(module, "has_permission", lambda actor, permission: True)


def modules_with(name: str, value: object) -> list[ModuleType]:
    """Wherever it was imported."""
    ours = [module for path, module in sys.modules.items() if path.startswith("app.")]
    return [module for module in ours if getattr(module, name, None) is value]


class Visibility(Guard):
    """An object is loaded among what the actor may see."""

    def protects(self, it: Asked) -> bool:
        return it.declared("load") is not None and bool(self._blind(it))

    def _blind(self, it: Asked) -> list[Role]:
        return [] if it.row.foreign is None else sorted({*it.answered} - it.row.foreign)

    def ask(self, it: Asked) -> None:
        for role in self._blind(it):
            it.check(role, Relation.FOREIGN)

    def remove(self, patch: Patch, it: Asked) -> None:
        patch.setattr(access, "find", find_anything)
        # and the wall behind it, which would hide that the guard is gone
        patch.setattr(login, "_LOOK_UP", login._LOOK_UP.params(scope=HOUSE))


def find_anything(session: Session, visible: Select[Any], subject_id: UUID) -> Any | None:
    """`access.find`, whose author forgot what it is for."""
    everything = visible._generate()
    everything._where_criteria = ()
    return session.scalars(everything.filter_by(id=subject_id)).unique().first()


class OfTheObject(Guard):
    """The rule of the object: who opened a file in an emergency reads it, and does nothing."""

    ROLES = (Role.CP_WORKER, Role.COMMUNE_CHAIR)

    def protects(self, it: Asked) -> bool:
        return it.is_post and it.declared("key") == "case_id" and bool(self._who(it))

    def _who(self, it: Asked) -> list[Role]:
        return [role for role in self.ROLES if role in it.answered]

    def ask(self, it: Asked) -> None:
        case = it.session.get_one(Case, it.world.theirs.ids["case_id"])
        for role in self._who(it):
            open_in_an_emergency(it.session, case, it.world.mine.users[role].id)
            answer = send(it.app, it.browser(role), it.world, it.name, Relation.FOREIGN, it.row, {})
            assert answer.status_code == 403, f"{it.name}, {role}: {answer.status_code}"

    def remove(self, patch: Patch, it: Asked) -> None:
        patch.setattr(access, "is_allowed", lambda actor, permission, subject: True)


def open_in_an_emergency(session: Session, case: Case, user_id: UUID) -> None:
    session.add(
        CaseAccess(
            case_id=case.id,
            child_id=case.child_id,
            holder_id=user_id,
            reason=AccessReason.BREAK_GLASS,
            since=clock.now() - timedelta(minutes=1, seconds=random.random()),
        )
    )
    session.commit()


class Everything(frozenset[str]):
    def __contains__(self, _name: object) -> bool:
        return True


class ScreenLock(Guard):
    def protects(self, it: Asked) -> bool:
        return not it.row.is_public and it.endpoint not in WHILE_LOCKED

    def ask(self, it: Asked) -> None:
        answer = it.send(it.browser(it.somebody, locked_at=clock.now()))
        if it.is_post:
            assert answer.status_code == 423
        else:
            assert answer.status_code == 303 and answer.location.startswith("/auth/unlock")

    def remove(self, patch: Patch, it: Asked) -> None:
        patch.setattr(access, "WHILE_LOCKED", Everything())


class SecondFactor(Guard):
    """Outside a demonstration whoever has no second factor sets one up first."""

    def protects(self, it: Asked) -> bool:
        return not it.row.is_public and it.endpoint not in WITHOUT_FACTOR

    def ask(self, it: Asked) -> None:
        browser = it.browser(it.somebody, has_second_factor=False)
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(it.app.config, "DEMO", False)
            answer = it.send(browser)
        assert answer.status_code == 303 and answer.location == "/auth/enrol"

    def remove(self, patch: Patch, it: Asked) -> None:
        patch.setattr(access, "WITHOUT_FACTOR", Everything())


class Confirmed(Guard):
    """Who sits here is asked again before what must not happen on a screen left open."""

    def protects(self, it: Asked) -> bool:
        return it.layer("confirmed") is not None and bool(it.answered)

    def ask(self, it: Asked) -> None:
        long_ago = clock.now() - timedelta(hours=1)
        answer = it.send(it.browser(it.somebody, confirmed_at=long_ago))
        if it.is_post:
            assert answer.status_code == 403
        else:
            assert answer.status_code == 303 and answer.location.startswith("/auth/confirm")

    def remove(self, patch: Patch, it: Asked) -> None:
        patch.setattr(step_up, "is_fresh", lambda actor, now: True)


class Once(Guard):
    """A form without its key is refused: sent twice it could do its work twice."""

    def protects(self, it: Asked) -> bool:
        if it.endpoint in KEY_READ_BY_VIEW:
            return False
        return it.is_post and it.layer("once") is not None and bool(it.answered)

    def ask(self, it: Asked) -> None:
        answer = it.send(it.browser(it.somebody))
        assert answer.status_code == 400 and NOT_WHOLE in answer.text

    def remove(self, patch: Patch, it: Asked) -> None:
        patch.setattr(once, "once_of", lambda holder_id, answer: make_response(answer()))


class Token(Guard):
    """A form that another site sends."""

    def protects(self, it: Asked) -> bool:
        return it.is_post and it.endpoint not in NO_TOKEN

    def ask(self, it: Asked) -> None:
        browser = it.browser(it.somebody) if it.row.own else Browser(it.app, it.session)
        with pytest.MonkeyPatch.context() as patch:
            if not getattr(self, "is_removed", False):
                patch.setitem(it.app.config, "WTF_CSRF_ENABLED", True)
            answer = it.send(browser, idempotency_key=str(uuid4()))
        assert answer.status_code == 400 and EXPIRED in answer.text

    def remove(self, patch: Patch, it: Asked) -> None:
        patch.setattr(self, "is_removed", True, raising=False)


# Who is let in without a session does the work (an account is disabled): SignedIn comes last.
GUARDS: tuple[Guard, ...] = (
    OfTheRole(), Visibility(), OfTheObject(), ScreenLock(), SecondFactor(), Confirmed(), Once(),
    Token(), SignedIn(),
)  # fmt: skip


def sample() -> list[str]:
    """A route of each blueprint, in any run the same; few papers, which take time."""
    routes = defaultdict(list)
    for name, row in sorted(MATRIX.items()):
        if not row.is_public:
            routes[name.split(" ")[1].split(".")[0]].append(name)
    dice = random.Random(2026)
    quick = [[name for name in found if ".form0" not in name] or found for found in routes.values()]
    return sorted({*STEPS_UP, *(dice.choice(found) for found in quick)})


SHORT = sample()
ALL = [name if name in SHORT else pytest.param(name, marks=wide) for name in sorted(MATRIX)]


def unnoticed(it: Asked, guards: list[Guard], patch: Patch) -> list[str]:
    """The guards whose removal changes no answer."""
    found = []
    for guard in guards:
        guard.ask(it)
        with patch.context() as removed:
            guard.remove(removed, it)
            try:
                guard.ask(it)
            except Exception:  # noqa: S112  # another answer, or none at all
                continue
        found.append(f"{it.name}: {type(guard).__name__}")
    return found


def test_the_exceptions_are_there(app: Flask) -> None:
    assert app.view_functions.keys() >= NO_TOKEN | KEY_READ_BY_VIEW


@pytest.mark.usefixtures("no_csrf")
@pytest.mark.parametrize("name", ALL)
def test_every_removed_guard_is_noticed(
    app: Flask, session: Session, monkeypatch: Patch, evidence: Evidence, name: str
) -> None:
    it = Asked(app, session, make_world(session), name, MATRIX[name])
    guards = [guard for guard in GUARDS if guard.protects(it)]
    assert unnoticed(it, guards, monkeypatch) == []
    evidence(
        "guards", "{unnoticed} of {removed:,} removals unnoticed", unnoticed=0, removed=len(guards)
    )


class Missing(ScreenLock):
    """The control: a guard that was not there before it was taken away."""

    def remove(self, patch: Patch, it: Asked) -> None:
        pass


def test_a_removal_that_nobody_notices_is_named(
    app: Flask, session: Session, monkeypatch: Patch
) -> None:
    it = Asked(app, session, make_world(session), "GET cases.index", MATRIX["GET cases.index"])
    assert unnoticed(it, [Missing()], monkeypatch) == ["GET cases.index: Missing"]


def test_the_short_run_takes_each_guard_away_from_several_routes(
    app: Flask, session: Session
) -> None:
    world = make_world(session)
    routes = [Asked(app, session, world, name, MATRIX[name]) for name in SHORT]
    tried = {type(g).__name__: sum(g.protects(it) for it in routes) for g in GUARDS}
    assert min(tried.values()) >= 3, tried
