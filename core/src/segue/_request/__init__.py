"""One HTTP request and its answer, as providers write and read them."""
