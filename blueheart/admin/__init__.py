"""What the office's pages have in common, whatever app they belong to: the classes of every `ModelAdmin`."""
