"""`make crawl`: every page of a running portal by links, axe, Nu's HTML checker and our own rules."""
