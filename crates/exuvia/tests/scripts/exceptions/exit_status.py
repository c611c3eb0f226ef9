import sys
class Noisy:
    def __del__(self): print("deleted at exit")
n = Noisy()
try:
    sys.exit(3)
finally:
    print("finally")
