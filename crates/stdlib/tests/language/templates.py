from string.templatelib import Template, Interpolation
x=3
t=t"a{x!r:>{4}}b{x}"
print(t, t.strings, t.interpolations, t.values, list(t))
print(t + t"c{x}")
print(Template("a","b",Interpolation(1),Interpolation(2,"q","s","f"),"z"))
print(Template())
for f in (lambda: t+"a", lambda: "a"+t, lambda: Template(1), lambda: Interpolation(1,2), lambda: Interpolation(1,"a","z"), lambda: Interpolation(), lambda: Interpolation(1,conversion=3), lambda: Template(a=1), lambda: Interpolation(1,'a','r',3)):
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
print(Interpolation.__match_args__, Interpolation(1).__reduce__(), t.__reduce__()[1], type(iter(t)))
print(Template[int], Interpolation[int], t==t, t==Template(), Template.__module__)
match t.interpolations[0]:
    case Interpolation(v, e, c, s): print(v,e,c,s)
try: 
    class X(Template): pass
except Exception as e: print(e)
