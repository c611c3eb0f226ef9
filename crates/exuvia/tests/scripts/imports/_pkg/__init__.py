print("importing", __name__, __package__)
from . import inner
from .inner import x as renamed
from ._sub import deep
