"""Pages of the office on which staff change settings: what they say, and what may be typed."""
