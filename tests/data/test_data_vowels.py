"""The vowels: the embedded file, UCI's text format, and the padded dataset."""

import doctest
import itertools
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from course_lib.data import DataError, catalogue, find, vowels
from course_lib.data.vowels import (
    FEATURES,
    MAX_LENGTH,
    SPEAKERS,
    Utterances,
    VowelDataset,
    load,
    read_uci,
    statistics,
)

TEST_COUNTS = [31, 35, 88, 44, 29, 24, 40, 50, 29]
ONES = " ".join(["1.0"] * FEATURES)


def equal(left: Utterances, right: Utterances) -> bool:
    """Say whether two sets of utterances are the same, value for value."""
    return (
        len(left) == len(right)
        and torch.equal(left.labels, right.labels)
        and torch.equal(left.lengths, right.lengths)
        and all(map(torch.equal, left.frames, right.frames))
    )


def small(*lengths: int) -> Utterances:
    """Make utterances of the given lengths with N(0, 1) frames and speakers 0, 1, 2 ..."""
    generator = torch.Generator().manual_seed(0)
    frames = [torch.randn(t, FEATURES, generator=generator) for t in lengths]
    return Utterances(frames, torch.arange(len(lengths)), torch.tensor(lengths, dtype=torch.int64))


# The embedded file


@pytest.mark.parametrize(
    ("split", "counts", "shortest", "longest", "total"),
    [("train", [30] * 9, 7, 26, 4274), ("test", TEST_COUNTS, 7, 29, 5687)],
)
def test_counts_and_lengths_are_those_published(
    split: str, counts: list[int], shortest: int, longest: int, total: int
) -> None:
    utterances = load(split)
    assert len(utterances) == sum(counts)
    assert utterances.labels.bincount(minlength=SPEAKERS).tolist() == counts
    assert int(utterances.lengths.min()) == shortest
    assert int(utterances.lengths.max()) == longest
    assert int(utterances.lengths.sum()) == total


def test_speakers_come_one_after_the_other() -> None:
    for split in ("train", "test"):
        labels = load(split).labels.tolist()
        assert labels == sorted(labels)


@pytest.mark.parametrize(
    ("split", "utterance", "frame", "values"),
    [
        ("train", 0, 0, "1.860936 -0.207383 0.261557 -0.214562 -0.171253 -0.118167"),
        ("train", 0, 19, "1.261441 -0.638350 0.217443 0.263384 0.391115 -0.176897"),
        ("train", 6, 0, "1.298242 -0.145848 0.602439 -0.558909 -0.063299 -0.371642"),
        ("train", 269, 8, "0.966744 -0.323093 0.305467 -0.419457 0.514195 -0.311060"),
        ("test", 369, 0, "1.421622 -0.386758 -0.187715 -0.504102 -0.026528 -0.562740"),
        ("test", 369, 10, "1.177449 -0.404080 0.052026 -0.284812 0.429840 -0.203484"),
    ],
)
def test_values_are_those_of_the_uci_text(
    split: str, utterance: int, frame: int, values: str
) -> None:
    # Copied from ae.train and ae.test themselves, not from the package our file is made from.
    first_half = load(split).frames[utterance][frame].tolist()[:6]
    assert [f"{value:f}" for value in first_half] == values.split()


def test_train_and_test_share_no_utterance() -> None:
    train = {tuple(series.flatten().tolist()) for series in load("train").frames}
    test = {tuple(series.flatten().tolist()) for series in load("test").frames}
    assert (len(train), len(test), len(train & test)) == (270, 370, 0)


def test_each_load_and_each_utterance_has_its_own_memory() -> None:
    first = load("train")
    size = first.frames[0].untyped_storage().nbytes()
    assert size == 20 * FEATURES * 4
    first.frames[0].zero_()
    assert load("train").frames[0].abs().sum() > 0


def test_another_split_name_lists_the_choices() -> None:
    with pytest.raises(DataError, match='there is no split "valid": choose one of train, test'):
        load("valid")


def test_the_checksum_is_verified_at_each_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(shutil.copy(find("vowels").path, tmp_path))
    monkeypatch.setattr(catalogue, "FOLDER", tmp_path)
    load("test")
    content = bytearray(path.read_bytes())
    content[100_000] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"vowels\.npz is damaged"):
        load("test")
    path.unlink()
    with pytest.raises(DataError, match=r"cannot read .*vowels\.npz"):
        load("test")


def test_the_docstring_names_the_checksum_and_the_examples_run() -> None:
    assert find("vowels").sha256 in (vowels.__doc__ or "")
    result = doctest.testmod(vowels)
    assert (result.failed, result.attempted) == (0, 5)


# Utterances


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda f, y, n: (f, y[:-1], n), r"labels must be int64 of shape \(2,\)"),
        (lambda f, y, n: (f, y.float(), n), r"not torch\.float32 of shape \(2,\)"),
        (lambda f, y, n: (f, y, n[:, None]), r"lengths must be int64 .* of shape \(2, 1\)"),
        (lambda f, y, n: (f, y, n + 1), "utterance 0 has 3 frames but lengths says 4"),
        (lambda f, y, n: (f, y - 1, n), "speakers 0 to 8, not -1 to 0: number"),
        (lambda f, y, n: (f, y + 8, n), "speakers 0 to 8, not 8 to 9: number"),
        (lambda f, y, n: ([f[0], f[1].double()], y, n), r"utterance 1 .* not torch\.float64"),
        (lambda f, y, n: ([f[0].T, f[1]], y, n), r"utterance 0 .* of shape \(12, 3\)"),
        (lambda f, y, n: ([f[0], f[1][0]], y, n), r"utterance 1 .* of shape \(12,\)"),
        (lambda f, y, n: ([f[0], f[1][:0]], y, n), r"utterance 1 .* of shape \(0, 12\)"),
        (
            lambda f, y, n: ([f[0].fill_diagonal_(torch.inf), f[1]], y, n),
            "utterance 0 holds a value that is not finite",
        ),
    ],
)
def test_inconsistent_utterances_are_refused(
    change: Callable[[list[Tensor], Tensor, Tensor], tuple[list[Tensor], Tensor, Tensor]],
    sentence: str,
) -> None:
    good = small(3, 5)
    with pytest.raises(DataError, match=sentence):
        Utterances(*change(good.frames, good.labels, good.lengths))


# UCI's text format


def uci_text(utterances: Utterances, end: str) -> str:
    """Write utterances the way UCI does, six decimals and a trailing space; ``end`` a block."""
    blocks = (
        "".join(" ".join(f"{value:f}" for value in frame) + " \n" for frame in series.tolist())
        for series in utterances.frames
    )
    return "".join(block + end for block in blocks)


def write_uci(folder: Path, end: str = "\n") -> Path:
    """Write both embedded splits into ``folder`` in UCI's format."""
    for split in ("train", "test"):
        utterances = load(split)
        sizes = utterances.labels.bincount(minlength=SPEAKERS).tolist()
        (folder / f"ae.{split}").write_text(uci_text(utterances, end), encoding="ascii")
        (folder / f"size_ae.{split}").write_text(" ".join(map(str, sizes)) + " \n\n")
    return folder


@pytest.mark.parametrize(
    "end",
    ["\n", "\n\n", f"{ONES}\n", f"{ONES}  \n\n", f"{ONES}\n{ONES}\n\n", f"\n{ONES}\n"],
    ids=["blank", "two blanks", "ones", "ones, blank", "padded, blank", "blank, ones"],
)
def test_the_data_written_as_uci_text_reads_back_equal(tmp_path: Path, end: str) -> None:
    train, test = read_uci(write_uci(tmp_path, end))
    assert equal(train, load("train"))
    assert equal(test, load("test"))


def test_windows_line_ends_a_byte_order_mark_and_a_cut_last_blank_line_do_no_harm(
    tmp_path: Path,
) -> None:
    write_uci(tmp_path)
    path = tmp_path / "ae.test"
    text = path.read_text(encoding="ascii").rstrip().replace("\n", "\r\n")
    path.write_bytes(b"\xef\xbb\xbf" + text.encode("ascii"))
    _, test = read_uci(str(tmp_path))
    assert equal(test, load("test"))


def test_a_row_of_almost_only_ones_is_a_frame(tmp_path: Path) -> None:
    write_uci(tmp_path)
    path = tmp_path / "ae.train"
    lines = path.read_text(encoding="ascii").split("\n")
    lines[1] = " ".join(["1.0"] * 11 + ["1.5"])
    path.write_text("\n".join(lines), encoding="ascii")
    train, _ = read_uci(tmp_path)
    assert train.frames[0][1].tolist() == [1.0] * 11 + [1.5]
    assert train.lengths.tolist() == load("train").lengths.tolist()


@pytest.mark.parametrize("name", ["ae.train", "ae.test", "size_ae.train", "size_ae.test"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    (write_uci(tmp_path) / name).unlink()
    with pytest.raises(DataError, match=rf"cannot read .*{name} .*: put ae\.train, ae\.test"):
        read_uci(tmp_path)


@pytest.mark.parametrize(
    ("row", "found"),
    [
        (" ".join(["0.5"] * 11), "0.5 0.5"),
        (" ".join(["0.5"] * 13), "0.5 0.5"),
        (" ".join(["0.5"] * 11 + ["half"]), "half"),
        (" ".join(["0.5"] * 11 + ["nan"]), "nan"),
        (" ".join(["0.5"] * 11 + ["inf"]), "inf"),
        ("0.5," * 12, "0.5,"),
    ],
)
def test_a_malformed_row_is_named_by_file_and_line(tmp_path: Path, row: str, found: str) -> None:
    path = write_uci(tmp_path) / "ae.test"
    lines = path.read_text(encoding="ascii").split("\n")
    lines[41] = row
    path.write_text("\n".join(lines), encoding="ascii")
    with pytest.raises(
        DataError, match=rf"^ae\.test, line 42: expected 12 numbers, found '.*{found}.*': correct"
    ):
        read_uci(tmp_path)


def test_bytes_that_are_not_text_are_a_malformed_row(tmp_path: Path) -> None:
    path = write_uci(tmp_path) / "ae.train"
    path.write_bytes(b"\xff\xfe\x00\x01" + path.read_bytes())
    with pytest.raises(DataError, match=r"^ae\.train, line 1: expected 12 numbers"):
        read_uci(tmp_path)


def test_sizes_that_do_not_fit_the_blocks_are_refused(tmp_path: Path) -> None:
    write_uci(tmp_path)
    (tmp_path / "size_ae.test").write_text("31 35 88 44 29 24 40 50 30\n")
    with pytest.raises(
        DataError, match=r"ae\.test holds 370 utterances but size_ae\.test lists 371"
    ):
        read_uci(tmp_path)


@pytest.mark.parametrize("sizes", ["", "30 " * 8, "30 " * 10, "30 " * 8 + "-1", "30 " * 8 + "x"])
def test_a_size_file_without_nine_counts_is_refused(tmp_path: Path, sizes: str) -> None:
    write_uci(tmp_path)
    (tmp_path / "size_ae.train").write_text(sizes)
    with pytest.raises(DataError, match=r"^size_ae\.train must list 9 whole numbers"):
        read_uci(tmp_path)


# Statistics and the padded dataset


def test_statistics_are_those_of_the_real_frames() -> None:
    train = load("train")
    mean, deviation = statistics(train)
    frames = [frame for series in train.frames for frame in series.tolist()]
    for d, column in enumerate(zip(*frames, strict=True)):
        centre = sum(column) / len(column)
        spread = (sum((value - centre) ** 2 for value in column) / len(column)) ** 0.5
        assert float(mean[d]) == pytest.approx(centre, abs=1e-6)
        assert float(deviation[d]) == pytest.approx(spread, abs=1e-6)
    assert mean.dtype == deviation.dtype == torch.float32


def test_statistics_of_nothing_are_refused() -> None:
    nothing = Utterances([], torch.zeros(0, dtype=torch.int64), torch.zeros(0, dtype=torch.int64))
    with pytest.raises(DataError, match="there are no utterances to measure"):
        statistics(nothing)


@pytest.mark.parametrize("split", ["train", "test"])
def test_items_are_the_frames_then_zeros(split: str) -> None:
    utterances = load(split)
    dataset = VowelDataset(utterances)
    assert len(dataset) == len(utterances)
    for index, series in enumerate(utterances.frames):
        x, length, label = dataset[index]
        assert (x.shape, x.dtype) == ((MAX_LENGTH, FEATURES), torch.float32)
        assert torch.equal(x[: len(series)], series)
        assert not x[len(series) :].any()
        assert (length.shape, length.dtype, int(length)) == ((), torch.int64, len(series))
        assert (label.shape, label.dtype) == ((), torch.int64)
        assert label == utterances.labels[index]


def test_standardised_real_frames_have_mean_0_and_deviation_1_and_padding_stays_0() -> None:
    train = load("train")
    dataset = VowelDataset(train, statistics(train))
    items = [dataset[index] for index in range(len(dataset))]
    real = torch.cat([x[:length] for x, length, _ in items]).double()
    padding = torch.cat([x[length:] for x, length, _ in items])
    assert torch.allclose(real.mean(0), torch.zeros(FEATURES).double(), atol=1e-5)
    assert torch.allclose(real.std(0, correction=0), torch.ones(FEATURES).double(), atol=1e-5)
    assert len(padding) == 270 * MAX_LENGTH - 4274
    assert not padding.any()


def test_standardising_uses_the_given_figures_coefficient_by_coefficient() -> None:
    utterances = small(4)
    mean, deviation = torch.arange(12.0), torch.arange(1.0, 13.0)
    x, _, _ = VowelDataset(utterances, (mean, deviation))[0]
    for t, d in itertools.product(range(4), range(FEATURES)):
        value = float(utterances.frames[0][t, d])
        assert float(x[t, d]) == pytest.approx((value - d) / (d + 1), abs=1e-6)


def test_building_a_dataset_leaves_the_utterances_as_they_were() -> None:
    utterances = load("test")
    VowelDataset(utterances, statistics(utterances))
    assert equal(utterances, load("test"))


def test_changing_an_item_does_not_change_the_dataset() -> None:
    dataset = VowelDataset(small(3, 5))
    before = [tensor.clone() for tensor in dataset[1]]
    for tensor in dataset[1]:
        tensor.add_(1)
    assert all(map(torch.equal, dataset[1], before))


def test_iterating_ends_and_a_loader_makes_batches() -> None:
    dataset = VowelDataset(small(3, 5, 29))
    with pytest.raises(IndexError):
        dataset[3]
    (x, lengths, labels) = next(iter(DataLoader(dataset, batch_size=3)))
    assert x.shape == (3, MAX_LENGTH, FEATURES)
    assert lengths.tolist() == [3, 5, 29]
    assert labels.tolist() == [0, 1, 2]


def test_an_utterance_longer_than_29_frames_is_refused() -> None:
    with pytest.raises(DataError, match="utterance 1 has 30 frames, more than 29: cut it"):
        VowelDataset(small(29, 30))


@pytest.mark.parametrize(
    ("mean", "deviation", "sentence"),
    [
        (torch.zeros(11), torch.ones(12), r"shape \(12,\), not \(11,\) and \(12,\)"),
        (torch.zeros(12), torch.ones(1, 12), r"shape \(12,\), not \(12,\) and \(1, 12\)"),
        (torch.zeros(12), torch.arange(12.0), "positive, finite deviations"),
        (torch.tensor([0.0] * 11 + [torch.nan]), torch.ones(12), "finite means"),
        (torch.zeros(12), torch.tensor([1.0] * 11 + [torch.inf]), "finite deviations"),
    ],
)
def test_unusable_statistics_are_refused(mean: Tensor, deviation: Tensor, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        VowelDataset(small(3), (mean, deviation))
