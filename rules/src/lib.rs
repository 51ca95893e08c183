//! The rule language: checks containers, compiles releases, decides what fires.
