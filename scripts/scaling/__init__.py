"""World Day on paper: what it asks of the portal at three sizes, computed from measured costs (docs/scaling.md)."""
