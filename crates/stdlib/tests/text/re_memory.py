# Long and evil input: bounded stack, no recursion, memory given back.
import gc
import re
import _sre

text = 'ab' * 100_000
print(re.fullmatch('(?:a|b)*', text).span())
print(re.fullmatch('(a|b)*', text).span(1))
print(re.fullmatch('(?:(?:a|b)+?)*', text).end())
print(re.fullmatch('(?:ab)*+', text).end())
print(re.match('(' * 100 + 'a' + ')' * 100, 'a').lastindex)
print(re.match('(?=(a+))' * 50 + 'b', 'a' * 1000))
print(re.match('(?:(?:)*)*x', 'x').span(), re.match('(?:){5000}x', 'x').span())

for code, groups in [
    ([], 0), ([16], 0), ([17, 0, 1], 0), ([13, 900, 0, 1], 0), ([18, 1], 0), ([15, 1, 1], 0),
    ([7, 3, 2, 2, 0, 1], 0), ([14, 1, 0, 0, 0, 1], 0), ([12, 0, 2, 1], 1), ([4294967295], 0),
    ([23, 4, 0, 1, 2, 1], 0), ([12, 0, 5, 2, 15, 900, 2, 1], 1),
]:
    try:
        _sre.compile(None, 0, code, groups, {}, ())
    except RuntimeError as error:
        print(error)

import weakref
pattern = re.compile('weak(ly)')
reference = weakref.ref(pattern)
re.purge()
del pattern
gc.collect()
print(reference())

data = bytearray(b'abc')
found = re.search(b'b', data)
data[1:2] = b'X'
print(found.group(), found.span())
scanner = re.compile(b'.').finditer(data)
next(scanner)
try:
    data.append(1)
except BufferError as error:
    print(error)
