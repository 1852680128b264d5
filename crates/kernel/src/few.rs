//! Lists that nearly always have one to four members: the parts of a bill, its tiers, its registers.

use smallvec::SmallVec;

/// Members lie in the list itself and not on the heap, unless there are more than `N`: pricing a million bills would
/// otherwise spend most of its time asking for memory.
pub type Few<T, const N: usize = 4> = SmallVec<[T; N]>;
