"""The physics once more, slowly: plain numpy and loops, against which the kernels are tested."""
