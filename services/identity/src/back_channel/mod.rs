//! Back-channel logout: a sign-in ended, and every client that signed somebody in by it is told
//! within seconds. Read in this order.

pub(crate) mod consumers;
pub(crate) mod remote;
