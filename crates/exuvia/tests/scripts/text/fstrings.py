name, n, pi, items = "World", 42, 3.14159, [1, 2]
print(f"Hello {name}!", f"{n:05d}|{n:>8}|{n:<8}|{n:^8}|{n:+}|{n:x}|{n:#x}|{n:b}|{n:#o}|{n:,}|{n:_}")
print(f"{pi:.2f}|{pi:10.3f}|{pi:e}|{pi:g}|{pi:%}|{pi:+.1f}|{pi!r}|{-pi:08.2f}")
print(f"{name!r}|{name!s}|{name!a}|{name:>10}|{name:*^11}|{name:.3}|{'é'!a}")
print(f"{n=}|{n = }|{name=!s}|{pi=:.1f}|{items=}|{n + 1=}")
width, prec = 10, 3
print(f"{pi:{width}.{prec}f}|{name:{'>'}{width}}|{n:{'0'}{width}}")
print(f"{{}}|{{{n}}}|{items[0]}|{ {'a': 1}['a'] }|{(lambda x: x * 2)(3)}")
print(f"{'nested ' + f'{n}'}|{f'{f"{n}"}'}|{"quotes"}|{'a' if n else 'b'}")
print(f'''multi
{n}
line''', f"a" "b" f"{n}")
print(f"{10**20:,}|{1234567.891:,.2f}|{0.1:.20f}|{1e100:g}|{float('inf'):f}|{float('nan'):F}|{-0.0:.1f}|{12345.678:_.1f}")
print(f"{True:d}|{True}|{None}|{1j:.1f}|{b'x'}|{255:X}|{3:c}|{65:c}|{n:10_d}|{n:=+10}")
for spec in ["z", "d", ".3", "s", "10.2z", ",_", "=10", "+", "#", "08,", "%%", "x" * 3, "n"]:
    for value in (1, 1.5, "s"):
        try:
            print(repr(spec), repr(value), format(value, spec))
        except Exception as e:
            print(repr(spec), repr(value), type(e).__name__, e)
class F:
    def __format__(self, spec): return f"F[{spec}]"
print(f"{F()}|{F():abc}|{F()!r:>5.3}")
print("{} {} {}".format(1, 2, 3), "{0} {1} {0}".format("a", "b"), "{x} {y[0]} {z.real}".format(x=1, y=[2], z=3), "{:>{}}".format("r", 5), "{!r:^10}".format("q"))
for bad in ["{", "}", "{0", "{!x}", "{} {0}", "{a}", "{0.x}", "{0[1]}", "{:d}"]:
    try:
        print(bad.format("s"))
    except Exception as e:
        print(repr(bad), type(e).__name__, e)
print("%s %r %d %5.2f %x %o %e %c %% %-5s| %05d %+d %(k)s" % {"k": 1} if False else "%s %r %d %5.2f %x %o %e %c %% %-5s| %05d %+d" % ("s", "r", 3, 1.5, 255, 8, 12345.678, "c", "l", 42, 7))
print("%(a)s %(b)d" % {"a": "x", "b": 2}, "%s" % (1,), "%s" % [1], "%*d|%-*d|%.*f" % (5, 1, 5, 2, 2, 3.14159))
for fmt, arg in [("%d", "x"), ("%s %s", 1), ("%s", (1, 2)), ("%q", 1), ("%(a)s", 1), ("%", 1), ("%c", "ab"), ("%x", 1.5), ("%d", 1.9), ("%i", True)]:
    try:
        print(fmt % arg)
    except Exception as e:
        print(repr(fmt), type(e).__name__, e)
x = 5
print(f"{x!r:{width}}|{x:{width}d}|", rf"\n{x}", f"\N{BULLET}{x}\x41")
print(format(5), format(5, ""), format("a", "5"), str.format("{}", 1), "{:{w}.{p}}".format("abcdef", w=8, p=2))
