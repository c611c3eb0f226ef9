//! Translation and verification as a whole.
