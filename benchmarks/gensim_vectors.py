"""Train word vectors with gensim; `word2vec_gensim.py` runs this in gensim's own environment.

Usage: ``python gensim_vectors.py JOB.json OUT.npz``. The job holds ``texts`` (lists of words),
``words`` (which vectors are wanted, in this order) and ``how`` (gensim's own arguments). The file
holds ``target`` and ``context``, (V, D) float32 each, and ``seconds``; a word that is in no text
has the vector 0.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
from gensim.models import Word2Vec  # type: ignore[import-not-found] # in its own environment


def main() -> None:
    """Train as the job says, and write the vectors."""
    job = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    start = time.perf_counter()
    model = Word2Vec(job["texts"], sg=1, hs=0, workers=1, **job["how"])
    seconds = time.perf_counter() - start
    places = [(n, word) for n, word in enumerate(job["words"]) if word in model.wv]
    known = [n for n, _ in places]
    rows = [model.wv.key_to_index[word] for _, word in places]
    target = np.zeros((len(job["words"]), model.vector_size), dtype=np.float32)
    context = np.zeros_like(target)
    target[known], context[known] = model.wv.vectors[rows], model.syn1neg[rows]
    np.savez(sys.argv[2], target=target, context=context, seconds=seconds)


if __name__ == "__main__":
    main()
