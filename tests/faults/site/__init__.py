"""The portal as it runs in production, in processes of its own, for faults: what may die here dies for real.

`server` is a PostgreSQL that can be killed and frozen, `running` the web server, workers, sandbox and mail server,
`points` the named steps at which a process may kill itself, `people` what visitors do by HTTP, `desk` what staff do,
`examining` whether I1 to I14 hold.
"""
