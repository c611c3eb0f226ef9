# What template strings keep of the text of their expressions.
name, value = "n", 3

for template in (
    t"{name=}",
    t"{name = }",
    t"a {value=:d} b",
    t"  {name=!s:>{value}} ",
    t"{ name }",
    t"{name !r}",
    t"{(name)}{(name) = }",
    t"{name=}" t" {value = }",
    t"{t"{name=}"=}",
    t"{{}}{name=}",
    rt"\d{name=}",
    t"{
        value
    }",
):
    fields = [(f.expression, f.conversion, f.format_spec) for f in template.interpolations]
    print(template.strings, fields)
