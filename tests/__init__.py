"""All tests. A package, so that a folder named as a vendor's library hides no library."""
