"""Settings that staff change while the site runs: declared in code, kept as rows with their history."""
