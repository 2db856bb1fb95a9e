"""A demonstration is for this machine only, however its server was started."""

from ipaddress import ip_address

from flask import Flask, abort, current_app, request


def refuse_other_machines() -> None:
    """In demo mode everybody knows the passwords: only loopback addresses are answered."""
    if current_app.config.get("DEMO") and not _is_here(request.remote_addr):
        abort(403)


def _is_here(address: str | None) -> bool:
    try:
        return address is not None and ip_address(address).is_loopback
    except ValueError:
        return False


def init_app(app: Flask) -> None:
    app.before_request(refuse_other_machines)
