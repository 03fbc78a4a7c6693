"""All that a VAD in another process will import; whoever imports this has it.

For `asrcli.child.prepare`: what is imported once there need not be imported by every process.
"""

from __future__ import annotations

import contextlib
import importlib

from asrcli.engines import vendor
from asrcli.engines.fsmn_vad import ENCODER
from asrcli.errors import RunError

MODULES = ("torch", "yaml", "soundfile", "soxr")

for _name in MODULES:
    importlib.import_module(_name)
# What is wrong with it is told where it is used.
with contextlib.suppress(RunError):
    vendor.load(ENCODER)
