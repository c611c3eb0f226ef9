from _report import fails, thing, nothing


def refuse(*args, **kwargs):
    raise ValueError(len(args), sorted(kwargs))


def one(first):
    return first


@fails
def a_call():
    one(refuse(1, 2))


@fails
def too_many_arguments():
    one(1, 2)


@fails
def no_function():
    nothing(1, 2)


@fails
def no_function_over_lines():
    thing.numbers(
        1,
        2,
    )


@fails
def named_arguments():
    return one(first=refuse(1, second=2, third=3))


@fails
def star_arguments():
    return refuse(*thing.numbers, *"ab", 1, key=thing.inner, **{"other": 2})


@fails
def star_of_no_iterable():
    return refuse(1, *nothing, 2)


@fails
def only_a_star_of_no_iterable():
    return refuse(*nothing)


@fails
def stars_of_no_mapping():
    return refuse(1, **nothing.__class__)


@fails
def a_key_twice():
    return refuse(key=1, **{"key": 2})


@fails
def a_method():
    return thing.method().method(refuse(thing.inner))


@fails
def a_generator_as_argument():
    return sum(value.absent for value in thing.numbers)


@fails
def a_generator_over_nothing():
    return thing.method(value for value in nothing)


@fails
def any_of_a_generator():
    return any(value.absent for value in thing.numbers)


@fails
def a_decorator():
    @refuse
    @one
    def decorated():
        pass


@fails
def a_decorator_with_arguments():
    @one
    @thing.absent(1)
    def decorated():
        pass


@fails
def a_decorator_of_a_class():
    @one
    @refuse
    class Decorated:
        pass


@fails
def a_class():
    class Meta(type):
        def __new__(meta, name, bases, namespace, **options):
            raise TypeError(options)

    class Made(object, metaclass=Meta, option=thing.inner.numbers):
        first = 1
        second = 2


@fails
def a_class_without_arguments():
    class Owner:
        class Descriptor:
            def __set_name__(self, owner, name):
                refuse(name)

        field = Descriptor()


@fails
def a_base_that_fails():
    class Derived(thing.inner.Absent, metaclass=type):
        pass


@fails
def a_class_body():
    class Body:
        first = 1
        second = first.absent


@fails
def defaults():
    def function(first, second=thing.absent, *, third=nothing.absent):
        pass


@fails
def named_defaults():
    return lambda first, *, second=thing.absent: None


@fails
def annotations():
    def function(first: thing.inner, second: nothing.absent = 1) -> thing:
        pass
    function.__annotations__


@fails
def a_walrus():
    return (value := refuse(thing), value)


@fails
def a_generic_function():
    @refuse
    def function[T: (int, str)](first: T = 1) -> T:
        pass


@fails
def a_generic_class():
    class Generic[T](int, metaclass=refuse):
        pass


@fails
def a_lazy_bound():
    class Generic[T: thing.absent]:
        pass
    Generic.__type_params__[0].__bound__


@fails
def an_alias():
    type Alias = thing.absent
    Alias.__value__
