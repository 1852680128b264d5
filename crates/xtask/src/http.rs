//! Just enough HTTP to talk to our own server on this machine.

use std::io::{Error, ErrorKind, Read, Result, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// An answer that was heard to its end.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub body: String,
}

impl Answer {
    /// The first text of this name, wherever it stands; of a text with a backslash what is before it.
    pub fn text(&self, name: &str) -> Option<&str> {
        let (_, behind) = self.body.split_once(&format!("\"{name}\":\""))?;
        behind.split(['"', '\\']).next()
    }
}

const PATIENCE: Duration = Duration::from_secs(60);

/// Asks on a connection of its own. Whatever ends before the whole answer is here is an error: the
/// server may have done what was asked, or not.
pub fn ask(server: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Result<Answer> {
    let mut stream = TcpStream::connect(server)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(request(server, method, path, headers, body).as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    read(&answer).ok_or_else(|| Error::new(ErrorKind::UnexpectedEof, "half an answer"))
}

fn request(server: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> String {
    let mut text = format!("{method} {path} HTTP/1.1\r\nhost: {server}\r\nconnection: close\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str(&format!("content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len()));
    text
}

fn read(answer: &[u8]) -> Option<Answer> {
    let head_ends = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..head_ends]).ok()?;
    let body = String::from_utf8_lossy(&answer[head_ends + 4..]).into_owned();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    if status != 204 && length != Some(answer.len() - head_ends - 4) {
        return None;
    }
    Some(Answer { status, body })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_answer_is_one() {
        let whole = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nContent-Length: 7\r\n\r\n{\"a\":1}";
        assert_eq!(read(whole), Some(Answer { status: 200, body: "{\"a\":1}".to_owned() }));
        for end in 0..whole.len() {
            assert_eq!(read(&whole[..end]), None, "{end} bytes");
        }
        assert_eq!(read(b"HTTP/1.1 204 No Content\r\n\r\n"), Some(Answer { status: 204, body: String::new() }));
    }

    #[test]
    fn a_text_is_found_by_its_name() {
        let answer = Answer { status: 200, body: "{\"a\":null,\"b\":\"1\",\"c\":{\"b\":\"2\"}}".to_owned() };
        assert_eq!([answer.text("a"), answer.text("b"), answer.text("c")], [None, Some("1"), None]);
    }

    #[test]
    fn a_request_says_how_long_it_is() {
        let server = SocketAddr::from(([127, 0, 0, 1], 80));
        let text = request(server, "POST", "/api/x", &[("idempotency-key", "k")], "{\"a\":\"户\"}");
        let expected = "POST /api/x HTTP/1.1\r\nhost: 127.0.0.1:80\r\nconnection: close\r\nidempotency-key: k\r\n\
                        content-type: application/json\r\ncontent-length: 11\r\n\r\n{\"a\":\"户\"}";
        assert_eq!(text, expected);
    }
}
