#!/usr/bin/env python3
"""A network of conductances and diodes learns to tell images apart.

What it shows   A deep resistive network: Kirchhoff's laws do the settling, diodes are the only
                nonlinearity (ideal ones: at these voltages active rectifiers). Every
                conductance learns by equilibrium propagation from the voltage drop across
                itself in two nudged phases, and stays within what its device can hold.
Command         python sims/mnist_resistive.py
                python sims/mnist_resistive.py --data FOLDER          (MNIST, in four IDX files)
                for Fashion-MNIST with --set images.shift=0 --set 'learning.rates."0-1"=3e-3'
Expected        built-in digits, which are easy and say nothing of handwriting: above 98 %;
                MNIST: above 98.4 %; Fashion-MNIST: above 88 %
Time            on 2 cores, built-in: a minute, and another at the first run, to compile;
                MNIST, Fashion-MNIST: about 10 minutes each
"""

import sys

from neuroep.cli.train import sim

if __name__ == "__main__":
    sys.exit(sim(__doc__, "resistive_mnist"))
