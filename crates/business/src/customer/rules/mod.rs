//! What the customer page works out from what is on record. Pure.

pub mod curve;

pub mod facts;
