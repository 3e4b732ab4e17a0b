"""The outbox: one row per mail and cause, written in the transaction of its cause and sent by the worker."""
