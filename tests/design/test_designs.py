"""Designs as files: every shipped one is what it says, and what cannot be used names its key."""

import pytest

from neuroep.content import circuits_path
from neuroep.design.load import check_design, load_design
from neuroep.errors import InputError

SHIPPED = sorted(path.stem for path in (circuits_path() / "designs").glob("*.toml"))


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_design_written_out_is_the_same_design(name: str) -> None:
    design = load_design(name)
    written = design.resolved()
    again = check_design(written, name)
    assert again.resolved() == written
    assert again.recipe == design.recipe
    assert again.settles_by == design.settles_by


@pytest.mark.parametrize(
    ("name", "override", "said"),
    [
        ("imdb_pooled", "layers.heads.type=tanhh", "heads.type: 'tanhh' is unknown; .* tanh"),
        ("imdb_pooled", "layers.heads.querys=3", "layers.heads.querys: unknown key; .* queries"),
        ("imdb_pooled", "layers.hiden.size=3", "layers.hiden: has no type; .* hidden"),
        ("imdb_pooled", "couplings=[{between=['heds','hidden']}]", "couplings.0.between: .*heads"),
        ("imdb_pooled", "cost.layer=hiden", "cost.layer: no layer 'hiden'; did you mean hidden"),
        ("imdb_pooled", "circuit.conductance_mx='2 uS'", "conductance_mx: .*conductance_max"),
        ("imdb_pooled", "settle.step=3", "settle.step: unknown key; did you mean steps"),
        ("imdb_pooled", "solver=sweeep", "solver: 'sweeep' is unknown; did you mean sweep"),
        ("imdb_pooled", "learning.rul=bptt", "learning.rul: unknown key; did you mean rule"),
        ("imdb_pooled", "traces.synapses.heads-hiden=[[0, 1], [0, 1]]", "mean 'heads-hidden'"),
        ("imdb_pooled", "text.wrods=3", "text.wrods: unknown key; did you mean words"),
        ("imdb_pooled", "text.layer=word", "text.layer: 'word' is not a clamped layer"),
        ("resistive_small", "resistive.diode.saturat='5 pA'", "did you mean saturation"),
        ("imdb_pooled", "circuit.temperature='27 K'", "circuit.temperature must lie in 173 to 473"),
    ],
)  # fmt: skip
def test_what_a_design_gets_wrong_is_one_line_with_what_was_meant(
    name: str, override: str, said: str
) -> None:
    with pytest.raises(InputError, match=rf"{name}\.toml: .*{said}") as caught:
        load_design(name, [override])
    assert "\n" not in str(caught.value)
    assert str(caught.value).count(f"{name}.toml") == 1
