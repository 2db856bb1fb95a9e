"""Write sbom.cdx.json: what the installed product consists of, as a CycloneDX bill of materials.

The packages of requirements.txt with their versions and hashes, and what is shipped in
static/vendor. Reproducible: the same lock makes the same file (a test compares). Run by
scripts/lock.sh.
"""

import json
import re
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

ROOT = Path(__file__).parent.parent
FILE = ROOT / "sbom.cdx.json"
_PINNED = re.compile(r"^([a-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def locked(text: str) -> Iterator[Component]:
    """The packages of a lock in the format of pip, with the hashes of their files."""
    for block in re.split(r"\n(?=[a-z0-9])", text):
        if found := _PINNED.match(block):
            name, version = found.groups()
            yield Component(
                type=ComponentType.LIBRARY,
                name=name,
                version=version,
                bom_ref=f"pypi:{name}@{version}",
                purl=PackageURL("pypi", None, name, version),
                hashes=[
                    HashType(alg=HashAlgorithm.SHA_256, content=digest)
                    for digest in sorted(_HASH.findall(block))
                ],
            )


def shipped(versions: dict[str, dict[str, str]]) -> Iterator[Component]:
    """What the pages load, of the npm registry."""
    for full, about in sorted(versions.items()):
        scope, _, name = full.rpartition("/")
        yield Component(
            type=ComponentType.LIBRARY,
            name=full,
            version=about["version"],
            bom_ref=f"npm:{full}",
            purl=PackageURL("npm", scope or None, name, about["version"]),
        )


def bill() -> str:
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    versions = json.loads((ROOT / "static" / "vendor" / "VERSIONS.json").read_text("utf-8"))
    tests_only = {"axe-core"}
    served = {k: v for k, v in versions["packages"].items() if k not in tests_only}
    bom = Bom(components=[*locked(lock), *shipped(served)])
    product = Component(type=ComponentType.APPLICATION, name="vongtay", bom_ref="vongtay")
    bom.metadata.component = product
    bom.register_dependency(product, list(bom.components))
    made = make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=1)
    text = json.loads(made)
    text["serialNumber"] = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, lock)}"
    del text["metadata"]["timestamp"]  # not when, but of what: the lock
    return json.dumps(text, indent=1, sort_keys=True) + "\n"


def main() -> int:
    FILE.write_text(bill(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
