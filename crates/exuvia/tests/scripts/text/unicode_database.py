# The database of characters, for every 2003rd of them, in Unicode 16 and in 3.2.
import unicodedata
import zlib
characters = [chr(code) for code in range(0, 0x110000, 2003)] + [chr(code) for code in range(0x180)]
def checksum(values):
    return zlib.crc32(repr(values).encode('utf-8', 'surrogatepass'))
print(unicodedata.unidata_version, unicodedata.ucd_3_2_0.unidata_version)
for db in unicodedata, unicodedata.ucd_3_2_0:
    for name in 'category bidirectional combining mirrored east_asian_width decomposition'.split():
        print(name, checksum([getattr(db, name)(c) for c in characters]))
    for name in 'decimal digit numeric name'.split():
        print(name, checksum([getattr(db, name)(c, None) for c in characters]))
    for form in 'NFC NFD NFKC NFKD'.split():
        print(form, checksum([db.normalize(form, c) for c in characters]))
import random
generator = random.Random(5)
pool = [c for c in map(chr, range(0x300, 0x400)) if unicodedata.combining(c)] + list('aeouAEOU') * 4 + [chr(c) for c in range(0x1100, 0x11c3, 9)]
texts = [''.join(generator.choice(pool) for _ in range(generator.randrange(12))) for _ in range(100)]
for form in 'NFC NFD NFKC NFKD'.split():
    normal = [unicodedata.normalize(form, text) for text in texts]
    print(form, checksum(normal), sum(unicodedata.is_normalized(form, text) for text in texts))
named = [unicodedata.name(c) for c in characters if unicodedata.name(c, None)]
print(all(unicodedata.lookup(name.lower()) for name in named), len(named))
def show(function, *args):
    try: print(ascii(function(*args)))
    except (TypeError, ValueError, KeyError) as error: print(type(error).__name__, error)
show(unicodedata.lookup, 'foo'); show(unicodedata.lookup, b'SPACE'); show(unicodedata.lookup, 'latinsmalllettera')
show(unicodedata.lookup, 'NULL'); show(unicodedata.lookup, 'X' * 300); show(unicodedata.lookup, 1)
show(unicodedata.name, '\n'); show(unicodedata.name, '\n', 7); show(unicodedata.decimal, 'ab'); show(unicodedata.digit, 1)
show(unicodedata.category, 1); show(unicodedata.numeric, 'x'); show(unicodedata.numeric, '\u2155')
show(unicodedata.normalize, 'X', 'a'); show(unicodedata.normalize, 'X', ''); show(unicodedata.normalize, 'NFC', '\ud800')
show(unicodedata.UCD); print(b'xn--mnchen-3ya'.decode('idna'), 'm\xfcnchen.de'.encode('idna'))
