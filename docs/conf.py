"""How Sphinx builds the documentation: ``make docs``."""

import os
import sys
from importlib.metadata import version as version_of
from pathlib import Path

DOCS = Path(__file__).resolve().parent
sys.path[:0] = [str(DOCS.parent), str(DOCS / "_ext")]
os.environ.setdefault("NEUROEP_THREADS", "1")

project = "neuroep"
author = "neuroep developers"
release = version_of("neuroep")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx_gallery.gen_gallery",
    "neuroep_docs.pages",
    "neuroep_docs.access",
    "neuroep_docs.checks",
]
exclude_patterns = ["_build", "_ext", "gallery", "auto_gallery/**/*.py", "auto_gallery/**/*.ipynb"]

# Pages are written for GitHub, too: anchors of headings are those that it makes.
myst_heading_anchors = 4

html_theme = "furo"
html_title = f"neuroep {release}"
html_copy_source = False
html_show_sourcelink = False

autosummary_generate = False  # names stand on pages of their topic
autodoc_typehints = "none"  # numpydoc says types, and shapes with them
autodoc_member_order = "bysource"
napoleon_google_docstring = False

# Several classes have an attribute of one name, and a docstring that says it means its own.
suppress_warnings = ["ref.python", "config.cache"]

sphinx_gallery_conf = {
    "examples_dirs": "gallery",
    "gallery_dirs": "auto_gallery",
    "filename_pattern": r"/plot_",
    "abort_on_example_error": True,
    "show_memory": False,
    "download_all_examples": False,
    "write_computation_times": False,  # its page asks other hosts for a table
    "show_signature": False,
    "remove_config_comments": True,
}
