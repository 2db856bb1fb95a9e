"""The page of the nightly backups."""

from tests.stories.look import Look

LOOKS: dict[str, tuple[Look, ...]] = {"admin": (Look("/admin/backups"),)}
