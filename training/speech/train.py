"""The training loop: minutes at a time, taken up again where it stopped."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from aisle.speech.mel import BANDS, SILENCE
from training.speech.heard import read
from training.speech.languages import Language
from training.speech.network import Hearing


@dataclass(frozen=True, slots=True)
class Plan:
    steps: int = 3200
    batch: int = 16
    workers: int = 2
    """Threads; each has a batch of its own, and one step is taken on the mean of their gradients."""
    rate: float = 2e-3
    warm: int = 250
    decay: float = 1e-3
    average: float = 0.997
    seed: int = 3


Utterance = tuple[np.ndarray, np.ndarray]
"""(frames, bands) float16, (n,) ordinals of units."""


def batches(folder: Path, plan: Plan, start: int) -> Iterator[tuple[Tensor, Tensor, Tensor, Tensor]]:
    """From step ``start`` on: features (batch, frames, bands), how many frames, units (batch, most), how many. Four files at a
    time, those drawn since are met as they come; a batch holds utterances of like length."""
    rng = np.random.default_rng([plan.seed, start])
    waiting: list[Path] = []
    while True:
        held: list[Utterance] = []
        for _ in range(4):
            if not waiting:
                waiting = sorted(folder.glob("heard[0-9][0-9][0-9].npz"))
                rng.shuffle(waiting)  # type: ignore[arg-type]
            held += read(waiting.pop())
        order = np.argsort([len(features) + rng.uniform(0, 30) for features, _ in held])
        groups = [order[at : at + plan.batch] for at in range(0, len(order) - plan.batch + 1, plan.batch)]
        for group in rng.permutation(len(groups)):
            yield collate([held[at] for at in groups[group]], rng)


def collate(utterances: Sequence[Utterance], rng: np.random.Generator | None) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Padded to the longest; varied where ``rng`` is given."""
    sounds = [heard.astype(np.float32) for heard, _ in utterances]
    if rng is not None:
        sounds = [varied(heard, rng) for heard in sounds]
    most = max(len(heard) for heard in sounds)
    long = max(max(len(said) for _, said in utterances), 1)
    features = np.full((len(utterances), most, BANDS), SILENCE, np.float32)
    said = np.zeros((len(utterances), long), np.int64)
    for row, (heard, (_, units)) in enumerate(zip(sounds, utterances, strict=True)):
        features[row, : len(heard)] = heard
        said[row, : len(units)] = units
    frames = torch.tensor([len(heard) for heard in sounds])
    counts = torch.tensor([len(units) for _, units in utterances])
    return torch.from_numpy(features), frames, torch.from_numpy(said), counts


def varied(heard: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Another rhythm (time warped), another throat (bands warped), another microphone (a smooth curve over the bands), gaps (SpecAugment,
    Park et al. 2019)."""
    if rng.random() < 0.6 and len(heard) > 1:
        heard = paced(heard, rng)
    bands = np.arange(BANDS, dtype=np.float32)
    if rng.random() < 0.6:
        warped = np.clip(bands * rng.uniform(0.87, 1.15), 0, BANDS - 1)
        low = np.floor(warped).astype(int)
        high = np.minimum(low + 1, BANDS - 1)
        heard = heard[:, low] * (1 - warped + low) + heard[:, high] * (warped - low)
    curve = np.interp(bands, np.linspace(0, BANDS - 1, 5), rng.normal(0, 0.3, 5)) + rng.normal(0, 0.3)
    heard = heard + curve.astype(np.float32)
    for _ in range(int(rng.integers(0, 3))):
        width = int(rng.integers(1, 11))
        start = int(rng.integers(0, BANDS - width))
        heard[:, start : start + width] = heard.mean()
    for _ in range(int(rng.integers(0, 3))):
        width = int(rng.integers(1, 8))
        start = int(rng.integers(0, max(len(heard) - width, 1)))
        heard[start : start + width] = heard.mean()
    return heard


def paced(heard: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Faster here and slower there, as people speak and synthesisers don't: every 0.2 s its own pace."""
    knots = len(heard) // 20 + 2
    pace = np.interp(np.arange(len(heard) * 2), np.arange(knots * 2) * 20, rng.uniform(0.7, 1.4, knots * 2))
    places = np.concatenate([[0.0], np.cumsum(pace)])
    places = places[places <= len(heard) - 1]
    low = np.floor(places).astype(int)
    high = np.minimum(low + 1, len(heard) - 1)
    share = (places - low)[:, None].astype(np.float32)
    return heard[low] * (1 - share) + heard[high] * share


def loss_of(network: Hearing, batch: tuple[Tensor, Tensor, Tensor, Tensor]) -> Tensor:
    """The CTC loss (Graves et al. 2006) a unit."""
    features, frames, said, counts = batch
    scores = network(features).transpose(0, 1)  # (outputs, batch, units + 1)
    loss = F.ctc_loss(scores, said, network.lengths(frames), counts, reduction="none", zero_infinity=True)
    return loss.sum() / counts.sum().clamp(min=1)


def rate_at(step: int, done: float, plan: Plan) -> float:
    """Warm-up, and a cosine down to nothing as ``done`` goes from 0 to 1."""
    return plan.rate * min((step + 1) / plan.warm, 1.0) * 0.5 * (1 + float(np.cos(np.pi * min(done, 1.0))))


def hearing(language: Language) -> Hearing:
    return Hearing([language.parts(unit) for unit in language.units()], language.strides)


def train(folder: Path, language: Language, plan: Plan, minutes: float, last: bool = False) -> bool:
    """At most ``minutes``; True once all is done: all steps, or the minutes of a ``last`` piece, by whose end the rate has come down
    however many steps there were. State lies in ``folder``/state.pt."""
    torch.manual_seed(plan.seed)
    network = hearing(language)
    decayed = [weight for weight in network.parameters() if weight.ndim > 1]
    plain = [weight for weight in network.parameters() if weight.ndim <= 1]
    optimiser = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": plan.decay}, {"params": plain, "weight_decay": 0.0}],
        lr=plan.rate,
        betas=(0.9, 0.98),
    )
    average = {name: value.clone() for name, value in network.state_dict().items()}
    step, path = 0, folder / "state.pt"
    if path.exists():
        state = torch.load(path, weights_only=True)
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
        average, step = state["average"], state["step"]
    network.train()
    twins = [network, *(copy.deepcopy(network) for _ in range(plan.workers - 1))]
    feeds = [batches(folder, plan, step * plan.workers + worker) for worker in range(plan.workers)]
    begun, losses = time.monotonic(), []

    def gradients(worker: int) -> float:
        twins[worker].zero_grad(set_to_none=True)
        loss = loss_of(twins[worker], next(feeds[worker]))
        loss.backward()  # type: ignore[no-untyped-call]
        return float(loss.detach())

    pool = ThreadPoolExecutor(plan.workers)
    while step < plan.steps and time.monotonic() - begun < minutes * 60:
        done = (time.monotonic() - begun) / minutes / 60 if last else step / plan.steps
        for group in optimiser.param_groups:
            group["lr"] = rate_at(step, done, plan)
        losses.append(float(np.mean(list(pool.map(gradients, range(plan.workers))))))
        with torch.no_grad():
            for own, *others in zip(*(twin.parameters() for twin in twins), strict=True):
                own.grad = torch.stack([weight.grad for weight in (own, *others) if weight.grad is not None]).mean(0)
        torch.nn.utils.clip_grad_norm_(network.parameters(), 2.0)
        optimiser.step()
        for twin in twins[1:]:
            with torch.no_grad():
                for other, own in zip(twin.parameters(), network.parameters(), strict=True):
                    other.copy_(own)
        step += 1
        keep = min(plan.average, step / (step + 10))
        for name, value in network.state_dict().items():
            if value.dtype.is_floating_point:
                average[name].mul_(keep).add_(value, alpha=1 - keep)
        if step % 25 == 0:
            print(
                f"step {step}  loss {np.mean(losses[-50:]):.3f}  {(time.monotonic() - begun) / len(losses):.2f} s a step",
                flush=True,
            )
        if step % 250 == 0:
            _save(path, network, optimiser, average, step)
    _save(path, network, optimiser, average, step)
    return last or step >= plan.steps


def _save(
    path: Path, network: Hearing, optimiser: torch.optim.Optimizer, average: dict[str, Tensor], step: int
) -> None:
    state = {"network": network.state_dict(), "optimiser": optimiser.state_dict(), "average": average, "step": step}
    part = path.with_suffix(".part")
    torch.save(state, part)
    part.rename(path)


def averaged(folder: Path, language: Language) -> Hearing:
    """The network with the moving average of its weights, as it is exported."""
    network = hearing(language)
    network.load_state_dict(torch.load(folder / "state.pt", weights_only=True)["average"])
    return network.eval()


def errors(said: Sequence[object], heard: Sequence[object]) -> int:
    """Insertions, deletions and substitutions between two sequences (Levenshtein)."""
    before = list(range(len(heard) + 1))
    for row, one in enumerate(said, 1):
        now = [row]
        for column, other in enumerate(heard, 1):
            now.append(min(before[column] + 1, now[-1] + 1, before[column - 1] + (one != other)))
        before = now
    return before[-1]


def greedy(scores: np.ndarray) -> list[int]:
    """(frames, outputs) → the likeliest output of each frame, repetitions and blanks (0) taken out."""
    best = scores.argmax(1)
    return [int(one) for at, one in enumerate(best) if one and (not at or best[at - 1] != one)]


@torch.no_grad()
def unit_errors(network: Hearing, utterances: Sequence[Utterance]) -> float:
    """Share of units misheard, without any language model."""
    wrong = total = 0
    for heard, said in utterances:
        scores = network(torch.from_numpy(heard.astype(np.float32))[None])[0].numpy()
        wrong += errors(list(said), greedy(scores))
        total += len(said)
    return wrong / max(total, 1)
