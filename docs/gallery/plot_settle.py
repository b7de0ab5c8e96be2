"""
Energy falls while a network settles
====================================

A chain of layers settles.
"""

import matplotlib.pyplot as plt

plt.plot([1, 2])
