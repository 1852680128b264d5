//! A client as a browser is one to the server: a connection that is kept, a session in its cookie, answers waited for.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{self, HeaderValue};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpSocket;

/// An answer that was heard to its end.
pub struct Answer {
    pub body: Bytes,
    /// From asking to the last byte.
    pub time: Duration,
}

impl Answer {
    pub fn json(&self) -> Result<Value> {
        Ok(serde_json::from_slice(&self.body)?)
    }

    pub fn micros(&self) -> u32 {
        u32::try_from(self.time.as_micros()).unwrap_or(u32::MAX)
    }
}

pub fn text<'v>(of: &'v Value, name: &str) -> Result<&'v str> {
    of[name].as_str().with_context(|| format!("no {name} in {of}"))
}

/// An answer that is not a good one.
#[derive(Debug)]
pub struct Refused {
    asked: String,
    status: StatusCode,
    body: Bytes,
}

impl Refused {
    /// Whether an error is the refusal with this code.
    pub fn is(error: &anyhow::Error, code: &str) -> bool {
        let refused = error.downcast_ref::<Refused>();
        refused.is_some_and(|refused| {
            serde_json::from_slice::<Value>(&refused.body).is_ok_and(|problem| problem["code"] == code)
        })
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} was answered by {} {}", self.asked, self.status, String::from_utf8_lossy(&self.body))
    }
}

impl std::error::Error for Refused {}

pub struct Client {
    sender: SendRequest<Full<Bytes>>,
    host: HeaderValue,
    origin: HeaderValue,
    cookie: Option<HeaderValue>,
}

impl Client {
    /// Each desk has an address of its own: the server counts who signs in how often by address.
    pub async fn at_desk(desk: usize, server: SocketAddr) -> Result<Client> {
        let desk = u16::try_from(desk)?.to_be_bytes();
        let from = IpAddr::V4(Ipv4Addr::new(127, 1, desk[0], desk[1]));
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::new(from, 0))?;
        let stream = socket.connect(server).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // Who asks hears of a broken connection by what he asked.
        tokio::spawn(async move { connection.await.ok() });
        let (host, origin) = (server.to_string().parse()?, format!("http://{server}").parse()?);
        Ok(Client { sender, host, origin, cookie: None })
    }

    /// Another connection of the same browser.
    pub async fn another(&self, desk: usize, server: SocketAddr) -> Result<Client> {
        let cookie = self.cookie.clone();
        Ok(Client { cookie, ..Client::at_desk(desk, server).await? })
    }

    pub fn keep_session(&mut self, token: &str) -> Result<()> {
        self.cookie = Some(format!("gridhall_session={token}").parse()?);
        Ok(())
    }

    pub async fn get(&mut self, path: &str) -> Result<Answer> {
        self.ask(Method::GET, path, None, "", Bytes::new()).await
    }

    pub async fn post(&mut self, path: &str, key: Option<&str>, wish: &Value) -> Result<Answer> {
        self.ask(Method::POST, path, key, "application/json", wish.to_string().into()).await
    }

    pub async fn upload(&mut self, path: &str, key: &str, file: String) -> Result<Answer> {
        self.ask(Method::POST, path, Some(key), "text/csv", file.into()).await
    }

    /// Any answer but a good one is an error.
    async fn ask(&mut self, method: Method, path: &str, key: Option<&str>, kind: &str, body: Bytes) -> Result<Answer> {
        let mut request = Request::builder()
            .method(&method)
            .uri(path)
            .header(header::HOST, &self.host)
            .header(header::ACCEPT, "application/json")
            .header(header::ACCEPT_LANGUAGE, "zh-CN");
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        if method != Method::GET {
            request = request.header(header::CONTENT_TYPE, kind);
            request = request.header(header::ORIGIN, &self.origin).header("x-gridhall-request", "1");
        }
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let request = request.body(Full::new(body))?;
        let begun = Instant::now();
        self.sender.ready().await?;
        let answer = self.sender.send_request(request).await?;
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        let time = begun.elapsed();
        if !status.is_success() {
            return Err(Refused { asked: format!("{method} {path}"), status, body }.into());
        }
        Ok(Answer { body, time })
    }
}
