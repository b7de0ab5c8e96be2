"""The one place that lists the tasks: by the table of a design that asks for them."""

from neuroep.tasks.images.task import ImagesTask
from neuroep.tasks.pairs.task import PairsTask
from neuroep.tasks.reviews.task import TextTask
from neuroep.tasks.table.task import TableTask
from neuroep.tasks.task import Task

TASKS: dict[str, type[Task]] = {
    "text": TextTask,
    "pairs": PairsTask,
    "images": ImagesTask,
    "table": TableTask,
}
