# An exception that is thrown into a generator or coroutine remembers the one that is being handled there.
class Waiting:
    def __await__(self): yield 1

async def inner(): await Waiting()
async def coroutine(wait):
    try:
        try: 1 / 0
        finally: await wait()
    except ValueError as e: print(repr(e.__context__))
def generator():
    try:
        try: 1 / 0
        finally: yield
    except ValueError as e: print(repr(e.__context__))
def throw(suspended):
    suspended.send(None)
    try:
        try: raise ValueError("raised before")
        except ValueError as e: suspended.throw(e)
    except StopIteration: pass
for suspended in generator(), coroutine(Waiting), coroutine(inner): throw(suspended)

def closed():
    try:
        try: 1 / 0
        finally: yield
    except GeneratorExit as e: print(repr(e.__context__))
g = closed(); next(g); g.close()
