"""Writes an FSMN-VAD with random weights in the on-disk form of the real checkpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
import yaml

from asrcli.engines import vendor

if TYPE_CHECKING:
    from pathlib import Path


def write_fsmn_vad(folder: Path, *, seed: int = 0) -> Path:
    """A whole model folder; about half of all frames of noise become speech, in runs."""
    folder.mkdir(parents=True, exist_ok=True)
    write_config(folder, config())
    section = "<{}> 400 400\n<LearnRateCoef> 0 [ {} ]\n"
    shift, scale = section.format("AddShift", "-11 " * 400), section.format("Rescale", "0.8 " * 400)
    (folder / "am.mvn").write_text(f"<Nnet>\n{shift}{scale}</Nnet>\n")
    encoder = vendor.load("models.fsmn_vad_streaming.encoder").FSMN(**config()["encoder_conf"])
    generator = torch.Generator().manual_seed(seed)
    tensors = {
        f"encoder.{name}": torch.randn(tensor.shape, generator=generator) * 0.2
        for name, tensor in encoder.state_dict().items()
    }
    torch.save(tensors, folder / "model.pt")
    return folder


def write_config(folder: Path, content: dict[str, Any]) -> None:
    (folder / "config.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")


def config() -> dict[str, Any]:
    """The published configuration with a smaller network."""
    return {
        "frontend": "WavFrontendOnline",
        "frontend_conf": {
            "fs": 16000,
            "window": "hamming",
            "n_mels": 80,
            "frame_length": 25,
            "frame_shift": 10,
            "dither": 0.0,
            "lfr_m": 5,
            "lfr_n": 1,
        },
        "model": "FsmnVADStreaming",
        "model_conf": {
            "sample_rate": 16000,
            "detect_mode": 1,
            "snr_mode": 0,
            "max_end_silence_time": 800,
            "max_start_silence_time": 3000,
            "do_start_point_detection": True,
            "do_end_point_detection": True,
            "window_size_ms": 200,
            "sil_to_speech_time_thres": 150,
            "speech_to_sil_time_thres": 150,
            "speech_2_noise_ratio": 1.0,
            "do_extend": 1,
            "lookback_time_start_point": 200,
            "lookahead_time_end_point": 100,
            "max_single_segment_time": 60000,
            "snr_thres": -100.0,
            "noise_frame_num_used_for_snr": 100,
            "decibel_thres": -100.0,
            "speech_noise_thres": 0.6,
            "fe_prior_thres": 0.0001,
            "silence_pdf_num": 1,
            "sil_pdf_ids": [0],
            "output_frame_probs": False,
            "frame_in_ms": 10,
            "frame_length_ms": 25,
        },
        "encoder": "FSMN",
        "encoder_conf": {
            "input_dim": 400,
            "input_affine_dim": 16,
            "fsmn_layers": 2,
            "linear_dim": 24,
            "proj_dim": 12,
            "lorder": 20,
            "rorder": 0,
            "lstride": 1,
            "rstride": 0,
            "output_affine_dim": 16,
            "output_dim": 4,
        },
    }


def funasr_vad(content: dict[str, Any]) -> Any:
    """FunASR's own model class, random weights, without its hard cut of long segments."""
    vendor.load("models.fsmn_vad_streaming.encoder")
    model = vendor.load("models.fsmn_vad_streaming.model").FsmnVADStreaming
    conf = {**content["model_conf"], "max_single_segment_time": 10**9}
    return model(encoder="FSMN", encoder_conf=content["encoder_conf"], **conf).eval()
