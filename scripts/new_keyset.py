"""Make the keyset of a new installation: `python scripts/new_keyset.py /etc/vongtay/keyset.json`.

The file opens everything that is encrypted. Keep a copy apart from the database's backups; without
it nothing can be read again.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app.core.crypto import create_keyset_file

if len(sys.argv) != 2:
    sys.exit(__doc__)
try:
    create_keyset_file(Path(sys.argv[1]))
except FileExistsError:
    sys.exit(f"{sys.argv[1]} exists and stays as it is")
