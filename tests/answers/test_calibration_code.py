"""What makes stored scores stale: code that decides them, and nothing else."""

from pathlib import Path

import pytest

from course_lib.answers.calibration import code

HOME = "course_lib.answers.calibration.small"
CHECK = "course_lib.answers.hidden.small.trained"
MODULES = {
    HOME: '''
"""Populations."""
from course_lib.lab import layers
from course_lib.answers.forms.small import Net
EPOCHS = 3  # passes
def train(epochs: int = EPOCHS) -> Net:
    """Train it."""
    return layers.fit(Net(), epochs)
def idle(): return 0
def score(model): return model()
RIGHT: dict[str, object] = {"plain": (lambda seed: train(), 5)}
HALF_RIGHT: dict[str, object] = {"few": (lambda seed: train(1), 5)}
''',
    "course_lib.lab.layers": """
RATE = 0.1
def fit(model, epochs): return model.step(RATE, epochs)
def draw(): return "a picture"
""",
    "course_lib.answers.forms.small": '''
class Net:
    """A network."""
    def step(self, rate, epochs): return self
''',
    "course_lib.answers.hidden.small": """
from course_lib.answers.hidden.law import law
@hidden.check("small", "trained", points=3)
def trained(subject):
    if not law(subject):
        raise Wrong("padding_read", f"This is what {subject} should read: mask it.", 2)
""",
    "course_lib.answers.hidden.law": "def law(subject): return subject > 0.5\n",
}


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    texts = dict(MODULES)

    def read(name: str) -> code._Module:
        path = tmp_path / f"{name}.py"
        path.write_text(texts[name], encoding="utf-8")
        return code._Module(name, path)

    monkeypatch.setattr(code, "_module", read)
    monkeypatch.setattr(code, "_is_module", lambda name: name in texts)
    return texts


def found() -> dict[str, str]:
    return code.of_populations("small", CHECK)


def test_each_population_has_its_own_hash(modules: dict[str, str]) -> None:
    assert found() == found()
    assert len(set(found().values())) == 2


@pytest.mark.parametrize(
    ("module", "old", "new"),
    [
        (HOME, "# passes", "# times through the data"),
        (HOME, '"""Train it."""', '"""Train the network."""'),
        (HOME, "epochs: int", "epochs: object"),
        (HOME, "return 0", "return 1"),
        (HOME, "train(), 5", "train(), 50"),
        (HOME, "train(1)", "train( 1 )"),
        ("course_lib.lab.layers", "a picture", "another"),
        ("course_lib.answers.forms.small", "A network.", "The network."),
        ("course_lib.answers.hidden.small", "should read: mask it", "must read: mask the rest"),
        ("course_lib.answers.hidden.small", "points=3", "points=4"),
    ],
)
def test_what_decides_no_score_makes_nothing_stale(
    modules: dict[str, str], module: str, old: str, new: str
) -> None:
    before = found()
    assert old in modules[module]
    modules[module] = modules[module].replace(old, new)
    assert found() == before


@pytest.mark.parametrize(
    ("module", "old", "new", "stale"),
    [
        (HOME, "EPOCHS = 3", "EPOCHS = 4", {"plain", "few"}),
        (HOME, "train(1)", "train(2)", {"few"}),
        (HOME, "return model()", "return -model()", {"plain", "few"}),
        ("course_lib.lab.layers", "RATE = 0.1", "RATE = 0.2", {"plain", "few"}),
        ("course_lib.lab.layers", "step(RATE", "step(2 * RATE", {"plain", "few"}),
        ("course_lib.answers.forms.small", "return self", "return None", {"plain", "few"}),
        ("course_lib.answers.hidden.law", "0.5", "0.6", {"plain", "few"}),
        ("course_lib.answers.hidden.small", "padding_read", "padding", {"plain", "few"}),
    ],
)
def test_what_decides_scores_makes_them_stale(
    modules: dict[str, str], module: str, old: str, new: str, stale: set[str]
) -> None:
    before = found()
    assert old in modules[module]
    modules[module] = modules[module].replace(old, new)
    after = found()
    assert {name for name in before if before[name] != after[name]} == stale
