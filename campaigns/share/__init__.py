"""Pictures that stand for a page where someone shares it, drawn by us: the title in the page's own script."""
