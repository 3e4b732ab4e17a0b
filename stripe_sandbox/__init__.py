"""A stand-in for Stripe's test mode: it speaks Stripe's HTTP API on 127.0.0.1."""

API_VERSION = "2026-10-28.endive"
