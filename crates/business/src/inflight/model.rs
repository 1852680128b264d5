use kernel::Timestamp;
use kernel::id::Uuid;

/// An open item that somebody is collecting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InFlight {
    pub receivable: Uuid,
    /// Who collects: the code of a bank.
    pub collector: String,
    /// The collector's number of this collection.
    pub reference: String,
    pub since: Timestamp,
}
