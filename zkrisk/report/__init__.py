"""Reports: what a book would be after a trade, and pages for its owner and for a lender."""
