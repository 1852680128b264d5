//! The pages that the program carries: built ones where there are some, else the one that says so.

use crate::hall::{Answer, Hall};

const SCRIPTS: &str = "script-src 'self';";

async fn get(hall: &Hall, path: &str) -> Answer {
    hall.ask("GET", path).header("accept-language", "en").send().await
}

/// The address of the first file that the document names.
fn first_asset(document: &str) -> String {
    let begin = document.find("/assets/").expect("a file");
    document[begin..].split('"').next().expect("an address").to_owned()
}

#[tokio::test]
async fn every_address_of_a_page_gives_the_document_and_no_cache_keeps_it() {
    let hall = Hall::open().await;
    let index = get(&hall, "/").await;
    for path in ["/", "/bills/20160800000001", "/people/wang.li", "/no/such/page", "/apiary"] {
        let page = get(&hall, path).await;
        assert_eq!(page.status, 200, "{path}");
        assert_eq!(page.header("content-type"), Some("text/html"), "{path}");
        assert_eq!(page.header("cache-control"), Some("no-cache"), "{path}");
        assert_eq!(page.text, index.text, "{path}");
        let policy = page.header("content-security-policy").expect("a policy");
        assert!(policy.contains(SCRIPTS) && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    }
}

#[tokio::test]
async fn a_file_named_by_its_content_is_kept_for_ever() {
    let hall = Hall::open().await;
    let asset = first_asset(&get(&hall, "/").await.text);
    let file = get(&hall, &asset).await;
    assert_eq!(file.status, 200);
    assert_eq!(file.header("cache-control"), Some("max-age=31536000, immutable"));
    let tag = file.header("etag").expect("a tag").to_owned();
    let again = hall.ask("GET", &asset).header("if-none-match", &tag).send().await;
    assert_eq!(again.status, 304);
}

#[tokio::test]
async fn a_slip_in_an_address_of_the_api_is_no_page() {
    let hall = Hall::open().await;
    for path in ["/api/unknown", "/api", "/api/", "/assets/gone-0000.js", "/metrics/more", "/healthz/x"] {
        let answer = get(&hall, path).await;
        assert_eq!(answer.problem(404), "route.unknown", "{path}");
        assert_eq!(answer.header("content-security-policy"), Some("default-src 'none'"), "{path}");
    }
}

#[tokio::test]
async fn the_api_keeps_its_strict_policy_and_is_not_cached() {
    let hall = Hall::open().await;
    let answer = get(&hall, "/api/openapi.json").await;
    assert_eq!(answer.header("content-security-policy"), Some("default-src 'none'"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn only_looking_gives_a_page() {
    let hall = Hall::open().await;
    let head = hall.ask("HEAD", "/bills").send().await;
    assert_eq!((head.status.as_u16(), head.text.as_str()), (200, ""));
    for method in ["POST", "PUT", "DELETE"] {
        let answer = hall.ask(method, "/bills").send().await;
        assert_eq!(answer.problem(404), "route.unknown", "{method}");
    }
}
