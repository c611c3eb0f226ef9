print("é".encode(), "é".encode("latin-1"), "日".encode("utf-16-le"), "a\udc80".encode("utf-8", "surrogateescape"), "é".encode("ascii", "replace"), "é".encode("ascii", "xmlcharrefreplace"), "é".encode("ascii", "backslashreplace"), "é".encode("ascii", "ignore"))
for args in [("ascii",), ("nope",), ("ascii", "nope")]:
    try:
        "é".encode(*args)
    except Exception as e:
        print(type(e).__name__, e)
