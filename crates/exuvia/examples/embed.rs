//! Embedding: values and functions go both ways, exceptions are values, output is caught.
//!
//! Run it with `cargo run -p exuvia --example embed`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use exuvia::{Error, Exception, Object, Runtime, Settings};
use std::collections::BTreeMap;

const RULES: &str = "
def price(item, quantity):
    unit = stock_price(item)          # a Rust function
    return round(unit * quantity * (0.9 if quantity >= 10 else 1.0), 2)
";

fn main() -> Result<(), Error> {
    let mut runtime = Runtime::new(Settings::default())?;
    let stock = BTreeMap::from([("bolt", 0.25), ("gear", 12.5)]);
    runtime.register("stock_price", move |item: String| {
        stock
            .get(item.as_str())
            .copied()
            .ok_or_else(|| Error::from(Exception::new("KeyError", format!("no such item: {item}"))))
    })?;
    runtime.run(RULES, "rules.py")?;
    println!(
        "20 gears cost {}",
        runtime.call::<f64>("price", ("gear", 20))?
    );

    match runtime.call::<f64>("price", ("lever", 1)) {
        Err(Error::Exception(exception)) => println!(
            "{} at line {}: {}",
            exception.type_name,
            exception.traceback.last().map_or(0, |entry| entry.line),
            exception.message
        ),
        other => println!("unexpected: {other:?}"),
    }

    let (ended, output) =
        runtime.capture(|runtime| runtime.run("print('said in Python')", "talk.py"))?;
    ended?;
    println!("captured: {:?}", output.stdout);

    let total: f64 = runtime.with(|scope| {
        let basket: Object = scope.eval("{'bolt': 4, 'gear': 1}")?;
        let items: Vec<(String, i64)> = scope.call_method(&basket, "items", ())?;
        let price: Object = scope.get("price")?;
        let mut total = 0.0;
        for item in items {
            total += scope.call::<f64>(&price, item)?;
        }
        Ok(total)
    })?;
    println!("the basket costs {total}");
    Ok(())
}
