"""Every method on every architecture: it learns, moves only what it declares, comes back, merges and switches."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ["HF_HUB_OFFLINE"] = "1"  # read when the hub's library is imported
torch = pytest.importorskip("torch", reason="needs the train extra")
pytest.importorskip("transformers", reason="needs the train extra")
peft = pytest.importorskip("peft", reason="needs the train extra")

from aisle.errors import Conflict, InvalidRequest, NotFound  # noqa: E402
from aisle.learning.adapters.adapters import Adapter, Adapters, listed  # noqa: E402
from aisle.learning.adapters.methods import METHODS, Options  # noqa: E402
from aisle.learning.adapters.prefix import SLOT  # noqa: E402
from aisle.learning.adapters.targets import family_of  # noqa: E402
from tests.tiny_networks import ARCHITECTURES, network, outputs  # noqa: E402

STEPS = 8


def teach(architecture: str, root: torch.nn.Module, adapter: Adapter, seed: int) -> list[float]:
    """Towards random outputs near the present ones; the loss of each step."""
    with torch.no_grad():
        start = outputs(architecture, root)
    wanted = start + torch.randn(start.shape, generator=torch.Generator().manual_seed(seed))
    optimizer = torch.optim.AdamW([p for p in root.parameters() if p.requires_grad], lr=3e-2, weight_decay=0.0)
    losses = []
    for step in range(STEPS):
        loss = (outputs(architecture, root) - wanted).pow(2).mean()
        losses.append(float(loss.detach()))
        if adapter.built.penalty:
            loss = loss + 0.01 * adapter.built.penalty()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if adapter.built.allocate:
            adapter.built.allocate(step)
    if adapter.built.finish:
        adapter.built.finish()
    return losses


@torch.no_grad()
def said(architecture: str, root: torch.nn.Module) -> torch.Tensor:
    return outputs(architecture, root)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("method", METHODS)
def test_an_adapter(method: str, architecture: str, tmp_path: Path) -> None:
    root = network(architecture)
    before = {name: parameter.clone() for name, parameter in root.named_parameters()}
    plain = said(architecture, root)
    adapters = Adapters(root)
    options = Options(rank=4, prefix=4, bottleneck=4, steps=STEPS)
    one = adapters.add("one", method, options)
    declared = {id(parameter) for _, parameter in one.parameters()}
    trained = {id(p) for p in root.parameters() if p.requires_grad}
    assert trained == declared and one.count() < sum(p.numel() for p in before.values()) / 2
    if method != "prefix":
        assert torch.allclose(said(architecture, root), plain, atol=1e-6), "it starts as the network was"
    losses = teach(architecture, root, one, seed=2)
    assert losses[-1] < losses[0] * 0.99, losses
    first = said(architecture, root)
    two = adapters.add("two", method, options)
    teach(architecture, root, two, seed=3)
    second = said(architecture, root)
    assert not torch.allclose(first, second, atol=1e-3)

    for name, wanted in [("one", first), ("two", second), (None, plain), ("one", first)]:
        adapters.switch(name)
        assert torch.equal(said(architecture, root), wanted), name
    adapters.switch(None)
    for name, parameter in root.named_parameters():
        assert torch.equal(parameter, before[name]), f"{name} moved"

    for name in ("one", "two"):
        adapters.save(name, tmp_path)
    assert [(card["name"], card["parameters"]) for card in listed(tmp_path)] == [
        ("one", one.count()),
        ("two", two.count()),
    ]
    fresh = network(architecture)
    again = Adapters(fresh)
    for name, wanted in [("one", first), ("two", second)]:
        again.load(tmp_path / name)
        assert torch.equal(said(architecture, fresh), wanted)
    again.switch("one")
    assert torch.equal(said(architecture, fresh), first)

    if METHODS[method].is_linear:
        again.merge("one")
        assert torch.allclose(said(architecture, fresh), first, atol=1e-5)
        assert {name for name, _ in fresh.named_parameters()} == before.keys() and not again.added
    else:
        with pytest.raises(Conflict):
            again.merge("one")


def test_methods_mix_and_switch(tmp_path: Path) -> None:
    root = network("bert")
    adapters, found = Adapters(root), {}
    for seed, method in enumerate(METHODS):
        adapter = adapters.add(method, method, Options(steps=STEPS))
        teach("bert", root, adapter, seed)
        found[method] = said("bert", root)
    for method in reversed(METHODS):
        adapters.switch(method)
        assert torch.equal(said("bert", root), found[method])


def test_a_prefix_is_what_peft_gives_a_decoder() -> None:
    """peft hands a prefix over as a cache of past keys; the same numbers here must say the same."""
    root = network("qwen3")
    count, heads, dim = 3, 1, 8
    ids = torch.randint(3, 50, (2, 5), generator=torch.Generator().manual_seed(0))
    positions = torch.arange(count, count + 5)[None].expand(2, -1)  # peft counts the prefix
    adapters = Adapters(root)
    adapter = adapters.add("own", "prefix", Options(prefix=count))
    with torch.no_grad():
        own = root(input_ids=ids, position_ids=positions).logits
    layers = [adapter.layers[f"model.layers.{i}.self_attn.{SLOT}"] for i in range(2)]
    adapters.switch(None)
    config = peft.PrefixTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=count)
    theirs = peft.get_peft_model(network("qwen3"), config).eval()
    rows = torch.stack([half for layer in layers for half in (layer.key, layer.value)])  # (2·layers, heads, count, dim)
    rows = rows.permute(2, 0, 1, 3).reshape(count, 2 * 2 * heads * dim)
    theirs.prompt_encoder["default"].embedding.weight.data.copy_(rows)
    with torch.no_grad():
        answer = theirs(input_ids=ids, attention_mask=torch.ones_like(ids)).logits
    assert torch.allclose(own, answer, atol=1e-5)


def test_a_prefix_keeps_padding_and_the_future_out() -> None:
    for architecture in ("bert", "gpt2"):
        root = network(architecture)
        Adapters(root).add("one", "prefix", Options(prefix=3))
        ids = torch.tensor([[5, 6, 7, 8]])
        real = torch.tensor([[1, 1, 1, 0]])
        with torch.no_grad():
            short, long = (root(input_ids=ids[:, :n], attention_mask=real[:, :n])[0] for n in (3, 4))
        assert torch.allclose(short, long[:, :3], atol=1e-5)
    with torch.no_grad():  # gpt2: no mask at all, and a later token changes nothing before it
        one, other = root(input_ids=ids)[0], root(input_ids=torch.tensor([[5, 6, 7, 9]]))[0]
    assert torch.allclose(one[:, :3], other[:, :3], atol=1e-5)


def test_what_is_refused(tmp_path: Path) -> None:
    adapters = Adapters(network("bert"))
    adapters.add("one", "lora")
    adapters.save("one", tmp_path)
    for wrong, error in [
        (("one", "lora"), Conflict),
        (("two", "magic"), InvalidRequest),
        (("../x", "lora"), InvalidRequest),
    ]:
        with pytest.raises(error):
            adapters.add(*wrong)
    with pytest.raises(NotFound):
        adapters.switch("three")
    with pytest.raises(NotFound):
        adapters.load(tmp_path)
    other = network("bert")
    with torch.no_grad():
        other.encoder.layer[0].output.dense.weight.add_(0.1)
    with pytest.raises(Conflict, match="another network"):
        Adapters(other).load(tmp_path / "one")
    with pytest.raises(InvalidRequest, match="don't know where"):
        family_of(torch.nn.Linear(2, 2))
