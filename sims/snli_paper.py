#!/usr/bin/env python3
"""The seed paper's network for sentence pairs, at full size, learns by equilibrium propagation.

What it shows   Premise and hypothesis of 25 tokens each attend to each other and to themselves;
                400-3 neurons take all that they read (Bal & Sengupta, IJCAI 2023). Sweeps stop when
                nothing moves, padding is masked, word vectors stay as they are. --as-published:
                synchronous steps, T=60 and K=30 of them, and padding by zeros that are attended to.
Command         python sims/snli_paper.py --data snli_1.0.zip --vectors GoogleNews.bin
                python sims/snli_paper.py --epochs 2 --limit 500 --set layers.premise.dim=100
                  --set layers.hypothesis.dim=100    (built-in pairs, a try: they have too few
                  words for vectors of 300 dimensions)
Expected        see docs/paper.md
Time            on 2 cores, an epoch of the 21,601-pair subset: about a minute; 50 as published
"""

import sys

from neuroep.cli.train import sim

AS_PUBLISHED = ["solver=synchronous", "pairs.padding=zeros", "settle.residual=0.0"]

if __name__ == "__main__":
    sys.exit(sim(__doc__, "snli_paper", AS_PUBLISHED))
