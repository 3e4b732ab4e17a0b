"""The docs site: `make docs` gathers its pages, writes the reference from the code, and looks at what was built."""
