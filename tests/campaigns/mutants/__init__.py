"""Mutants of the contracts: where they are made (operators, yul), compiled (compiler) and tried (workshop)."""
