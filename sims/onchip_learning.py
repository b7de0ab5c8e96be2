#!/usr/bin/env python3
"""A chip whose weights are real devices learns to read digits, one example and one pulse at a time.

What it shows   Every weight is a pair of conductances that only programming pulses move. The local
                rule of equilibrium propagation charges a capacitor a synapse; a full one fires a
                pulse. With devices of six noisy bits, no two of them alike, this is as accurate as
                floats that Adam moves, and takes about a pulse a synapse in 20,000 examples.
Command         python sims/onchip_learning.py --data FOLDER        (of the four IDX files of MNIST)
                python sims/onchip_learning.py --data FOLDER --set devices.card=fefet
                python sims/onchip_learning.py --data FOLDER --set learning.scheme=stochastic
                python sims/onchip_learning.py --epochs 12          (built-in digits)
                neuroep devices                                     (which cards there are)
Expected        MNIST: about 97 % on the test set; its twin with Adam (--set learning.update=adam
                --set learning.batch=64 --set 'learning.rates={"*"=1e-3}') within half a point;
                built-in digits: about 94 %, from 3,600 images
Time            on 2 cores, MNIST: about 5 minutes; built-in digits: a minute and a half
"""

import sys

from neuroep.cli.train import sim

if __name__ == "__main__":
    sys.exit(sim(__doc__, "onchip_mnist"))
