"""The real models, for tests marked `real`: where they are, and what to do where they are not.

They are looked for in `$ASR_MODEL_HOME` where it is set, and in the repository's own
`.cache/models`, which `make models` fills. Nothing is fetched by a test.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from asrcli.engines.hub import find_model
from asrcli.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

    from asrcli.engines.model_folder import ModelFolder

ROOT_HINT = "run `make models` once, or set ASR_MODEL_HOME"


def real_model(name: str) -> ModelFolder:
    """A model that is on this machine; the test fails where it is not."""
    try:
        return find_model(name, offline=True)
    except ModelError as error:
        pytest.fail(f"{ROOT_HINT}: {error}", pytrace=False)


@pytest.fixture
def fsmn_vad_folder(fence: Path) -> Path:
    """The folder of the original FSMN-VAD."""
    return real_model("fsmn-vad").path


@pytest.fixture
def demo_folder(fence: Path) -> Path:
    """The folder of the bundled model."""
    return real_model("demo").path
