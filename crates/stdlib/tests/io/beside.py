"""Run with a folder in front of sys.path in which there are files named as modules of the library."""

import sys

folder = sys.path[0]


def said(function):
    try:
        function()
    except (ImportError, AttributeError) as error:
        return str(error)
    raise AssertionError("no error")


def from_random():
    from random import randint


def from_other():
    from other import nothing


import email
import os
import random

assert random.x == 1 and email.mine and os.sep == "/"
remedy = (f"(consider renaming '{folder}/random.py' since it has the same name as the standard library module named "
          "'random' and prevents importing that standard library module)")
assert said(lambda: random.randint) == f"module 'random' has no attribute 'randint' {remedy}"
assert said(from_random) == f"cannot import name 'randint' from 'random' {remedy}"
assert said(lambda: __import__("email.mime")) == "No module named 'email.mime'"

import circle
import other

assert other.said == (f"module 'circle' has no attribute 'x' (consider renaming '{folder}/circle.py' if it has the same "
                      "name as a library you intended to import)"), other.said
assert said(lambda: circle.x) == "module 'circle' has no attribute 'x'"
assert said(from_other) == f"cannot import name 'nothing' from 'other' ({folder}/other.py)"
sys.stdlib_module_names = None
assert said(lambda: random.randint) == "module 'random' has no attribute 'randint'"

# How modules are shown.
from types import ModuleType

module = ModuleType("foo")
assert repr(module) == "<module 'foo'>" and repr(random) == f"<module 'random' from '{folder}/random.py'>"
module.__loader__ = str
assert repr(module) == "<module 'foo' (<class 'str'>)>"
module.__file__, module.__name__ = "/a/b", 5
assert repr(module) == "<module 5 from '/a/b'>"
assert said(lambda: ModuleType.__new__(ModuleType).x) == "module has no attribute 'x'"
