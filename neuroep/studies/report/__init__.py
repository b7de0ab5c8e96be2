"""Results of any kind on one page: runs, verifications, waveforms, sweeps."""
