import _operator as o, operator

item, attr, method = o.itemgetter, o.attrgetter, o.methodcaller


class Any:
    def __getitem__(self, key):
        return key

    def __add__(self, other):
        return "add"


for call in [
    lambda: item(), lambda: item(1), lambda: item(1, "a"), lambda: item(1)([1, 2]), lambda: item(1, 0)((1, 2)),
    lambda: item(5)((1,)), lambda: item(-1)((1, 2)), lambda: item(1)(), lambda: item(1)(1, 2), lambda: item(1)(x=1),
    lambda: item(x=1), lambda: item(1).__reduce__(), lambda: item(1, 2).__reduce__(), lambda: item(slice(1, 2))(Any()),
    lambda: attr(), lambda: attr(1), lambda: attr("a.b", "c"), lambda: attr("real")(5), lambda: attr("real", "imag")(5),
    lambda: attr("real.imag.real")(5), lambda: attr("x")(1), lambda: attr("real")(1, 2), lambda: attr("a")(x=1),
    lambda: attr("a", "b.c").__reduce__(), lambda: attr("a..b")(5), lambda: attr("real..imag")(5),
    lambda: method(), lambda: method(1), lambda: method("a", 1, x=2), lambda: method("upper")("a"),
    lambda: method("split", ",", maxsplit=1)("a,b,c"), lambda: method("x")(1), lambda: method("x")(1, 2),
    lambda: method("x")(x=1), lambda: method("a", 1).__reduce__(), lambda: method("a", 1, x=2).__reduce__(),
    lambda: item(1) == item(1), lambda: item.__module__, lambda: item(1).__text_signature__,
    lambda: o.indexOf([1, 2], 2), lambda: o.indexOf([1, 2], 3), lambda: o.indexOf(1, 3), lambda: o.countOf([1, 2, 2], 2),
    lambda: o.countOf(1, 2), lambda: o.length_hint([1]), lambda: o.length_hint(1), lambda: o.length_hint(1, 2),
    lambda: o.length_hint(1, "a"), lambda: o.length_hint(iter([1, 2])), lambda: o.concat([1], [2]), lambda: o.concat(1, 2),
    lambda: o.concat([1], 2), lambda: o.iconcat(1, 2), lambda: o.iconcat([1], (2,)), lambda: o.concat((1,), [2]),
    lambda: o.concat(Any(), Any()), lambda: o.concat(Any(), 1), lambda: o.concat("a", "b"),
    lambda: o._compare_digest("a", "a"), lambda: o._compare_digest("a", "b"), lambda: o._compare_digest("é", "a"),
    lambda: o._compare_digest(b"a", bytearray(b"a")), lambda: o._compare_digest(b"ab", b"a"),
    lambda: o._compare_digest(1, 2), lambda: o._compare_digest("a", b"a"),
    lambda: o.call(max, 1, 2, key=lambda x: -x), lambda: o.call(), lambda: o.index("a"), lambda: o.index(True),
    lambda: o.not_(0), lambda: o.truth([]), lambda: o.is_(1, 1), lambda: o.is_not(1, 1), lambda: o.is_none(None),
    lambda: o.is_not_none(None), lambda: o.setitem([1], 0, 2), lambda: o.delitem([1], 5), lambda: o.getitem([1], 0),
    lambda: o.contains([1], 1), lambda: o.pow(2, 3), lambda: o.ipow(2, 3), lambda: o.inv(1), lambda: o.matmul(1, 2),
    lambda: o.imatmul(1, 2), lambda: o.iadd(1, "a"), lambda: o.iadd([1], "a"), lambda: o.lt(1, "a"), lambda: o.mod("%d", 3),
    lambda: o.and_(6, 3), lambda: o.or_(6, 3), lambda: o.xor(6, 3), lambda: o.lshift(1, 4), lambda: o.rshift(16, 2),
    lambda: o.floordiv(7, 2), lambda: o.truediv(7, 2), lambda: o.neg(1), lambda: o.pos(-1), lambda: o.abs(-1),
    lambda: o.eq(1, 1.0), lambda: o.ne(1, 2), lambda: o.ge(1, 2), lambda: o.gt(1, 2), lambda: o.le(1, 2),
]:
    attempt(call)
show(operator.itemgetter is item, operator.__add__ is not None)
