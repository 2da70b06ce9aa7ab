# What type checkers see of `values.py`: the standard library's data classes, whose subset it implements.
from dataclasses import dataclass as dataclass
from dataclasses import field as field
from dataclasses import replace as replace
