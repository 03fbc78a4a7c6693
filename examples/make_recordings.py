"""Make the recordings in `recordings/`: short customer-service calls, spoken by espeak-ng.

    python examples/make_recordings.py [FOLDER]

Every voice, pause and noise comes from this file and a fixed seed, so that the same espeak-ng
(1.51 made the ones that are here), numpy, libsndfile and FFmpeg make the same files again. Other
versions may speak or encode a little differently; the words and `reference.csv` stay the same.

The words are those of the bundled model `demo`, which knows synthetic voices only. Names are
spelled with the commonest of the characters that sound alike, except in `名字 演示`: there the
sound cannot decide, and `hotwords.txt` can.
"""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import av
import numpy as np
import numpy.typing as npt
import soundfile
import soxr

FloatArray: TypeAlias = npt.NDArray[np.float64]

FOLDER = Path(__file__).parent / "recordings"
REFERENCE = "reference.csv"
LANGUAGE = "cmn-latn-pinyin"  # plain `cmn` reads characters as if they were English
RATE_HZ = 16_000
CALL_RATE_HZ = 8_000
EDGE_S = (0.25, 0.4)
PAUSE_S = (0.5, 1.2)
PEAK = 0.6
NOISE_DB = -60.0
"""A quiet room, against full scale."""


@dataclass(frozen=True)
class Speaker:
    """A voice: variant of espeak-ng, words a minute, pitch from 0 to 99."""

    variant: str
    speed: int
    pitch: int


@dataclass(frozen=True)
class Take:
    """One recording: `lines` holds (speaker, sentence) in order of time.

    `subtype` is libsndfile's name of a sample format; the two of the telephone have its rate. With
    `stereo` the first speaker is on the left channel and the other on the right.
    """

    path: str
    lines: tuple[tuple[Speaker, str], ...]
    subtype: str = "PCM_16"
    stereo: bool = False

    @property
    def rate_hz(self) -> int:
        """Samples a second."""
        return CALL_RATE_HZ if self.subtype in {"ALAW", "ULAW"} else RATE_HZ

    @property
    def text(self) -> str:
        """What is said, as spoken, without punctuation."""
        return "".join(sentence for _, sentence in self.lines)


ANNIE = Speaker("Annie", 205, 55)
LINDA = Speaker("linda", 215, 50)
STEPH = Speaker("steph", 220, 45)
FIONA = Speaker("f2", 195, 50)
GRACE = Speaker("f3", 210, 60)
ADAM = Speaker("adam", 200, 45)
EDWARD = Speaker("edward", 200, 35)
LEE = Speaker("Lee", 210, 45)
MARIO = Speaker("m3", 225, 55)
MARTIN = Speaker("m1", 190, 40)
MICHAEL = Speaker("Michael", 215, 50)

TAKES = (
    Take(
        "客服 通话/订单 查询 01.wav",
        (
            (FIONA, "您好请问有什么可以帮您"),
            (MARTIN, "麻烦您帮我查一下云途路由器的订单"),
            (FIONA, "请问您的订单号是多少"),
            (MARTIN, "我的订单号是三七九二零五"),
            (FIONA, "快递三月十五号到杭州"),
            (MARTIN, "好的我知道了谢谢"),
        ),
        subtype="ULAW",
    ),
    Take(
        "客服 通话/退款 申请 02.flac",
        (
            (ADAM, "我上个月多扣了一百二十八元"),
            (ANNIE, "对不起给您带来不便了"),
            (ANNIE, "请您稍等我马上核实"),
            (ANNIE, "已经为您提交退款申请"),
            (ANNIE, "退款一百二十八元会在三个工作日内到账"),
            (ADAM, "那我等你们电话"),
        ),
    ),
    Take(
        "客服 通话/话费 与 套餐 03.mp3",
        (
            (MICHAEL, "您好我是吴强我想升级"),
            (LINDA, "本月话费是八十六元"),
            (LINDA, "您的余额还有二百三十四元五角"),
            (MICHAEL, "流量还剩多少"),
            (LINDA, "智联套餐每月五十九元"),
            (LINDA, "套餐包含三百分钟通话"),
            (LINDA, "感谢您的来电祝您生活愉快"),
        ),
    ),
    Take(
        "客服 通话/投诉 转接 04.m4a",
        (
            (MARIO, "我要投诉你们的售后部"),
            (MARIO, "为什么还没有发货"),
            (GRACE, "不好意思让您久等了"),
            (MARIO, "请帮我转接李伟"),
            (GRACE, "是李伟先生吗"),
            (GRACE, "工号是三七二零"),
            (GRACE, "我们会尽快处理"),
        ),
    ),
    Take(
        "热线 双声道/坐席 与 客户 05.wav",
        (
            (STEPH, "您好请问有什么可以帮您"),
            (EDWARD, "我在上周五买的飞讯音箱声音太小"),
            (STEPH, "请先重启音箱"),
            (STEPH, "请检查一下音箱的电源"),
            (EDWARD, "可以的没问题"),
            (EDWARD, "我的手机号是幺三八零零幺三八"),
            (STEPH, "好的我帮您登记一下"),
        ),
        subtype="ALAW",
        stereo=True,
    ),
    Take(
        "会议/周会 发言.mp3",
        (
            (LEE, "会议由张明主持"),
            (LEE, "我们请陈晨来介绍一下智享"),
            (ANNIE, "第三季度销售额是九万八千六百元"),
            (ANNIE, "智享平板有优惠吗"),
            (LEE, "刘阳同意这个方案"),
            (LEE, "项目经理赵磊三月二十号到深圳出差"),
        ),
    ),
    Take(
        "会议/项目 进度.m4a",
        (
            (MARTIN, "请徐建负责海联摄像头的测试"),
            (MARTIN, "合同编号是七零二五八六"),
            (LINDA, "库存还有三百二十台"),
            (MARTIN, "海联的平板是五月六号发布的"),
            (LINDA, "发票金额是一万二千八百元"),
            (LINDA, "请记录周婷的意见"),
        ),
    ),
    Take(
        "外呼/送货 预约.mp3",
        (
            (GRACE, "您是李丽女士对吗"),
            (GRACE, "包裹从广州寄到杭州"),
            (GRACE, "明天上午十点可以送货吗"),
            (FIONA, "我的地址是杭州市文化路二十八号"),
            (FIONA, "收货人李丽电话幺三八零零幺三八零零零"),
            (GRACE, "还有其他问题吗"),
            (FIONA, "没有了谢谢"),
        ),
    ),
    Take(
        "外呼/上门 安装.wav",
        (
            (STEPH, "十二月三十一号下午三点半上门安装"),
            (ADAM, "云途路由器信号很差"),
            (ADAM, "升级需要多长时间"),
        ),
    ),
    Take(
        "名字 演示/同音 名字.flac",
        (
            (MICHAEL, "请帮我转接张玮"),
            (MICHAEL, "联系人是王婧"),
            (MICHAEL, "经办人是陈昊"),
            (MICHAEL, "刚才是李馨接的电话"),
        ),
    ),
)


def speak(speaker: Speaker, sentence: str, rate_hz: int) -> FloatArray:
    """One sentence as float64 [n_samples] at `rate_hz`, its peak at `PEAK`."""
    command = ["espeak-ng", "--stdout", "-v", f"{LANGUAGE}+{speaker.variant}"]
    command += ["-s", str(speaker.speed), "-p", str(speaker.pitch), sentence]
    wav = subprocess.run(command, check=True, capture_output=True).stdout
    samples, own_rate_hz = soundfile.read(io.BytesIO(wav), dtype="float64")
    voice: FloatArray = soxr.resample(samples, own_rate_hz, rate_hz)
    voice *= PEAK / np.abs(voice).max()
    return voice


def perform(take: Take, seed: int) -> FloatArray:
    """A whole take with its pauses, over quiet noise: float64 [n_samples, n_channels]."""
    random = np.random.default_rng(seed)
    order = list(dict.fromkeys(speaker for speaker, _ in take.lines))
    channels = len(order) if take.stereo else 1

    def pause(bounds: tuple[float, float]) -> FloatArray:
        return np.zeros((int(random.uniform(*bounds) * take.rate_hz), channels))

    parts = [pause(EDGE_S)]
    for speaker, sentence in take.lines:
        voice = speak(speaker, sentence, take.rate_hz)
        part = np.zeros((len(voice), channels))
        part[:, order.index(speaker) if take.stereo else 0] = voice
        parts += [part, pause(PAUSE_S)]
    parts[-1] = pause(EDGE_S)
    sound = np.concatenate(parts)
    noise: FloatArray = random.standard_normal(sound.shape) * 10 ** (NOISE_DB / 20)
    return np.clip(sound + noise, -1, 1)


def save(folder: Path, take: Take, sound: FloatArray) -> Path:
    """Write float64 [n_samples, n_channels] in the format that the take's name asks for."""
    path = folder / take.path
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".m4a":
        _save_aac(path, sound, take.rate_hz)
    elif path.suffix == ".mp3":
        soundfile.write(path, sound, take.rate_hz, bitrate_mode="VARIABLE", compression_level=0.6)
    else:
        soundfile.write(path, sound, take.rate_hz, subtype=take.subtype)
    return path


def _save_aac(path: Path, sound: FloatArray, rate_hz: int) -> None:
    # `bitexact` keeps the encoder's version and the time of day out of the file.
    with av.open(str(path), "w", format="ipod", options={"fflags": "+bitexact"}) as container:
        stream: Any = container.add_stream("aac", rate=rate_hz)
        stream.layout = "mono"
        stream.bit_rate = 32_000
        planes = np.ascontiguousarray(sound.T, dtype=np.float32)
        frame = av.AudioFrame.from_ndarray(planes, format="fltp", layout="mono")
        frame.sample_rate = rate_hz
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)


def write_reference(folder: Path) -> None:
    """The words of every recording, in order of the paths."""
    with (folder / REFERENCE).open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["file", "text"])
        rows.writerows(sorted((take.path, take.text) for take in TAKES))


def main(folder: Path) -> None:
    """Make every recording and the reference."""
    for seed, take in enumerate(TAKES):
        path = save(folder, take, perform(take, seed))
        print(f"{path.stat().st_size:8d} {take.path}")
    write_reference(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
