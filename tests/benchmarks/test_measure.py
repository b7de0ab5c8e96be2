"""The benchmark compares like with like: its peer has the same fixed point and gradient."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from neuroep.learning.estimate import estimate
from neuroep.network.hopfield.drive import make_drive
from neuroep.settle import Stop

torch = pytest.importorskip("torch", reason="the benchmark's peer needs PyTorch: .[benchmark]")
REPO = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("readout", [True, False])
@pytest.mark.parametrize("projected", [True, False])
def test_peer_has_the_same_fixed_point_and_gradient(
    monkeypatch: pytest.MonkeyPatch, projected: bool, readout: bool
) -> None:
    monkeypatch.syspath_prepend(REPO)
    from benchmarks.cases import POOLED, build, reviews
    from benchmarks.peer import Padded, Peer

    tiny = replace(POOLED, vocabulary=400, dim=6, tokens=30, hidden=8)
    # At beta 0.5 one of these reviews sends the synchronous iteration into a cycle.
    case = replace(tiny, projected=projected, readout=readout, beta=0.1)
    packed, target = reviews(case, 5, seed=0)
    network = build(case)

    found = estimate(
        network,
        make_drive(network, {"words": packed}),
        target,
        beta=case.beta,
        stop=Stop(1e-7, 500),
    )
    peer, batch, wanted = Peer(case, network.parameters), Padded.of(packed), torch.tensor(target)
    x = peer.patterns(batch).detach()
    free = peer.settle(x, batch.mask, peer.start(x, batch.mask), 200)
    plus, minus = (
        peer.settle(x, batch.mask, free, 200, beta=beta, target=wanted)
        for beta in (case.beta, -case.beta)
    )
    peer.backward(batch, wanted, plus, minus)

    for name, activity in free[1].items():
        flat = activity.numpy().reshape(5, -1)
        ours = found.free.activity(name)[0]
        np.testing.assert_allclose(ours[:, : flat.shape[1]], flat, atol=1e-5)
    for name, p in peer.parameters.items():
        ours = found.gradient[name]
        assert np.abs(ours).max() > 0
        np.testing.assert_allclose(ours, p.grad.numpy(), atol=2e-3 * np.abs(ours).max())
