//! The rules of copying, against a model.
