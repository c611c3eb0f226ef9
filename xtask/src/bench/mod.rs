//! Benchmarks: what is common to those of the crates ([`core`]) and those of whole programs ([`programs`]).

pub mod core;
pub mod programs;
mod report;

use crate::command::{self, output};
use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Command;

/// What was asked for.
pub struct Options {
    /// A CPython 3.14.
    pub python: Option<String>,
    /// How many times everything is measured.
    pub rounds: usize,
    /// Only rows whose name contains this are measured, and nothing is written.
    pub only: Option<String>,
}

impl Options {
    /// Reads the arguments behind the name of the task.
    ///
    /// # Errors
    /// Something that is no option.
    pub fn parse(arguments: &[&str]) -> Result<Self, String> {
        let mut options = Self {
            python: std::env::var("PYTHON").ok(),
            rounds: 5,
            only: None,
        };
        let mut rest = arguments;
        while let [name, value, behind @ ..] = rest {
            match *name {
                "--python" => options.python = Some((*value).to_owned()),
                "--rounds" => {
                    options.rounds = value
                        .parse()
                        .map_err(|_| format!("{value}: not a number"))?;
                }
                "--only" => options.only = Some((*value).to_owned()),
                _ => return Err(format!("{name}: no such option")),
            }
            rest = behind;
        }
        match rest {
            [] => Ok(options),
            [name, ..] => Err(format!("{name}: no such option, or its value is missing")),
        }
    }

    /// Whether a row is to be measured.
    fn wants(&self, row: &str) -> bool {
        self.only
            .as_ref()
            .is_none_or(|only| row.contains(only.as_str()))
    }
}

/// Measurements by row and subject, one for each round.
#[derive(Default)]
pub struct Measurements(HashMap<(String, String), Vec<f64>>);

impl Measurements {
    /// Adds what one round measured.
    fn add(&mut self, row: &str, subject: &str, measurement: f64) {
        let key = (row.to_owned(), subject.to_owned());
        self.0.entry(key).or_default().push(measurement);
    }

    /// The median over the rounds, if there is any measurement.
    fn median(&self, row: &str, subject: &str) -> Option<f64> {
        let mut measurements = self.0.get(&(row.to_owned(), subject.to_owned()))?.clone();
        measurements.sort_by(f64::total_cmp);
        measurements.get(measurements.len() / 2).copied()
    }
}

/// A program of `benches/`.
fn program(name: &str) -> PathBuf {
    command::root().join("benches/target/release").join(name)
}

/// Prepares the machine for a measurement: see `benches/measure`.
///
/// In a process of its own, so that nothing of it is counted.
fn settle() -> Result<(), String> {
    output(Command::new(program("bench-measure")).arg("--settle")).map(drop)
}
