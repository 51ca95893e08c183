//! Binding to libchdb.so, loaded at run time.
