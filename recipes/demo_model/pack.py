"""Checkpoint to model folder: `python -m recipes.demo_model.pack WORK CHECKPOINT FOLDER`.

The weights are stored as fp16 in safetensors, which cannot hold code, and computed with in fp32.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file

from recipes.demo_model.lexicon import lexicon
from recipes.demo_model.model import token_list, write_shape

TRAINING_ONLY = ("frame_head.", "ctc.", "criterion")


def pack(state: dict[str, torch.Tensor], cmvn: Path, folder: Path) -> int:
    """Write a whole model folder, without its card.

    Returns:
        Bytes of the weights.
    """
    write_shape(folder, token_list(lexicon().characters))
    shutil.copyfile(cmvn, folder / "am.mvn")
    kept = {
        name: (tensor.half() if tensor.is_floating_point() else tensor).contiguous()
        for name, tensor in state.items()
        if not name.startswith(TRAINING_ONLY)
    }
    path = folder / "model.safetensors"
    save_file(kept, path, metadata={"format": "pt"})
    # safetensors makes a file that only its owner can read.
    path.chmod(0o644)
    return path.stat().st_size


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=Path)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    state = torch.load(options.checkpoint, weights_only=True, map_location="cpu")["model"]
    size = pack(state, options.work / "am.mvn", options.folder)
    print(f"{options.folder}: {size / 1e6:.2f} MB of weights")


if __name__ == "__main__":
    main()
