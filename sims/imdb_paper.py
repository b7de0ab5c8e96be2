#!/usr/bin/env python3
"""The seed paper's network for film reviews, at full size, learns by equilibrium propagation.

What it shows   600 tokens of 300 dimensions, every one asking the whole review, and 1000-40-2
                neurons (Bal & Sengupta, IJCAI 2023): 180 million weights, which the published code
                trains on a GPU. Sweeps stop when nothing moves, padding is masked, word vectors
                stay as they are, outputs begin at a half. --as-published: synchronous steps, T=50
                and K=25 of them, padding by zeros that are attended to, outputs near their rail.
Command         python sims/imdb_paper.py --data aclImdb_v1.tar.gz --vectors GoogleNews.bin
                python sims/imdb_paper.py --epochs 2 --limit 500    (built-in reviews, a try)
Expected        see docs/paper.md
Time            on 2 cores, an epoch of IMDB: about a quarter of an hour; 50 as published
"""

import sys

from neuroep.cli.train import sim

AS_PUBLISHED = [
    "solver=synchronous",
    "text.padding=zeros",
    "settle.residual=0.0",
    "layers.out.bias=0.0",
]

if __name__ == "__main__":
    sys.exit(sim(__doc__, "imdb_paper", AS_PUBLISHED))
