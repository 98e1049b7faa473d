"""Keys, provers, bundles and their verification."""
