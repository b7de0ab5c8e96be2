"""What docs/callbacks.md tells to do for TensorBoard and MLflow, on stand-ins."""

import sys
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "callbacks.md"


def snippet(heading: str) -> str:
    section = PAGE.read_text(encoding="utf-8").split(f"## {heading}")[1]
    return section.split("```python\n")[1].split("```")[0]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Calls of both interfaces; keyword arguments are those that the real ones know."""
    seen: list[tuple[Any, ...]] = []

    class SummaryWriter:
        def __init__(self, log_dir: Path) -> None:
            self.folder = Path(log_dir)

        def __enter__(self) -> "SummaryWriter":
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def add_scalar(self, tag: str, scalar_value: float, global_step: int) -> None:
            seen.append((tag, float(scalar_value), int(global_step)))

    @contextmanager
    def start_run() -> Any:
        yield

    def log_metrics(metrics: dict[str, float], step: int | None = None) -> None:
        seen.extend((name, float(value), step) for name, value in metrics.items())

    mlflow = SimpleNamespace(
        start_run=start_run,
        log_metrics=log_metrics,
        log_metric=lambda key, value: seen.append((key, float(value))),
        log_params=lambda params: seen.extend(params.items()),
    )
    board = ModuleType("torch.utils.tensorboard")
    board.SummaryWriter = SummaryWriter  # type: ignore[attr-defined]
    for name in ("torch", "torch.utils"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", board)
    monkeypatch.setitem(sys.modules, "mlflow", mlflow)
    return seen


@pytest.mark.parametrize("heading", ["TensorBoard", "MLflow"])
def test_every_epoch_is_told(
    heading: str, told: list[tuple[Any, ...]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = snippet(heading).replace(
        '"imdb_pooled"', '"imdb_pooled", overrides=["learning.epochs=2"]'
    )
    text = text.replace("limit=40", "limit=40, no_baselines=True, no_figures=True, quiet=True")
    exec(compile(text, str(PAGE), "exec"), {})
    epochs = [one[2] for one in told if one[0] == "validation_accuracy"]
    assert epochs == [1, 2]
    assert len(told) > len(epochs)
