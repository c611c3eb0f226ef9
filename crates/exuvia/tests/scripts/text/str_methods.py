s = "Hello, World"
print(s.upper(), s.lower(), s.swapcase(), s.title(), s.capitalize(), s.casefold(), "ßẞ".casefold())
print(s.find("o"), s.rfind("o"), s.index("W"), s.count("l"), s.find("z"), s.find("o", 5), s.count("", 2), "".count(""), s.rindex("l"))
print(s.replace("l", "L"), s.replace("l", "L", 1), "aaa".replace("", "-"), "abc".replace("b", ""), s.replace("xyz", "q"))
print(s.split(), s.split(", "), "a,b,,c".split(","), "  a  b ".split(), "a b c".split(None, 1), "a,b,c".rsplit(",", 1), "a\nb\r\nc\x0bd".splitlines(), "a\nb\n".splitlines(True), "".split(), "".split(","))
print("-".join("abc"), "".join([]), ",".join(["one"]), s.partition(", "), s.rpartition("o"), s.partition("zz"))
print("  x ".strip() + "|", "xxaxx".strip("x"), "abcba".lstrip("ab"), "abcba".rstrip("ab"), "prefix-x".removeprefix("prefix-"), "x.py".removesuffix(".py"))
print(s.startswith("He"), s.endswith(("ld", "x")), s.startswith("l", 2), s.startswith(""), s.endswith("W", 0, 8))
print("abc".isalpha(), "ab1".isalnum(), "12".isdigit(), "½".isnumeric(), "²".isdigit(), "²".isdecimal(), " \t".isspace(), "Ab".istitle(), "a_1".isidentifier(), "1a".isidentifier(), "ABC".isupper(), "abc".islower(), "é".isascii(), "\n".isprintable(), "".isalpha(), "ß".islower())
print("5".zfill(4), "-5".zfill(4), "a".center(5, "*"), "ab".ljust(4) + "|", "ab".rjust(4), "a\tb".expandtabs(4), "01\t012".expandtabs())
print("abc".translate({97: "x", 98: None, 99: 0x64}), "abc".translate(str.maketrans("ab", "xy", "c")), str.maketrans({"a": 1}))
print("a" < "b", "a" < "aa", "Z" < "a", "é" > "z", "abc" == "abc", "a" in "cat", "" in "", "ab" * 3, 0 * "x", "a" "b")
print(s[0], s[-1], s[2:5], s[::-1], s[::2], s[10:100], s[5:2], s[-3:], len(s), "日本語"[1], len("😀"), "😀x"[::-1])
print(repr("a'b"), repr('a"b'), repr("a'b\"c"), repr("\n\t\\\x00\x7f\xa0\u1234\U0001f600\ud800"), ascii("é日😀"))
print(ord("a"), chr(8364), chr(0x1F600), "\x41\u0042\U00000043\N{LATIN SMALL LETTER A}\101", r"\n", b"\x41".decode())
for expression in ["'a' + 1", "'abc'.index('z')", "'a'.join([1])", "'a'.split('')", "'abc'[10]", "'abc'['a']", "'a'.center()", "'a'.zfill('x')", "'a'.startswith(1)", "'a'.replace('a')", "'%s' % ()", "'a'.encode(1)", "chr(0x110000)", "''.join(5)", "'a' * 10**30", "str(b'a', 'utf-8', 'x', 1)", "'a'.ljust(3, 'xx')", "'a'.translate(5)", "str.upper(5)", "'a'.nope()", "'a' < 1", "int('1_0'), int('0x1f', 16), int(' 12 '), int('-0b11', 0)", "int('12a')", "int('')", "int('9' * 5000)", "float('1e400'), float(' nan '), float('-Infinity')", "float('1.2.3')", "complex('1+2j'), complex('j')", "complex('1 + 2j')"]:
    try:
        print(expression, "=", eval(expression))
    except Exception as e:
        print(expression, "->", type(e).__name__ + ":", e)
class S(str):
    def __str__(self): return "S!"
    def __add__(self, o): return "added"
x = S("abc")
print(x, str(x), repr(x), x + "d", x.upper(), type(x.upper()).__name__, len(x), x == "abc", {x: 1}["abc"], f"{x}", "%s" % x, "".join([x]), type(str(x)))
print(str(), str(5), str(None), str(b"x"), str(b"\xe9", "latin-1"), str(object=3))
print("ﬁ".upper(), "ǆ".title(), "İ".lower(), "Σας".lower(), "ΑΣ".lower(), "ŉ".upper())
print(sorted("banana"), list("ab"), tuple("ab"), set("aa"), max("abc"), "b" in {"b"}, hash("a") == hash("a"))
print("a".__contains__("a"), "x".__len__(), "x".__mul__(2), "%r" % "x", "abc".__getitem__(slice(1)), str.__doc__ is not None)
print("a,b;c".replace(",", ";").split(";"), "A-B".lower().split("-"), " ".join(reversed("a b c".split())))
