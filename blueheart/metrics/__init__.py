"""Figures for Prometheus at `/metrics`, added up over all processes of one web server."""
