"""From text to stored patterns: readers, vocabulary, packed corpora, word vectors, baselines."""
