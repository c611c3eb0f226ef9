import ast, warnings
warnings.simplefilter("ignore")
def show(f):
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
print(repr(ast.parse("x=[1,2,3,4]\nf(a,b,c)\ny=(lambda: (1,(2,(3,4))))\npass")))
print(ast.List([ast.Name('x')]*3), ast.Global(['a','b','c']), ast.Constant((1,2,3)), ast.Load())
show(lambda: ast.Name(1,2,3))
show(lambda: ast.Name('x', id='y'))
show(lambda: ast.Name(zz=1).__dict__)
show(lambda: sorted(ast.FunctionDef('f').__dict__))
show(lambda: ast.Name('x').__reduce_ex__(2))
show(lambda: ast.Name('x').__replace__(id='q').id)
show(lambda: ast.Name('x').__replace__(idd='q'))
show(lambda: ast.Name().__replace__(ctx=ast.Store()))
class N(ast.AST):
    _fields=('a','b')
show(lambda: N(1,c=3).__dict__)
show(lambda: ast.AST(1))
show(lambda: ast.parse("x").body[0].value.ctx is ast.parse("y").body[0].value.ctx)
for cls in ast.Module, ast.mod, ast.operator, ast.expr, ast.alias, ast.AnnAssign, ast.pattern:
    print(cls.__doc__, cls._fields, cls._attributes, getattr(cls, '_field_types', None))
