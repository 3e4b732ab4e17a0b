"""Backups that nobody but their recipients can read, each tried before it counts, and the way back from one."""
