from ..inner import x
from . import deep
