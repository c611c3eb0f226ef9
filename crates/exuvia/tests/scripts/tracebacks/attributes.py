from _report import fails, thing, nothing


@fails
def an_attribute():
    thing.absent


@fails
def a_chain():
    return thing.inner.inner.absent.inner


@fails
def twice_the_same_name():
    return nothing.self.self + thing.self.self.absent.self


@fails
def over_lines():
    return (
        thing
        .inner
        .method(1,
                2)
        .absent
        .method()
    )


@fails
def a_method_over_lines():
    return (thing.inner
            .method()
            .nothing(1,
                     2))


@fails
def a_method_that_fails():
    return (thing.inner
            .method()
            .inner.numbers.index("nowhere")
            )


@fails
def a_store():
    nothing.inner = thing.inner.inner


@fails
def a_second_store():
    thing.one = nothing.two = thing.inner


@fails
def an_augmented_store():
    thing.inner.absent += 1


@fails
def an_augmented_value():
    thing.numbers += nothing.absent


@fails
def a_deletion():
    del thing.inner.absent, thing


@fails
def a_deletion_in_parentheses():
    del (thing.one, thing.absent)


@fails
def an_operand():
    return thing.inner.numbers + nothing.numbers * 3


@fails
def of_a_subscript():
    return thing.numbers[0].absent


@fails
def of_a_call():
    return thing.method(thing.inner).absent(thing.inner)


@fails
def of_super():
    class Child(type(thing)):
        def method(self):
            return (super()
                    .absent)
    Child().method()


@fails
def called_on_super():
    class Child(type(thing)):
        def method(self):
            return super().absent(1, 2)
    Child().method()


@fails
def not_ascii():
    größe = thing; return größe.überhaupt.größe


@fails
def suggested():
    thing.nunbers


@fails
def in_an_f_string():
    return f"{thing.inner!r:>{nothing.width}} {thing}"


@fails
def in_a_lambda():
    return (lambda what: what.inner.absent)(thing)


@fails
def of_a_lambda():
    return (lambda what: what.absent).absent


@fails
def in_a_condition():
    return 1 if thing.inner and nothing.absent else 2


@fails
def in_a_boolean_operation():
    return thing.inner and thing.numbers and nothing.absent or thing
