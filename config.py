"""Typed settings, read once at start-up. Nothing else in the project reads the environment."""

import os
import secrets
import stat
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from pydantic import (
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).parent
_DISTINCT = 12  # different characters that a made secret has at least
_EXAMPLES = ("change", "secret", "password", "example", "matkhau", "vongtay", "0123456789")
_VERIFIED = frozenset({"verify-ca", "verify-full"})


class MissingSettings(SystemExit):
    """The start is refused; the message lists every missing or unusable setting by name."""


class Settings(BaseSettings):
    """What an operator sets. Outside demo mode no secret has a default."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_ignore_empty=True)

    database_url: str | None = None  # the application's role; None: the embedded PostgreSQL
    database_owner_url: str | None = None  # the owner's role, for migrations; None: database_url
    # sees everything and makes databases, for backups; None: the embedded server's
    backup_database_url: str | None = None
    backup_dir: Path | None = None  # where a backup is made and proved each night; None: nowhere
    backup_keep: int = Field(default=14, ge=1, le=1000)  # so many of them
    instance_dir: Path = ROOT / "instance"
    port: int = 8000
    trusted_proxies: int = Field(default=0, ge=0, le=10)  # reverse proxies before the web server
    demo: bool = False
    demo_password: SecretStr = SecretStr("vong-tay-demo")
    secret_key: SecretStr = Field(min_length=32)
    keyset_file: Path
    base_url: str
    mail_url: SecretStr | None = None  # smtp://user:password@host:port
    sms_url: SecretStr | None = None
    client_certificate: Path | None = None  # who we are to both, with its key; None: a password
    metrics_token: SecretStr | None = Field(default=None, min_length=24)  # who may ask /metrics
    step_up_minutes: int = Field(default=5, ge=1, le=60)  # how long a typed password is fresh
    virus_scanner: Path | None = None  # the Unix socket of clamd
    breached_passwords: Path | None = None  # hashes of passwords that were stolen elsewhere
    lock_minutes: int = Field(default=5, ge=1, le=15)  # without input until the screen locks
    testing: bool = False
    default_locale: str = "vi"
    timezone: str = "Asia/Ho_Chi_Minh"

    @model_validator(mode="before")
    @classmethod
    def fill_demo_defaults(cls, values: dict[str, object]) -> dict[str, object]:
        """Demo mode is on with the embedded database unless switched off; it makes its own
        secrets."""
        values = dict(values)
        values.setdefault("demo", not values.get("database_url"))
        if str(values["demo"]).lower() not in {"1", "true", "yes", "on"}:
            return values
        instance = Path(str(values.get("instance_dir", ROOT / "instance")))
        instance.mkdir(parents=True, exist_ok=True)
        if not values.get("secret_key"):
            values["secret_key"] = _kept_secret(instance / "secret_key")
        if not values.get("keyset_file"):
            values["keyset_file"] = instance / "keyset.json"
        if not values.get("base_url"):
            values["base_url"] = f"http://127.0.0.1:{values.get('port', 8000)}"
        return values

    @field_validator("keyset_file")
    @classmethod
    def refuse_absent_keyset(cls, value: Path, info: ValidationInfo) -> Path:
        """Only demo mode makes its own: elsewhere a wrong path must not look like new data."""
        if not info.data.get("demo") and not value.is_file():
            raise ValueError("no such file")
        return value

    @field_validator("keyset_file", "client_certificate")
    @classmethod
    def refuse_exposed_file(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        """A key that other users of this machine can read is not ours alone any more."""
        if value is None or info.data.get("demo"):
            return value
        if not value.is_file() or is_exposed(value):
            raise ValueError("no file of ours alone")
        return value

    @field_validator("secret_key")
    @classmethod
    def refuse_invented_secret(cls, value: SecretStr) -> SecretStr:
        """Long is not enough: `aaaa…` and `change-me-change-me…` are known to everybody."""
        text = value.get_secret_value().lower()
        if len(set(text)) < _DISTINCT or any(word in text for word in _EXAMPLES):
            raise ValueError("no secret")
        return value

    @field_validator("database_url", "database_owner_url", "backup_database_url")
    @classmethod
    def refuse_address_in_clear(cls, value: str | None) -> str | None:
        """What passes between two machines is encrypted, and the database shows who it is."""
        if value and not _stays_here(value):
            mode = parse_qs(urlsplit(value).query).get("sslmode", [""])[-1]
            if mode not in _VERIFIED:
                raise ValueError("no address with TLS")
        return value

    @field_validator("breached_passwords")
    @classmethod
    def refuse_absent_list(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError("no such file")
        return value

    @field_validator("base_url")
    @classmethod
    def refuse_unfit_address(cls, value: str, info: ValidationInfo) -> str:
        """Outside demo mode people come by TLS, since the cookies are sent on no other way, and to
        a name: passkeys are bound to it, and a number would lock out who must have one."""
        address, demo = urlsplit(value), bool(info.data.get("demo"))
        if not address.hostname or not (demo or address.scheme == "https"):
            raise ValueError("no address of a site")
        if not demo and is_number(address.hostname):
            raise ValueError("a number, not a name")
        return value

    @property
    def trusted_hosts(self) -> list[str]:
        """The names under which this installation is asked; others are answered with 400."""
        return [str(urlsplit(self.base_url).hostname), "localhost", "127.0.0.1"]

    @property
    def cookie_secure(self) -> bool:
        return not self.demo

    def flask_config(self) -> dict[str, object]:
        # FLASK_DEBUG, left in the environment of a server, changes nothing for real data
        return ({} if self.demo else {"DEBUG": False}) | {
            "SECRET_KEY": self.secret_key.get_secret_value(),
            "TESTING": self.testing,
            "DEMO": self.demo,
            "TRUSTED_HOSTS": self.trusted_hosts,
            "BABEL_DEFAULT_LOCALE": self.default_locale,
            "BABEL_DEFAULT_TIMEZONE": self.timezone,
            "BABEL_TRANSLATION_DIRECTORIES": str(ROOT / "translations"),
            # a long text swells when it is sent; app/web/form_bodies.py keeps less in memory
            "MAX_CONTENT_LENGTH": 16 * 1024 * 1024,
            "MAX_FORM_MEMORY_SIZE": 2 * 1024 * 1024,
            "SESSION_COOKIE_NAME": "__Host-vt-page" if self.cookie_secure else "vt-page",
            "SESSION_COOKIE_SECURE": self.cookie_secure,
            "SESSION_COOKIE_HTTPONLY": True,
            "SESSION_COOKIE_SAMESITE": "Lax",
            # browsers send no Referer (Referrer-Policy); Sec-Fetch-Site is checked instead
            "WTF_CSRF_SSL_STRICT": False,
            "WTF_CSRF_TIME_LIMIT": None,  # the token ends with the session
        }


def _credentials() -> Path | None:
    """The folder of files that are called as settings, if this process was given one."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    return Path(folder) if folder and Path(folder).is_dir() else None


def is_exposed(path: Path) -> bool:
    """Can somebody else read or change this file? What systemd hands over shows the right of the
    one user it is for as the right of a group."""
    folder, others = _credentials(), stat.S_IRWXG | stat.S_IRWXO
    if folder is not None and path.resolve().is_relative_to(folder.resolve()):
        others &= ~stat.S_IRGRP
    return bool(path.stat().st_mode & others)


def _exposed_credentials() -> list[str]:
    """The settings that came as a file which others can read too."""
    folder = _credentials()
    found = [] if folder is None else [one for one in folder.iterdir() if one.is_file()]
    return [one.name for one in found if one.name in Settings.model_fields and is_exposed(one)]


def _stays_here(url: str) -> bool:
    """Are all hosts of a database's address (it may have several) this machine, or sockets?"""
    parts = urlsplit(url)
    named = ",".join(parse_qs(parts.query).get("host", []))
    hosts = [urlsplit(f"//{one}").hostname for one in named.split(",") if one[:1] not in ("", "/")]
    return all(is_here(host) for host in [*hosts, parts.hostname] if host)


def is_here(host: str | None) -> bool:
    """Does this name or number say this machine itself?"""
    if host == "localhost":
        return True
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False


def is_number(host: str) -> bool:
    """Is it an address of the network rather than a name?"""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _kept_secret(path: Path) -> str:
    """The secret in `path`, made on the first call and readable by its owner only."""
    with suppress(FileExistsError):  # another process that starts now was faster: its secret counts
        if not path.exists():
            write_new(path, secrets.token_urlsafe(48))
    return path.read_text(encoding="utf-8").strip()


def write_new(path: Path, text: str) -> None:
    """Make a file that only its owner reads; it appears whole or not at all.

    Raises FileExistsError: an existing file is never touched.
    """
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(
            os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w"
        ) as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.link(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def load_settings() -> Settings:
    """Settings from the environment, then from what systemd hands over as credentials. Raises
    MissingSettings, naming each that is missing or unusable."""
    names = set(_exposed_credentials())
    try:
        settings = Settings(_secrets_dir=_credentials())
    except ValidationError as error:
        names |= {str(e["loc"][0]) if e["loc"] else "?" for e in error.errors()}
    if names:
        found = ", ".join(sorted(name.upper() for name in names))
        raise MissingSettings(f"Missing or unusable settings: {found}")
    return settings
