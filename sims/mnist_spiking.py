#!/usr/bin/env python3
"""Spiking neurons learn to read digits by equilibrium propagation.

What it shows   Pixels drive constant currents into 512 neurons with rails; these and ten outputs
                send each other sigma-delta spikes, in the free and in both nudged phases. What is
                learned works as well without spikes, settled by sweeps. Pixels do not spike.
Command         python sims/mnist_spiking.py --data FOLDER    (of the four IDX files of MNIST)
                python sims/mnist_spiking.py --data FASHION --set images.shift=0
                python sims/mnist_spiking.py                  (built-in digits, a demonstration)
Expected        MNIST: above 98 % on the test set, within 0.3 points of the analog network;
                Fashion-MNIST: above 88 %; built-in digits: above 97 %
Time            on 2 cores, MNIST: about 10 minutes, twice that on a busy machine; built-in digits:
                a minute, and another at the first run, to compile
"""

import sys

from neuroep.cli.train import sim

if __name__ == "__main__":
    sys.exit(sim(__doc__, "mnist_spiking"))
