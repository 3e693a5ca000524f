"""Rate limits, retry policy and polling. Pure: no network, store or clock."""
