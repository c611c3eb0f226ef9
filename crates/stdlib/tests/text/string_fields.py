import _string
print(list(_string.formatter_parser("a{b!r:>{w}}c{}{{d")))
try: print(list(_string.formatter_parser("a{b")))
except Exception as e: print(repr(e))
a,b=_string.formatter_field_name_split("0.a[3][x]"); print(a,type(b),list(b))
a,b=_string.formatter_field_name_split("a"); print(a,list(b))
for x in ("", "a[", "a[]", "a.", "a]b", "a[1]b"):
    try:
        a,b=_string.formatter_field_name_split(x); print(repr(a)); print(list(b))
    except Exception as e: print(repr(e))
try: _string.formatter_parser(3)
except Exception as e: print(repr(e))
try: _string.formatter_field_name_split(3)
except Exception as e: print(repr(e))
print(list(_string.formatter_parser("{}{:}{!s}")))
