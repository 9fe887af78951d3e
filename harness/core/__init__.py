"""The ground floor: nouns, keys, seeds, errors, the registry. Standard library, numpy and pydantic only."""
