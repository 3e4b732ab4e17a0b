"""The portal in the shape of production, as processes of this machine: `make production`, some ten minutes.

nginx by deploy/nginx over TLS, two web servers, two workers, a PostgreSQL with a streaming replica, PgBouncer pooling
transactions before both, Redis for what is kept, Stripe's stand-in and a mail server. `programs` starts what is not
ours, `shape` all of it, `crowd` are the people, `phases` what they felt.
"""
