"""Images with labels: MNIST and its kin, arrays, folders of files, or built-in digits."""

from neuroep.images.own import OwnImages, read_images
from neuroep.images.sources import ImageData, Images, open_images

__all__ = ["ImageData", "Images", "OwnImages", "open_images", "read_images"]
