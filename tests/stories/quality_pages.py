"""The pages of what contradicts itself."""

from tests.stories.look import Look

_KIND = "/indicators/quality/{contradiction}"

LOOKS: dict[str, tuple[Look, ...]] = {
    "supervisor": (Look("/indicators/quality"), Look(_KIND)),
    "worker": (Look("/indicators/quality"),),
}
IDS = {"contradiction": "SELECT kind AS contradiction FROM quality_findings LIMIT 1"}
