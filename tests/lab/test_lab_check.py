"""Checks, verdicts and the subject that is the object itself."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from course_lib.lab.check import (
    Fault,
    Registry,
    Wrong,
    blame,
    close,
    compare,
    tensor,
    unchanged,
)
from course_lib.lab.subject import (
    Ask,
    DirectSubject,
    Foreign,
    Raised,
    Subject,
    Unanswered,
    perform,
)
from course_lib.lab.verdict import Verdict

ONES = torch.ones(2, 3, dtype=torch.float64)


def fault_of(call: Any, *args: Any) -> str:
    with pytest.raises(Wrong) as caught:
        call(*args)
    return caught.value.fault


# --- verdicts -----------------------------------------------------------------------------------


def test_a_visible_check_without_points_can_still_be_wrong() -> None:
    assert Verdict("x", 0.0, 0.0).right
    assert not Verdict("x", 0.0, 0.0, "No.", "no").right
    assert not Verdict("x", 1.0, 2.0, "Half.", "half").right
    assert not Verdict("x", None, 2.0, "Ours.", "our_error").right


def test_registry() -> None:
    registry = Registry()

    @registry.check("birds", "song", points=2, subject="Song")
    def song(subject: Subject) -> None:
        if subject.ask(Ask(args=(1,))).output != 2:
            raise Wrong("off_by_one", "One more.", 0.5)

    check = registry.get("birds", "song")
    assert registry.of("birds") == [check]
    assert registry.of("fish") == []
    assert check.subject == "Song"
    assert check.run(DirectSubject("Song", lambda x: x + 1)).right
    half = check.run(DirectSubject("Song", lambda x: x))
    assert (half.points, half.fault, half.sentence) == (0.5, "off_by_one", "One more.")
    with pytest.raises(KeyError, match=r"there are: song"):
        registry.get("birds", "sing")
    with pytest.raises(ValueError, match="two checks"):
        registry.check("birds", "song", points=1)(song)


# --- tensors ------------------------------------------------------------------------------------


def test_tensor_names_what_is_wrong() -> None:
    assert tensor(ONES, (2, 3), torch.float64) is ONES
    assert fault_of(tensor, None, (2, 3)) == "wrong_type"
    assert fault_of(tensor, Foreign("numpy.ndarray"), (2, 3)) == "wrong_type"
    assert fault_of(tensor, ONES, (3, 2)) == "wrong_shape"
    assert fault_of(tensor, ONES, (2, 3), torch.float32) == "wrong_dtype"
    assert fault_of(tensor, ONES / 0, (2, 3)) == "not_finite"
    with pytest.raises(Wrong, match=r"\(B, T\) = \(3, 2\), got \(2, 3\)"):
        tensor(ONES, (3, 2), letters="(B, T)")
    with pytest.raises(Wrong, match=r"got numpy\.ndarray"):
        tensor(Foreign("numpy.ndarray"), (2, 3))


def test_close_is_as_strict_as_the_coarser_dtype() -> None:
    assert close(ONES, ONES + 1e-9)
    assert not close(ONES, ONES + 1e-6)
    assert close(ONES.float(), ONES + 1e-5)
    assert not close(ONES.float(), ONES + 1e-3)
    assert not close(ONES, torch.ones(3, 2, dtype=torch.float64))
    assert close(torch.tensor([1, 2]), torch.tensor([1, 2]))
    assert not close(torch.tensor([True]), torch.tensor([False]))


def test_compare_names_the_first_fault_that_agrees() -> None:
    faults = [Fault("double", "Twice.", 2 * ONES), Fault("two", "Two.", 2 * ONES)]
    compare(ONES, ONES, faults, "Other.")
    assert fault_of(compare, 2 * ONES, ONES, faults, "Other.") == "double"
    assert fault_of(compare, 3 * ONES, ONES, faults, Fault("x", "X.", ONES)) == "x"
    with pytest.raises(Wrong, match=r"Other\. The largest difference is 2\.") as caught:
        compare(3 * ONES, ONES, faults, "Other.")
    assert caught.value.fault == "wrong_value"


def test_blame_lets_unknown_wrong_answers_pass() -> None:
    blame(3 * ONES, ONES, [Fault("double", "Twice.", 2 * ONES)])
    assert fault_of(blame, 2 * ONES, ONES, [Fault("double", "Twice.", 2 * ONES)]) == "double"
    assert fault_of(blame, ONES + 1e-6, ONES, []) == "precision_lost"
    blame(ONES.float() + 1e-6, ONES, [])


def test_an_input_that_cannot_tell_a_fault_apart_is_our_error() -> None:
    with pytest.raises(ValueError, match="does not separate same"):
        compare(ONES, ONES, [Fault("same", "Same.", ONES.clone())], "Other.")


def test_unchanged() -> None:
    before = (ONES, 3, [ONES, ONES], "x")
    unchanged(before, (ONES.clone(), 3, [ONES.clone(), ONES.clone()], "x"))
    for after in (
        (2 * ONES, 3, [ONES, ONES], "x"),
        (ONES.float(), 3, [ONES, ONES], "x"),
        (ONES[:1], 3, [ONES, ONES], "x"),
        (None, 3, [ONES, ONES], "x"),
        (ONES, 3, [ONES], "x"),
        (ONES, 3, [ONES, 0 * ONES], "x"),
        (ONES, 3, None, "x"),
    ):
        assert fault_of(unchanged, before, after) == "input_changed"


# --- the subject --------------------------------------------------------------------------------


class Scale(nn.Module):
    """Multiplies by W, and drops in training."""

    calls: Tensor

    def __init__(self, size: int = 3) -> None:
        super().__init__()
        self.W = nn.Parameter(torch.ones(size))
        self.register_buffer("calls", torch.zeros(()))
        self.drop = nn.Dropout(0.5)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        self.calls += 1
        y = self.drop(x * self.W)
        return y, x.detach()


def test_arguments_are_copies() -> None:
    def clear(x: Tensor, xs: list[Tensor]) -> None:
        x.zero_()
        xs[0].zero_()
        xs.append(x)

    x, xs = torch.ones(2), [torch.ones(2)]
    answer = perform("clear", clear, Ask(args=(x, xs)))
    assert x.all()
    assert xs[0].all()
    assert len(xs) == 1
    assert not answer.args_after[0].any()
    assert len(answer.args_after[1]) == 2


def test_the_answer_does_not_share_memory_with_the_student() -> None:
    buffer = torch.zeros(2)

    def reused(x: Tensor) -> Tensor:
        return buffer.copy_(x)

    once = perform("reused", reused, Ask(args=(torch.ones(2),))).output
    perform("reused", reused, Ask(args=(torch.zeros(2),)))
    assert once.all()


def test_a_model_is_left_as_it_was() -> None:
    model = Scale().train()
    model.drop.eval()
    ask = Ask(args=(torch.ones(3),), parameters={"W": torch.zeros(3), "calls": torch.zeros(())})
    answer = perform("model", model, ask)
    assert not answer.output[0].any()
    assert model.W.all()
    assert model.calls == 0
    assert model.training
    assert not model.drop.training
    assert model.W.grad is None


def test_gradients_of_the_first_of_several_results() -> None:
    x = torch.arange(3.0)
    answer = perform("model", Scale(), Ask(args=(x,), cotangent=torch.ones(3)))
    gradient, W_gradient = answer.arg_gradients[0], answer.parameter_gradients["W"]  # noqa: N806
    assert gradient is not None
    assert W_gradient is not None
    assert torch.equal(gradient, torch.ones(3))
    assert torch.equal(W_gradient, x)


def test_no_gradient_where_nothing_is_differentiable() -> None:
    ask = Ask(args=(torch.ones(3), 2), cotangent=torch.ones(3))
    assert perform("f", lambda x, _: x.detach(), ask).arg_gradients == (None, None)
    assert perform("f", lambda _x, _n: None, ask).arg_gradients == (None, None)
    assert perform("f", lambda x, _: x.sum(), ask).arg_gradients == (None, None)


def test_a_class_is_constructed_with_its_sizes() -> None:
    answer = perform("Scale", Scale, Ask(sizes={"size": 5}, call=False))
    assert tuple(answer.parameters["W"].shape) == (5,)
    assert answer.trainable == ("W",)
    assert set(answer.parameters) == {"W", "calls"}
    double = {"W": torch.ones(2).double(), "calls": torch.zeros(())}
    ask = Ask(args=(torch.ones(2).double(),), sizes={"size": 2}, parameters=double)
    assert perform("Scale", Scale, ask).output[0].dtype == torch.float64
    with pytest.raises(Raised, match=r"expected a torch\.nn\.Module"):
        perform("list", list, Ask(sizes={}))


def test_seed_and_mode_decide() -> None:
    x = torch.ones(100)

    def dropped(training: bool, seed: int) -> Tensor:
        ask = Ask(args=(x,), sizes={"size": 100}, training=training, seed=seed)
        output: Tensor = perform("Scale", Scale, ask).output[0]
        return output

    assert torch.equal(dropped(True, 1), dropped(True, 1))
    assert not torch.equal(dropped(True, 1), dropped(True, 2))
    assert torch.equal(dropped(False, 1), x)
    before = torch.get_rng_state()
    dropped(True, 1)
    assert torch.equal(before, torch.get_rng_state())


def test_the_placeholder_and_other_errors() -> None:
    def bare() -> None:
        raise NotImplementedError

    def placeholder() -> None:
        raise NotImplementedError("not written yet: replace this line by your answer")

    def later() -> None:
        raise NotImplementedError("only on GPUs")

    for unanswered in (bare, placeholder):
        with pytest.raises(Unanswered, match="`f` is not written yet"):
            perform("f", unanswered, Ask())
    with pytest.raises(Raised, match="only on GPUs"):
        perform("f", later, Ask())
    with pytest.raises(Raised, match="TypeError"):
        perform("f", lambda: 1, Ask(args=(1,)))


class Loud(Tensor):
    """Refuses every operation."""

    @classmethod
    def __torch_function__(cls, *_: Any, **__: Any) -> Any:
        raise RuntimeError("no")


@pytest.mark.parametrize(
    "odd",
    [
        torch.zeros(2).to_sparse(), torch.empty(2, device="meta"), 2**70, object(), print,
        {1: 2}, {"a"},
    ],
)  # fmt: skip
def test_what_is_no_plain_data_becomes_foreign(odd: Any) -> None:
    assert isinstance(perform("f", lambda: odd, Ask()).output, Foreign)
    assert isinstance(perform("f", lambda: [odd], Ask()).output[0], Foreign)


def test_a_subclass_becomes_a_plain_tensor() -> None:
    output = perform("f", lambda: torch.ones(2).as_subclass(Loud), Ask()).output
    assert type(output) is Tensor
    assert output.all()
    assert type(perform("f", lambda: nn.Parameter(torch.ones(2)), Ask()).output) is Tensor
