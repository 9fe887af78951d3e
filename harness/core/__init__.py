"""The ground floor: nouns, keys, seeds, errors, the registry. Standard library and numpy only."""
