import copy
import copyreg
import re

def show(value):
    if isinstance(value, re.Match):
        value = (value.span(), value.groups(), value.lastindex)
    print(value)

for pattern, string in [
    (r'\b', ''), (r'\B', ''), (r'\Bb', 'ab'), (r'a\b', 'a'), (r'^$', ''), (r'a$', 'a\n'), (r'(?m)^b$', 'a\nb\nc'),
    (r'a\Z', 'a\n'), (r'\Aa', 'ba'), (r'.', '\n'), (r'(?s).', '\n'), (r'(a)|b', 'b'), (r'((a)|b)*', 'aba'),
    (r'(?:(a)|(b))*', 'ab'), (r'(a(?:b)?)+', 'abaab'), (r'(?i)k', '\u212a'), (r'(?i)[k-l]+', '\u212aL'),
    (r'(?ia)k', '\u212a'), (r'\w+', 'aé_1٣'), (r'(?a)\w+', 'aé'), (r'\s+', '\u2003 \x1f'), (r'[^a-c]+', 'abcdxyz'),
    (r'(?<!a)b', 'abcb'), (r'(?<=ab)c', 'abc'), (r'(?=(ab))\1', 'abab'), (r'(?!(a))b', 'b'),
    (r'(?P<n>a)(?P=n)', 'aa'), (r'(a*?)*?b', 'aab'), (r'(?:a{2,3}?){2}', 'aaaaaa'), (r'[\u0400-\u04ff\U0001f600]+', 'xж😀'),
    (r'(?i:a)b', 'Ab'), (r'(?-i:a)', 'A'), (r'(?>a|ab)c', 'abc'), (r'(?:a|ab)++c', 'abac'), (r'a{0}', 'a'),
    (r'x*', 'axb'), (r'(?:x|y|z)?q', 'zq'), (r'[]a]+', 'a]'), (r'\x41\u0041', 'AA'),
]:
    try:
        show(re.search(pattern, string))
    except (re.error, ImportError) as error:
        print(type(error).__name__)

print(re.split(r'\b', 'a bc'), re.split('(x)?', 'axb'), re.split('x', 'axbxc', maxsplit=1))
print(re.sub('', '-', 'abc'), re.sub('x*', '-', 'abxd'), re.sub(r'(?P<a>.)', r'\g<a>\g<1>\n', 'z'))
print(re.findall('(a)(b)?', 'abа a'), re.findall(b'.', memoryview(b'ab')), re.subn(b'a', rb'\\', b'aa'))
print(re.compile('a').sub('b', 'aaa', 2), re.compile('a').sub(lambda m: None or 'q', 'ba'))
pattern = re.compile('b')
print(pattern.search('abc', 2), pattern.search('abc', 0, 1), pattern.match('abc', 1), pattern.fullmatch('abc', 1, 2))
print(pattern.search('abc', -5, 99).span(), [m.start() for m in pattern.finditer('bab', 1)])
scanner = re.compile('a|(b)').scanner('abx')
print(scanner.match(), scanner.match(), scanner.match(), scanner.match())
print(copy.copy(pattern) is pattern, copy.deepcopy(pattern) is pattern, pattern == re.compile('b'), pattern != re.compile('c'))
print(hash(pattern) == hash(re.compile('b')), re.compile('b', re.I) == pattern, pattern.__eq__(1))
make, arguments = copyreg.dispatch_table[re.Pattern](re.compile("(?P<k>x)", re.M))
print(make(*arguments))
print(re.compile('(?P<k>x)(y)').groupindex, re.compile('(?i)' + 'x' * 300, re.A | re.S))
print(re.Pattern[str], re.Match[bytes])
for action in [
    lambda: re.match('(a)', 'a').group(2), lambda: re.match('a', 'a').group('n'), lambda: re.sub('a', r'\2', 'a'),
    lambda: re.sub('a', 3, 'a'), lambda: re.sub('a', lambda m: 3, 'ba'), lambda: re.sub(b'a', 'b', b'a'),
    lambda: pattern.search('a', 'x'), lambda: pattern.search(), lambda: re.compile(b'a').search('a'),
    lambda: pattern < pattern, lambda: re.Pattern(), lambda: re.compile('(?<=a*)b'),
]:
    try:
        print(action())
    except Exception as error:
        print(type(error).__name__, error)
L = re.LOCALE | re.IGNORECASE
print(re.fullmatch(rb'[^bc]', b'B', L), re.fullmatch(rb'[bc]', b'B', L).span(), re.fullmatch(rb'[^bc]', b'A', L).span())
try:
    re.search(b'a', memoryview(b'abcd')[::2])
except TypeError as error:
    print(error)
