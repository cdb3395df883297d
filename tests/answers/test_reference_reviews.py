"""The oracles agree with another derivation of the same thing."""

import torch
import torch.nn.functional as F
from sklearn.metrics import f1_score

from course_lib.answers.asking import normal
from course_lib.answers.forms.reviews import Heads, padded
from course_lib.answers.held_out import review_labels
from course_lib.answers.reference import reviews as oracle
from course_lib.data import reviews

torch.set_num_threads(1)


def test_the_loss_is_a_binary_cross_entropy() -> None:
    u, c, n = normal(4, 3, seed=1), normal(4, 3, seed=2), normal(4, 5, 3, seed=3)
    scores = torch.cat([(u * c).sum(1, keepdim=True), (n @ u[:, :, None]).squeeze(2)], dim=1)
    wanted = torch.zeros_like(scores)
    wanted[:, 0] = 1
    by_torch = F.binary_cross_entropy_with_logits(scores, wanted, reduction="sum") / 4
    torch.testing.assert_close(oracle.skip_gram_loss(u, c, n), by_torch)


def test_the_classifier_is_the_form_of_the_specimens() -> None:
    model = Heads(9, 4, 3).double()
    ids, mask = padded([[1, 2, 3], [4, 5, 6, 7, 8]])
    p, weights = oracle.classifier(model.state_dict(), ids, mask)
    right = model(ids, mask)
    torch.testing.assert_close(p, right[0])
    torch.testing.assert_close(weights, right[1])
    assert bool((weights[0, :, 3:] == 0).all())


def test_macro_f1_is_that_of_scikit_learn() -> None:
    for seed in range(5):
        y, g = (normal(40, seed=seed) > 0.8).long(), (normal(40, seed=seed + 50) > 0.3).long()
        expected = f1_score(y.numpy(), g.numpy(), average="macro")
        assert abs(oracle.f1_macro(y.tolist(), g.tolist()) - expected) < 1e-12


def test_distributions() -> None:
    counts = torch.tensor([0.0, 16.0, 81.0])
    torch.testing.assert_close(
        oracle.negative_distribution(counts), torch.tensor([0.0, 8 / 35, 27 / 35])
    )
    assert oracle.keep_probability(counts, 1.0).tolist() == [1, 1, 1]


def test_there_is_one_held_out_label_a_test_review() -> None:
    labels = review_labels()
    assert len(labels) == len(reviews.load("test"))
    assert sum(labels) == 1853  # a tenth of the recommended ones, as in dev
