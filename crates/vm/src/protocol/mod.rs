//! What can be done with any object: the abstract operations of the language reference.

pub mod attribute;
pub mod call;
pub mod compare;
pub mod item;
pub mod iter;
pub mod number;
pub mod object;
pub mod stack;
