"""The pages of figures, and of what contradicts itself."""

from tests.stories.look import Look

_KIND = "/indicators/quality/past_childhood"
_SHOW = "/indicators/figures"

LOOKS: dict[str, tuple[Look, ...]] = {
    "supervisor": (
        Look("/indicators/"), Look("/indicators/?period=2000"), Look("/indicators/quality"),
        Look(_KIND), Look(f"{_SHOW}/8a"), Look(f"{_SHOW}/8a?table=special.commune"),
        Look(f"{_SHOW}/9?period=2000"),
    ),
    "worker": (Look("/indicators/quality"),),
    "analyst": (Look("/indicators/"),),
    "admin": (Look("/admin/disclosure"),),
}  # fmt: skip
