"""Each guard is proved by breaking it: `make mutants` takes one away at a time, and a named test has to go red."""
