//! What the numeric types share: their common hash, the text of numbers, arguments of their constructors, and
//! asking for room before a computation that cannot fail halfway.

pub mod arguments;
pub mod hash;
pub mod room;
pub mod text;
