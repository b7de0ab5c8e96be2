"""Digital networks of a design's size: the same examples, the same noise, validation chooses."""

from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest

from neuroep.design.load import load_design
from neuroep.tasks import relu
from neuroep.tasks.baselines import title
from neuroep.tasks.relu import backpropagated, relu_network
from neuroep.tasks.table.task import TableExamples
from neuroep.tasks.task import DataOptions, InputLayer, Material, Shape

SHAPE = Shape({"x": InputLayer("x", 1, 2)}, 2, 3, "design", hidden=(16,))


def clouds(count: int, seed: int, noise: float = 0.0) -> TableExamples:
    """Return points whose class is whether their coordinates have the same sign."""
    rng = np.random.default_rng(seed)
    points = rng.uniform(-1, 1, (count, 2)).astype(np.float32)
    return TableExamples(points, (points.prod(axis=1) > 0).astype(np.int64), "x", 2, noise)


@pytest.fixture(scope="module")
def material() -> Material:
    return Material(clouds(2000, 0), clouds(300, 1), clouds(300, 2))


def test_hidden_neurons_tell_what_a_linear_model_cannot(material: Material) -> None:
    ((name, found),) = relu_network(SHAPE, material, "x").items()
    assert name == title(name) == "ReLU network 2-16-2, backpropagation"
    assert found.validation_accuracy > 0.93
    assert found.test_accuracy > 0.93
    linear = backpropagated("columns", (), SHAPE, material, "x")
    assert linear.test_accuracy < 0.65
    assert relu_network(replace(SHAPE, hidden=()), material, "x") == {}


def test_the_same_seed_gives_the_same_and_another_one_another(material: Material) -> None:
    (one,), (again,), (other,) = (
        relu_network(shape, material, "x").values()
        for shape in (SHAPE, SHAPE, replace(SHAPE, seed=4))
    )
    assert one == again
    assert one != other


def test_test_examples_choose_nothing(material: Material) -> None:
    # Test labels turned round: what was chosen and its validation accuracy stay, and every right
    # answer becomes a wrong one.
    turned = replace(material.test, labels=1 - material.test.labels)  # type: ignore[type-var]
    (one,) = relu_network(SHAPE, material, "x").values()
    (other,) = relu_network(SHAPE, replace(material, test=turned), "x").values()
    assert (one.strength, one.validation_accuracy) == (other.strength, other.validation_accuracy)
    assert one.test_accuracy == pytest.approx(1 - other.test_accuracy)


def test_training_examples_come_with_their_noise(
    material: Material, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relu, "EPOCHS", (1, 1))
    noisy = replace(material, train=clouds(2000, 0, noise=3.0))
    (clear,), (found,) = (relu_network(SHAPE, m, "x").values() for m in (material, noisy))
    assert found != clear


def test_a_design_says_how_wide_it_is() -> None:
    for design, hidden in (
        ("mnist_spiking", (512,)),
        ("resistive_mnist", (1024,)),
        ("transistors_small", (4,)),
        ("imdb_pooled", (4 * 64, 64)),  # its answer is a read-out's behind the hidden layer
    ):
        assert load_design(design).hidden == hidden, design


def test_images_are_held_against_them() -> None:
    design = load_design("onchip_mnist")
    task, options = design.task("onchip_mnist"), DataOptions(limit=300)
    source = task.open(options)
    encoder = task.fit(source, options, lambda _: nullcontext())
    material = task.material(source, encoder, options, lambda _: nullcontext(), {})
    found = task.baselines(source, material, 300)
    assert list(found) == ["pixels", "ReLU network 784-128-10, backpropagation"]
    assert all(line.test_accuracy > 0.4 for line in found.values())
    assert title("pixels") == "logistic regression, pixels"
