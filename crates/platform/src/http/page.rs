//! Lists, a page at a time.

use kernel::Refusal;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::Result;

const LARGEST: u32 = 200;
const USUAL: u32 = 50;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// `next` of the page before; absent for the first.
    pub after: Option<String>,
    /// 1 to 200 items.
    #[param(example = 50, minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

impl PageQuery {
    pub fn limit(&self) -> Result<u32> {
        limit(self.limit)
    }
}

/// How much of a list that is shown from its newest end.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct NewestQuery {
    /// 1 to 200 of the newest.
    #[param(example = 50, minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

impl NewestQuery {
    pub fn limit(&self) -> Result<u32> {
        limit(self.limit)
    }
}

pub fn limit(wished: Option<u32>) -> Result<u32> {
    let limit = wished.unwrap_or(USUAL);
    if (1..=LARGEST).contains(&limit) {
        return Ok(limit);
    }
    Err(Refusal::invalid("page.limit", format!("每页 1 至 {LARGEST} 条"), format!("a page has 1 to {LARGEST} items"))
        .at("limit")
        .into())
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Where the next page begins; null on the last. A page after a full one may be empty.
    pub next: Option<String>,
}

impl<T> Page<T> {
    pub fn of(items: Vec<T>, limit: u32, cursor: impl Fn(&T) -> String) -> Page<T> {
        let full = items.len() >= limit as usize;
        let next = items.last().filter(|_| full).map(cursor);
        Page { items, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_full_page_has_a_next_one() {
        assert_eq!(Page::of(vec![1, 2], 2, i32::to_string).next.as_deref(), Some("2"));
        assert_eq!(Page::of(vec![1, 2], 3, i32::to_string).next, None);
        assert_eq!(Page::of(Vec::new(), 3, i32::to_string).next, None);
    }

    #[test]
    fn a_page_of_nothing_or_of_everything_is_refused() {
        assert_eq!(limit(None).expect("the usual"), USUAL);
        assert!(limit(Some(0)).is_err());
        assert!(limit(Some(LARGEST + 1)).is_err());
    }
}
