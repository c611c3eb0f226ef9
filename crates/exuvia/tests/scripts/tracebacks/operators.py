from _report import fails, thing, nothing


class Grumpy:
    def __bool__(self):
        raise ValueError("no truth")

    def __contains__(self, item):
        raise ValueError("nothing inside")

    __hash__ = None


grumpy = Grumpy()


@fails
def addition():
    return 1 + thing.numbers + 2


@fails
def addition_over_lines():
    return (thing.numbers
            + nothing
            + 3)


@fails
def division():
    count = 0
    return len(thing.numbers) / count // 2


@fails
def a_sign():
    return 1 + -thing.numbers


@fails
def subscript():
    return thing.numbers[0][1][2]


@fails
def subscript_over_lines():
    return thing.numbers[
        0
    ]["key"]


@fails
def slice():
    return thing.numbers[1:"x"] + thing.numbers[:"y"]


@fails
def subscript_store():
    thing.inner["key"] = thing.numbers[0]


@fails
def second_subscript_store():
    thing.numbers[0] = thing.inner[0] = thing.numbers[1]


@fails
def slice_store():
    thing.numbers[1:2] = nothing


@fails
def subscript_deletion():
    del thing.numbers[0], thing.numbers[7]


@fails
def augmented():
    number = 1
    number += thing.numbers


@fails
def augmented_subscript():
    thing.numbers["key"] += 1


@fails
def augmented_slice():
    thing.numbers[1:2] += 1


@fails
def augmented_name():
    absent += thing


@fails
def comparison():
    return 1 < thing.numbers


@fails
def chained_comparison():
    return 1 < 2 < thing.numbers < 3


@fails
def membership():
    return 1 in thing.numbers or 1 in nothing


@fails
def negated_membership():
    return 1 not in grumpy


@fails
def truth_of_a_condition():
    if thing.inner and grumpy:
        pass


@fails
def truth_of_a_loop():
    while not grumpy:
        pass


@fails
def truth_of_an_operation():
    return thing.inner and grumpy and 1


@fails
def truth_of_an_inner_operation():
    return (thing.inner and grumpy) or 1


@fails
def truth_of_a_negation():
    return not grumpy


@fails
def truth_of_a_choice():
    return 1 if grumpy else 2


@fails
def truth_of_a_filter():
    return [1 for number in thing.numbers if grumpy]


@fails
def set_display():
    return {1, thing.numbers, 2}


@fails
def set_display_with_stars():
    return {1, *thing.numbers, grumpy}


@fails
def dict_display():
    return {1: 2, thing.numbers: 3}


@fails
def dict_display_with_stars():
    return {1: 2, **nothing, 3: 4}


@fails
def list_display_with_stars():
    return [1, *thing.numbers, *nothing]


@fails
def tuple_display_with_stars():
    return 1, *nothing, *thing.numbers


@fails
def a_name():
    return 1 + absent_name + thing


@fails
def a_name_at_the_wrong_time():
    print(later)
    later = 1


@fails
def a_global_name():
    global absent_global
    return absent_global


@fails
def a_free_name():
    def inner():
        nonlocal free
        return free
    del_me = inner
    if nothing:
        free = 1
    return del_me()


@fails
def a_suggested_name():
    return thimg.numbers


@fails
def percent_format():
    return "%s and %s" % (thing.numbers, nothing.absent)


@fails
def format_of_a_field():
    return f"first {thing.numbers:x} last"


@fails
def format_of_a_percent():
    class Unprintable:
        def __repr__(self):
            raise ValueError("no text")
    unprintable = Unprintable()
    return "%s %r" % (1, unprintable)


@fails
def text_of_a_field():
    class Unprintable:
        def __repr__(self):
            raise ValueError("no text")
    unprintable = Unprintable()
    return (f"{thing.numbers} "
            f"{unprintable!r:>{3 + 4}}")
