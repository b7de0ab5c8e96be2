"""aihwkit's layers on the devices of a card, trained by backpropagation: what peers.py compares.

Needs aihwkit 1.1.0 and torch 2.10.0. A method is one of aihwkit's analog optimisers; a setting is
what may be chosen for it (``peers.METHODS``).
"""

import math
import time
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from aihwkit.nn import AnalogLinear
from aihwkit.optim import AnalogSGD
from aihwkit.simulator import configs
from aihwkit.simulator.parameters import IOParameters

from neuroep.devices.device import Device
from neuroep.devices.laws.linear import Linear
from neuroep.images import Images

SIZES = (784, 128, 10)
EPOCHS = 3

Setting = Mapping[str, Any]


def device_of(card: Device, full_scale: float) -> Any:
    """Return a card's device as aihwkit's; a weight is its state times ``full_scale``.

    Raises
    ------
    ValueError
        The card is not one of soft bounds that differ by their steps alone.
    """
    if card.law != Linear(1.0, 1.0) or card.step_up != card.step_down or card.spread.bounds:
        raise ValueError(f"{card.name}: not of soft bounds and steps that are alike")
    return configs.SoftBoundsDevice(
        w_max=full_scale,
        w_min=-full_scale,
        w_max_dtod=0.0,
        w_min_dtod=0.0,
        dw_min=card.step_up * full_scale,
        dw_min_dtod=card.spread.step,
        dw_min_std=card.pulse_noise,
        mult_noise=card.relative,
        up_down=0.0,
        up_down_dtod=card.spread.asymmetry,
    )


def cell_of(card: Device, setting: Setting) -> Any:
    """Return what holds a weight: one device, or the mean of two that take the same pulses.

    The mean is a pair written push-pull, as soft bounds are the same up and down: the second device
    stands for its mirror image.
    """
    full_scale = setting["full_scale"]
    if setting["cell"] == "one":
        return device_of(card, full_scale)
    pair = [device_of(card, full_scale) for _ in range(2)]
    return configs.VectorUnitCell(unit_cell_devices=pair, gamma_vec=[0.5, 0.5])


def tile_of(method: str, card: Device, setting: Setting) -> Any:
    """Return the configuration of a layer's array; everything is read without error."""
    perfect = IOParameters(is_perfect=True)
    ends = {"forward": perfect, "backward": perfect}
    cell = cell_of(card, setting)
    if method == "analog SGD":
        kind = configs.SingleRPUConfig if setting["cell"] == "one" else configs.UnitCellRPUConfig
        return kind(device=cell, **ends)
    if method == "mixed precision":
        digital = configs.MixedPrecisionCompound(device=cell)
        return configs.DigitalRankUpdateRPUConfig(device=digital, **ends)
    compound = (
        configs.DynamicTransferCompound if method == "AGAD" else configs.ChoppedTransferCompound
    )
    transfer = compound(
        unit_cell_devices=[device_of(card, setting["full_scale"]), cell],
        transfer_forward=perfect,
        transfer_lr=setting["transfer"],
        fast_lr=setting["fast"],
        auto_scale=True,
        auto_granularity=setting["granularity"],
        in_chop_prob=setting.get("chop", 0.0),
    )
    return configs.UnitCellRPUConfig(device=transfer, **ends)


def layers(network: str) -> list[torch.nn.Linear]:
    """Return both layers with their initial weights; ``rails`` has those of ``onchip_mnist``."""
    made = [torch.nn.Linear(*ends) for ends in pairwise(SIZES)]
    if network == "rails":
        with torch.no_grad():
            for layer, gain, bias in zip(made, (1.0, 0.1), (0.0, 0.1), strict=True):
                torch.nn.init.xavier_uniform_(layer.weight, gain)
                layer.bias.fill_(bias)
    return made


def network_of(method: str, card: Device, setting: Setting) -> torch.nn.Sequential:
    """Return a network: of hard sigmoids (``rails``), or of rectifiers and logits (``relu``)."""
    made: list[Any] = layers(setting["network"])
    if method != "floats":
        for number, layer in enumerate(made):
            tile = tile_of(method, card, setting)
            analog = AnalogLinear(layer.in_features, layer.out_features, True, tile)
            analog.set_weights(layer.weight.detach(), layer.bias.detach())
            made[number] = analog
    first, second = made
    if setting["network"] == "rails":
        return torch.nn.Sequential(first, torch.nn.Hardtanh(0, 1), second, torch.nn.Hardtanh(0, 1))
    return torch.nn.Sequential(first, torch.nn.ReLU(), second)


def cost(network: str, out: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Return the cost, summed over a batch, so that a rate is one an example."""
    if network == "rails":
        target = torch.nn.functional.one_hot(labels, SIZES[-1])
        return 0.5 * ((out - target) ** 2).sum()
    return torch.nn.functional.cross_entropy(out, labels, reduction="sum")


def accuracy(net: torch.nn.Module, images: Images) -> float:
    """Return the share of images that a network knows."""
    with torch.no_grad():
        said = net(torch.tensor(images.pixels)).argmax(dim=1).numpy()
    return float((said == images.labels).mean())


def train(
    method: str, card: Device, setting: Setting, images: Images, seed: int
) -> tuple[torch.nn.Module, float]:
    """Return a network after its epochs, and seconds.

    Examples come in the order of neuroep's trainer, rates fall by its half cosine. Biases are
    digital, as aihwkit has them unless told otherwise. aihwkit takes the noise of pulses from the
    clock: a run comes out alike, not the same.
    """
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    net = network_of(method, card, setting)
    biases = [p for name, p in net.named_parameters() if name.endswith("bias")]
    weights = [p for name, p in net.named_parameters() if not name.endswith("bias")]
    chosen = torch.optim.SGD if method == "floats" else AnalogSGD
    optimizer = chosen([{"params": weights}, {"params": biases}], lr=setting["rate"])
    pixels, labels = torch.tensor(images.pixels), torch.tensor(images.labels)
    batch, count = setting["batch"], len(images.labels)
    total, step, begun = EPOCHS * -(-count // batch), 0, time.perf_counter()
    for epoch in range(EPOCHS):
        order = torch.tensor(np.random.default_rng([seed, epoch]).permutation(count))
        for rows in order.split(batch):
            for group in optimizer.param_groups:
                group["lr"] = setting["rate"] * 0.5 * (1.0 + math.cos(math.pi * step / total))
            optimizer.zero_grad()
            cost(setting["network"], net(pixels[rows]), labels[rows]).backward()
            optimizer.step()
            step += 1
    net.eval()
    return net, time.perf_counter() - begun
