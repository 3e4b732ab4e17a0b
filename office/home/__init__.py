"""The home of the office: what waits for a person, how it goes, whether it is healthy, and where every list is."""
