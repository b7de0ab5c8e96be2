"""Names for simulators: plain, and each of them once."""

from neuroep.export.names import Names


def test_names_are_plain_and_told_apart() -> None:
    names = Names("time")
    assert names.of("free", "hidden", "3") == "free_hidden_3"
    assert names.of("", "Hidden", "3") == "hidden_3"
    assert names.of("hidden-3") == "hidden_3_2"
    assert names.of("+beta/out", "0") == "plus_beta_out_0"
    assert names.of("-beta/out", "0") == "minus_beta_out_0"
    assert names.of("1", "0") == "n1_0"
    assert names.of("β") == "n"
    assert names.of("time") == "time_2"
