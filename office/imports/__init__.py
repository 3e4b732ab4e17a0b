"""The pages of imports: choose a file, look at what it says, confirm it, undo it."""
