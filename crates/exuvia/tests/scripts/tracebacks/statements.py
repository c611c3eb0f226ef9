from _report import fails, thing, nothing


class Context:
    def __init__(self, enter=None, leave=None):
        self.enter, self.leave = enter, leave

    def __enter__(self):
        if self.enter:
            raise self.enter
        return self

    def __exit__(self, *args):
        if self.leave:
            raise self.leave


@fails
def no_context():
    with thing.inner as inner:
        pass


@fails
def entering():
    with Context(ValueError("entering")) as context:
        pass


@fails
def entering_the_second():
    with Context() as first, Context(
        ValueError("entering")
    ) as second, Context() as third:
        pass


@fails
def leaving():
    with Context() as first, Context(leave=ValueError("leaving")) as second:
        first.enter


@fails
def leaving_by_return():
    with Context() as first:
        with Context(leave=ValueError("leaving")) as second:
            return thing.numbers.index(1)


@fails
def leaving_by_an_exception():
    with Context() as first, Context(leave=ValueError("leaving")) as second:
        first.absent


@fails
def leaving_a_loop():
    for number in thing.numbers:
        with Context(leave=ValueError("leaving")):
            if number:
                continue
            print(number)


@fails
def target_of_with():
    with Context() as nothing.absent:
        pass


@fails
def targets_of_with():
    with Context() as (first, second):
        pass


@fails
def loop():
    for number in thing.inner:
        pass


@fails
def loop_over_a_call():
    for number in thing.method(
        1
    ):
        pass


@fails
def loop_target():
    for first, second in thing.numbers:
        pass


@fails
def loop_attribute():
    for nothing.first in thing.numbers:
        pass


@fails
def loop_that_fails_later():
    def numbers():
        yield 1
        raise ValueError("no more")
    for number in numbers():
        number.real


@fails
def unpacking():
    first, second = thing.numbers


@fails
def unpacking_with_a_star():
    first, *rest, second, third, last = thing.numbers


@fails
def unpacking_inside():
    first, (second, third), fourth = thing.numbers


@fails
def unpacking_nothing():
    first, second = third = nothing


@fails
def unpacking_to_attributes():
    thing.first, nothing.second, thing.third = thing.numbers


@fails
def asserting():
    assert thing.numbers == 1


@fails
def asserting_with_a_message():
    assert not thing.numbers, "message of " + str(thing.numbers)


@fails
def asserting_with_a_message_that_fails():
    assert nothing, thing.absent


@fails
def asserting_over_lines():
    assert (
        thing.numbers
        and nothing
    ), "message"


@fails
def raising():
    raise ValueError(thing.numbers)


@fails
def raising_from():
    try:
        thing.absent
    except AttributeError as error:
        raise ValueError("from") from error


@fails
def raising_from_something_else():
    raise ValueError from thing.inner


@fails
def raising_something_else():
    raise thing.inner


@fails
def raising_nothing():
    raise


@fails
def handling():
    try:
        thing.absent
    except thing.inner:
        pass


@fails
def failing_while_handling():
    try:
        thing.absent
    except (nothing.absent, ValueError):
        pass


@fails
def handling_groups():
    try:
        raise ExceptionGroup("group", [ValueError(1)])
    except* thing.inner:
        pass


@fails
def in_finally():
    try:
        thing.inner
    finally:
        thing.inner.absent.inner


@fails
def in_finally_again():
    for number in thing.numbers:
        try:
            thing.inner
        finally:
            if number > 1:
                thing.inner.inner.absent
            [nothing for _ in thing.numbers]


@fails
def leaving_through_finally():
    try:
        return thing.inner
    finally:
        thing.inner.inner.absent


@fails
def importing():
    import absent_module.inner as inner


@fails
def importing_from():
    from sys import path, absent_name


@fails
def importing_a_part():
    import os, os.absent_part as part


@fails
def importing_what_is_absent():
    from absent_module import (
        one,
        two,
    )


@fails
def deleting():
    del absent


@fails
def deleting_a_second():
    first = 1
    del first, first


@fails
def matching():
    match thing.numbers:
        case [thing.numbers.absent, *_]:
            pass


@fails
def matching_classes():
    match thing.inner:
        case None | thing():
            pass


@fails
def matching_too_much():
    match 1:
        case int(1, 2):
            pass


@fails
def matching_a_guard():
    match thing.inner:
        case inner if inner.numbers.absent:
            pass


@fails
def matching_a_value():
    class Unequal:
        def __eq__(self, other):
            raise ValueError("not equal")
    thing.unequal = Unequal()
    match thing.inner:
        case {"key": thing.unequal} | [thing.unequal]:
            pass
        case thing.unequal:
            pass


@fails
def over_two_statements():
    first = thing.inner; second = first.absent; third = second


exec("thing.inner.absent")
