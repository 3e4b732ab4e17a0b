"""What every part of the public API has in common: pages, CSV, problems, who may ask, and its own description."""
