"""Images with labels: MNIST and its kin from their official files, or built-in digits."""

from neuroep.images.own import read_images
from neuroep.images.sources import ImageData, Images, open_images

__all__ = ["ImageData", "Images", "open_images", "read_images"]
