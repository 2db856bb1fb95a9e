"""TLS towards the servers of others: whom we believe, and who we are."""

import ssl
from pathlib import Path


def trusted(certificate: Path | None = None) -> ssl.SSLContext:
    """Only a server with a good certificate of its name. `certificate`: ours with its key, in one
    PEM file, for a server that asks who comes. Raises OSError where it cannot be read."""
    context = ssl.create_default_context()
    if certificate is not None:
        context.load_cert_chain(certificate)
    return context
