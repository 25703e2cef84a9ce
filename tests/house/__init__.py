"""The rules of the house, each a function from a tree to the sentences that name its violations."""
