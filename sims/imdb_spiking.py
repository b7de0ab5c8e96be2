#!/usr/bin/env python3
"""A network of spiking neurons with Hopfield attention learns sentiment by equilibrium propagation.

What it shows   A few learned queries attend over a review held as stored patterns; 64 neurons with
                rails take what they read. Every line between blocks carries sigma-delta spikes, in
                the free and in both nudged phases, and every synapse learns from what stands at it.
Command         python sims/imdb_spiking.py
                python sims/imdb_spiking.py --data aclImdb_v1.tar.gz
                python sims/imdb_spiking.py --data aclImdb_v1.tar.gz --design imdb_best
Expected        built-in reviews: above 92 % on the test set, bag of words below 80 %;
                IMDB: above 87.5 %, within a point of the analog network;
                with imdb_best 91 %, within half a point
Time            on 2 cores, built-in: a minute, and another at the first run, to compile;
                IMDB: about 10 minutes, imdb_best 5
"""

import sys

from neuroep.cli.train import sim

if __name__ == "__main__":
    sys.exit(sim(__doc__, "imdb_pooled"))
