import sys
sys.setrecursionlimit(120)
def f(n):
    return f(n + 1)
def a(): b()
def b(): a()
for function in (lambda: f(0), a):
    try:
        function()
    except RecursionError as e:
        print(e)
f(0)
