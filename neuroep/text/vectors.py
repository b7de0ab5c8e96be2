"""Vectors for the rows of a vocabulary: learned from the training text, or read from a file."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray
from scipy.sparse.linalg import svds
from threadpoolctl import threadpool_limits

from neuroep.errors import InputError
from neuroep.text.corpus import Corpus
from neuroep.text.vector_files import Say, read_vector_file
from neuroep.text.vocabulary import Vocabulary

_SHORT = 0.1  # length of a random vector, alone or beside log ratios
_SMOOTHING = 0.75  # exponent of the context distribution (Levy, Goldberg and Dagan, TACL 2015)


def ppmi_vectors(
    corpus: Corpus,
    vocabulary_size: int,
    dimension: int = 100,
    window: int = 10,
    seed: int = 0,
) -> NDArray[np.float32]:
    """Learn one vector a row from the text alone.

    Co-occurrences within ``window`` ids in the same review (n-grams count as rows and as
    contexts), positive pointwise mutual information with a smoothed context distribution, and a
    truncated singular value decomposition with the square root of the singular values, as in
    O. Levy, Y. Goldberg, I. Dagan, "Improving Distributional Similarity with Lessons Learned from
    Word Embeddings", TACL 2015. The first component, which tells frequent rows from rare ones, is
    left out (after J. Mu, P. Viswanath, "All-but-the-Top", ICLR 2018). On a validation split of
    the IMDB training reviews this beat unit rows and other powers of the singular values.

    A wide window brings out what reviews have in common, sentiment above all; a narrow one,
    grammar. ``seed`` draws the start vector of the iterative decomposition.

    The vectors (vocabulary_size, dimension) float32 are scaled so that those of the running ids of
    the corpus have a mean square length of 1. Rows that never occur are zero.
    """
    if not 0 < dimension < vocabulary_size - 1:
        raise ValueError(f"dimension must be 1 to {vocabulary_size - 2}, not {dimension}")
    counts = count_cooccurrences(corpus, vocabulary_size, window)
    # Where all that occurs occurs together, nothing is told from anything.
    matrix = ppmi(counts) if counts.nnz else counts
    del counts  # as large as the matrix
    if matrix.nnz == 0:
        raise InputError("training reviews: too little text to learn word vectors from")
    left, singular_values = truncated_svd(matrix, dimension + 1, seed)
    rows = left[:, 1:] * np.sqrt(singular_values[1:])
    frequency = np.bincount(corpus.tokens, minlength=vocabulary_size) / max(len(corpus.tokens), 1)
    # No inner product by BLAS, whose threads would have a say in the last digit.
    mean_square = (frequency * np.square(rows, dtype=np.float64).sum(axis=1)).sum()
    scaled: NDArray[np.float32] = (rows / np.sqrt(max(mean_square, 1e-30))).astype(np.float32)
    return scaled


def random_vectors(rows: int, dimension: int, seed: int = 0) -> NDArray[np.float32]:
    """Draw a short vector for every row, from no text and no label.

    Returned is (rows, dimension) float32, normal with deviation 0.1 / sqrt(``dimension``).
    """
    vectors = np.random.default_rng(seed).standard_normal((rows, dimension), np.float32)
    vectors *= np.float32(_SHORT / np.sqrt(dimension))
    return vectors


def log_ratio_vectors(
    corpus: Corpus, vocabulary_size: int, dimension: int, seed: int = 0, classes: int = 2
) -> NDArray[np.float32]:
    """Start every row with what naive Bayes makes of it.

    With two classes the first component is log((p / |p|) / (q / |q|)), with p and q one more than
    how often the row occurs in texts of label 1 and of label 0: S. Wang, C. Manning, "Baselines
    and Bigrams", ACL 2012, section 2.1. With more, component k is the same of label k against all
    others. The other components are those of :func:`random_vectors`, so that learning has
    directions of its own. Returned is (vocabulary_size, dimension) float32; the log ratios of a
    row that never occurs are close to zero.
    """
    asked = [1] if classes == 2 else list(range(classes))
    if dimension < len(asked):
        raise InputError(
            f"log ratios of {classes} classes need {classes} dimensions a word, not {dimension}"
        )
    labels = np.repeat(corpus.labels, corpus.lengths)
    vectors = random_vectors(vocabulary_size, dimension, seed)
    for component, label in enumerate(asked):
        inside, outside = (
            1.0 + np.bincount(corpus.tokens[part], minlength=vocabulary_size)
            for part in (labels == label, labels != label)
        )
        vectors[:, component] = np.log(inside / inside.sum()) - np.log(outside / outside.sum())
    return vectors


def count_cooccurrences(corpus: Corpus, vocabulary_size: int, window: int) -> sparse.csr_matrix:
    """Symmetric counts of pairs of ids at most ``window`` apart in the same review, float32."""
    review = np.repeat(np.arange(len(corpus), dtype=np.int32), corpus.lengths)
    shape = (vocabulary_size, vocabulary_size)
    counts = sparse.csr_matrix(shape, dtype=np.float32)
    for distance in range(1, min(window + 1, int(corpus.lengths.max(initial=0)))):
        together = review[:-distance] == review[distance:]
        pair = corpus.tokens[:-distance][together], corpus.tokens[distance:][together]
        ones = np.ones(len(pair[0]), np.float32)
        counts = counts + sparse.coo_matrix((ones, pair), shape=shape).tocsr()
    return (counts + counts.T).tocsr()


def ppmi(counts: sparse.csr_matrix) -> sparse.csr_matrix:
    """max(0, log(p(i, j) / (p(i) q(j)))); q is the distribution of contexts to the power 0.75."""
    rows = np.asarray(counts.sum(axis=1, dtype=np.float64)).ravel()
    contexts = np.asarray(counts.sum(axis=0, dtype=np.float64)).ravel() ** _SMOOTHING
    log_rows = np.log(np.maximum(rows, 1)).astype(np.float32)
    log_contexts = np.log(np.maximum(contexts / contexts.sum(), 1e-30)).astype(np.float32)
    result = counts.copy()
    np.log(result.data, out=result.data)
    result.data -= log_contexts[result.indices]
    result.data -= np.repeat(log_rows, np.diff(result.indptr))
    np.maximum(result.data, 0, out=result.data)
    result.eliminate_zeros()
    return result


def truncated_svd(
    matrix: sparse.csr_matrix, dimension: int, seed: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Left singular vectors [rows, dimension] and singular values, largest first (ARPACK)."""
    start = np.random.default_rng(seed).standard_normal(min(matrix.shape), np.float32)
    with threadpool_limits(1, user_api="blas"):  # so that sums come out the same everywhere
        left, values, _ = svds(matrix, dimension, v0=start, return_singular_vectors="u")
    order = np.argsort(-values)
    left, values = left[:, order], values[order]
    # A singular vector is known up to its sign: make the largest entry positive.
    largest = left[np.abs(left).argmax(axis=0), np.arange(dimension)]
    return left * np.where(largest < 0, -1, 1).astype(left.dtype), values


def read_vectors(
    paths: Sequence[str | Path],
    vocabulary: Vocabulary,
    dimension: int | None = None,
    say: Say = lambda remark: None,
) -> NDArray[np.float32]:
    """Read pretrained word vectors for the rows of a vocabulary.

    Formats, told apart by content: word2vec, fastText or GloVe text (with or without a header),
    word2vec binary, ``.npz`` with ``words`` and ``vectors``; each as it is, gzipped, or in a
    ``.zip``, of whose several files ``archive.zip/file`` names one. A word is looked up as it is,
    then in any letter case (the first in the file, as files are sorted by frequency). The row of an
    n-gram is the mean of its words; a word that the files lack gets the mean of the words with the
    same ending, or of all words; the row of nothing is zero.

    A word is taken from the first file that has it, and only the vectors of the vocabulary are
    kept in memory. Without a ``dimension`` the first file's is accepted. Returned is
    (len(vocabulary), dimension) float32, values as in the files, not normalised. ``say`` is told, a
    line each, where a file holds more or fewer words than its first line says.
    """
    found: NDArray[np.float32] | None = None
    present = np.zeros(len(vocabulary.known), bool)
    for path in paths:
        wanted = {word: i for i, word in enumerate(vocabulary.known) if not present[i]}
        quality = np.zeros(len(present), np.int8)  # 1 in another letter case, 2 as it is
        for word, vector in read_vector_file(Path(path), dimension, wanted, say):
            if found is None:
                dimension = len(vector)
                found = np.zeros((len(present), dimension), np.float32)
            row = wanted[word.lower()]
            match = 2 if word == vocabulary.known[row] else 1
            if match > quality[row]:
                found[row], quality[row] = vector, match
        present |= quality > 0
    if found is None:
        raise InputError(f"{', '.join(map(str, paths))}: no word of the vocabulary has a vector")
    return fill_rows(vocabulary, found, present)


def words_with_vectors(
    paths: Sequence[str | Path], vocabulary: Vocabulary, dimension: int | None = None
) -> set[str]:
    """Return the words of a vocabulary that one of the files has, in any letter case."""
    wanted = frozenset(vocabulary.known)
    return {
        word.lower()
        for path in paths
        for word, _ in read_vector_file(Path(path), dimension, wanted)
    }


def fill_rows(
    vocabulary: Vocabulary, found: NDArray[np.float32], present: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Vectors of all rows from those of the words that are ``present``."""
    words, buckets = len(vocabulary.known), vocabulary.buckets
    table = np.empty((len(vocabulary), found.shape[1]), np.float32)
    if not buckets:
        table[:words], table[words] = np.where(present[:, None], found, 0), 0
        return _fill_ngrams(vocabulary, table)
    bucket = np.array([vocabulary.bucket(word) for word in vocabulary.known]) - words
    sums = np.zeros((buckets, found.shape[1]))
    np.add.at(sums, bucket[present], found[present])
    sizes = np.bincount(bucket[present], minlength=buckets)[:, None]
    table[words : words + buckets] = np.where(
        sizes > 0, sums / np.maximum(sizes, 1), found[present].mean(axis=0)
    )
    table[:words] = np.where(present[:, None], found, table[words + bucket])
    return _fill_ngrams(vocabulary, table)


def _fill_ngrams(vocabulary: Vocabulary, table: NDArray[np.float32]) -> NDArray[np.float32]:
    for row, members in enumerate(vocabulary.ngram_words(), start=vocabulary.first_ngram):
        table[row] = table[members].mean(axis=0)
    return table
