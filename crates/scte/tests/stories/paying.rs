//! Money that does not come as planned
