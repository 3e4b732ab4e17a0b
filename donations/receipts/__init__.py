"""What a donor may show: receipts and yearly statements, as words, as HTML and as PDF."""
