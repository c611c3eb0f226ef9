import warnings; warnings.simplefilter("ignore")
import types
def drive(aw, how='send', *a):
    try: return ('y', getattr(aw, how)(*(a or (None,))))
    except BaseException as e: return (type(e).__name__, str(e))
async def agen():
    yield 1
    yield 2
def done():
    g=agen(); print(drive(g.asend(None)), drive(g.aclose())); return g
g=done(); print('athrow done', drive(g.athrow(ValueError)))
g=done(); print('aclose done', drive(g.aclose()))
g=done(); print('asend done', drive(g.asend(None)))
g=agen()
for i in range(3): print(drive(g.asend(None)))
print('fin athrow', drive(g.athrow(ValueError)), drive(g.aclose()))
g=agen(); print('athrow nonnone', drive(g.athrow(ValueError),'send',5))
g=agen(); print('new athrow', drive(g.athrow(ValueError)), drive(g.asend(None)))
g=agen(); a=g.asend(None); print(drive(a,'close') if 0 else a.close()); print(drive(g.asend(None)))
g=agen(); a=g.athrow(None); print(drive(a))
g=agen(); a=g.asend(None); print(drive(a,'throw',ValueError('x'))); print(drive(a)); print(drive(a,'throw',ValueError)); print(a.close())
@types.coroutine
def sw(): yield 'loop'
async def ag2():
    try:
        await sw()
        yield 1
    except BaseException as e:
        yield repr(e)
g=ag2(); a=g.asend(None); print(drive(a)); print(drive(g.asend(None)), drive(g.athrow(ValueError)), drive(g.aclose()), drive(g.asend(None),'throw',ValueError), drive(g.athrow(ValueError),'throw',ValueError))
print(drive(a,'throw',KeyError('k'))); print(drive(a))
print(type(g.asend(None)), type(g.athrow(ValueError)), type(g.aclose()))
# Three arguments are deprecated; an awaitable that nobody awaits says so.

def plain():
    yield 42
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter('always')
    print(drive(plain(), 'throw', TypeError, TypeError(24), None))
    agen().athrow(GeneratorExit, GeneratorExit(), None)
    agen().asend(None)
    agen().aclose()
    agen().athrow(KeyError)
    for warning in caught:
        print(warning.category.__name__, warning.message)
