//! Typed ids. They are UUIDv7, made by the context of an act from its clock and its seed; people
//! see separate human numbers.

pub use uuid::Uuid;

/// A set of ids that cannot be mistaken for each other.
#[macro_export]
macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name($crate::id::Uuid);

        impl $name {
            pub const fn uuid(self) -> $crate::id::Uuid {
                self.0
            }
        }
        impl From<$crate::id::Uuid> for $name {
            fn from(id: $crate::id::Uuid) -> Self {
                Self(id)
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}
pub use crate::ids;

/// A UUIDv7 of an instant in milliseconds since 1970 and ten bytes to tell it from others.
pub fn v7(millis: u64, bytes: &[u8; 10]) -> Uuid {
    uuid::Builder::from_unix_timestamp_millis(millis, bytes).into_uuid()
}
