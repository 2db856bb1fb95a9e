"""The application factory: the only module that knows every package. It wires and holds no
logic."""

from contextlib import suppress
from pathlib import Path

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from app.audit.keys_cli import cli as keys_cli
from app.auth import wiring as auth_wiring
from app.auth.breached import require_list
from app.backup import wiring as backup_wiring
from app.cases import paths, visit_rules
from app.cases import wiring as cases_wiring
from app.core import crypto, db, embedded, logs
from app.core.commands import LaterGroup
from app.deadlines import routes as calendar
from app.deadlines import rules
from app.documents import scanner
from app.indicators import wiring as indicators_wiring
from app.jobs import routes as jobs_routes
from app.jobs.cli import cli as jobs_cli
from app.oversight import wiring as oversight_wiring
from app.people import wiring as people_wiring
from app.reference import library, retention
from app.referrals import wiring as referrals_wiring
from app.register import wiring as register_wiring
from app.reminders import wiring as reminders_wiring
from app.web import init_app as init_web
from config import Settings

ROOT = Path(__file__).parent.parent
OF_AUDIT = "The append-only log: verify it, sign it."


def create_app(settings: Settings) -> Flask:
    """The application with its settings, keys and database.

    Without a database address the embedded PostgreSQL of the instance folder is started or joined.
    """
    app = Flask(
        "app", template_folder=str(ROOT / "templates"), static_folder=None, root_path=str(ROOT)
    )
    app.config.from_mapping(settings.flask_config())
    app.extensions["settings"] = settings
    if proxies := settings.trusted_proxies:  # each adds one address; what stood before is invented
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=0
        )
    if not settings.testing:
        logs.configure()
    own_data = settings.instance_dir / "reference"  # what an administrator replaced
    if settings.breached_passwords:
        require_list(settings.breached_passwords)
    scanner.install(settings.virus_scanner)
    library.install(own_data)
    retention.install(own_data)
    rules.install(own_data)
    visit_rules.install(own_data)
    paths.install(own_data)
    if not settings.keyset_file.exists() and settings.demo:
        with suppress(FileExistsError):  # another process that starts now was faster
            crypto.create_keyset_file(settings.keyset_file)
    crypto.install(settings.keyset_file)
    url = settings.database_url or embedded.start(settings.instance_dir).app
    app.config["SQLALCHEMY_ENGINES"] = db.engines(url)
    db.init_app(app)  # first: after_request hooks run in reverse, so the commit runs last
    init_web(app)
    auth_wiring.init_app(app, settings)
    app.register_blueprint(calendar.bp)
    cases_wiring.init_app(app)
    app.register_blueprint(jobs_routes.bp)
    people_wiring.init_app(app)
    register_wiring.init_app(app, own_data)
    referrals_wiring.init_app(app, own_data)
    oversight_wiring.init_app(app)
    reminders_wiring.init_app(app, own_data)
    indicators_wiring.init_app(app, own_data)
    backup_wiring.init_app(app)
    app.cli.add_command(LaterGroup("audit", "app.audit.cli:cli", OF_AUDIT))
    app.cli.add_command(LaterGroup("demo", "app.demo.cli:cli", "The synthetic province."))
    app.cli.add_command(jobs_cli)
    app.cli.add_command(keys_cli)
    return app
