//! Printed papers: an order goes to `gridhall-paper`, a process of its own, and PDF comes back.
//!
//! ```text
//!   print ──▶ one of two seats ──▶ idle process, or a new one ──▶ order ──▶ PDF | refusal
//!                                                                  │ hangs, dies: ended, a new one next time
//! ```
//!
//! A process stays for the next order, because starting one costs more than a page. It ends with us:
//! its input ends then. One that died while it was idle is no news; one that died over an order is.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kernel::paper::{Issuer, Order, PaperLanguage};
use kernel::{Refusal, Text};
use serde::Deserialize;
use tokio::sync::Semaphore;

use crate::config::{Config, PaperConfig};
use crate::packs::Packs;
use crate::{Fault, Result};

/// Two processes use both halves of a small machine; threads of one would not.
pub const SEATS: usize = 2;
const PROGRAM: &str = "gridhall-paper";
/// The answer to an order of 1 000 pages has some 20 MB.
const LARGEST: u32 = 512 * 1024 * 1024;

/// Where papers are printed; clones share the processes.
#[derive(Debug, Clone)]
pub struct Press(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    config: PaperConfig,
    seats: Semaphore,
    idle: Mutex<Vec<Worker>>,
}

/// What became of an order.
#[derive(Debug)]
pub enum Printed {
    Pdf(Vec<u8>),
    /// No font has some characters of these papers, so that nothing was printed.
    Uncovered(Vec<Uncovered>),
}

/// The characters of one paper that no font has, and the text in which they stand.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Uncovered {
    pub number: String,
    pub characters: String,
    pub text: String,
}

impl Uncovered {
    pub fn refusal(&self) -> Refusal {
        let named = self.characters.chars().map(|c| format!("{c} (U+{:04X})", u32::from(c))).collect::<Vec<_>>();
        let (number, text) = (&self.number, &self.text);
        Refusal::conflict(
            "paper.glyphs",
            format!(
                "{number} 的“{text}”含有字体没有的字：{}。请安装含有这些字的字体（如 fonts-hanazono），或放入 gridhall.toml 中 [paper] fonts 所列目录后重启",
                named.join("、")
            ),
            format!(
                "{number}: \"{text}\" holds characters that no font has: {}; install one that has them (such as fonts-hanazono), or put it in a directory of [paper] fonts in gridhall.toml, and restart",
                named.join(", ")
            ),
        )
    }
}

impl Press {
    pub fn new(config: PaperConfig) -> Press {
        Press(Arc::new(Inner { config, seats: Semaphore::new(SEATS), idle: Mutex::default() }))
    }

    /// Prints, or refuses what cannot be printed whole.
    pub async fn print(&self, order: &Order) -> Result<Vec<u8>> {
        match self.try_print(order).await? {
            Printed::Pdf(pdf) => Ok(pdf),
            Printed::Uncovered(sheets) => {
                let first = sheets.first().ok_or_else(|| Fault::impossible("a refusal of nothing"))?;
                Err(first.refusal().into())
            }
        }
    }

    pub async fn try_print(&self, order: &Order) -> Result<Printed> {
        let text = serde_json::to_vec(order).map_err(|error| Fault::because("an order to print", error))?;
        let inner = Arc::clone(&self.0);
        // In a task of its own: the process goes back to its seat also when nobody waits any more.
        let printing = tokio::spawn(async move { inner.print(Arc::new(text)).await });
        printing.await.map_err(|error| Fault::because("printing", error))?
    }
}

impl Inner {
    async fn print(&self, order: Arc<Vec<u8>>) -> Result<Printed> {
        let seat = self.seats.acquire().await;
        let _seat = seat.map_err(|error| Fault::because("a seat at the press", error))?;
        let limit = Duration::from_secs(self.config.seconds);
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let first = match idle {
            Some(worker) => worker.exchange(Arc::clone(&order), limit).await,
            None => Err(Lost::Died),
        };
        let outcome = match first {
            Err(Lost::Died) => self.start(limit).await?.exchange(order, limit).await,
            known => known,
        };
        let (worker, kind, body) = outcome.map_err(|lost| lost.error(limit))?;
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
        match kind {
            b'P' => Ok(Printed::Pdf(body)),
            _ => refused(serde_json::from_slice(&body)?),
        }
    }

    async fn start(&self, limit: Duration) -> Result<Worker> {
        let program = self.config.program.clone().or_else(beside).ok_or_else(program_missing)?;
        let mut command = Command::new(&program);
        command.args(&self.config.fonts).stdin(Stdio::piped()).stdout(Stdio::piped());
        let child = command.spawn().map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => program_missing().into(),
            _ => Fault::because(format!("starting {}", program.display()), error),
        })?;
        let (worker, _, body) = Worker::of(child)?.hear(limit).await.map_err(|lost| lost.error(limit))?;
        let ready: Ready = serde_json::from_slice(&body)?;
        match ready.error {
            None => Ok(worker),
            Some(error) => refused(error).and_then(|_| Err(Fault::impossible("a press that is not ready"))),
        }
    }
}

fn refused(answer: Answer) -> Result<Printed> {
    match answer {
        Answer::Glyphs { sheets } => Ok(Printed::Uncovered(sheets)),
        Answer::Fonts { searched } => {
            let searched = searched.join(", ");
            Err(Refusal::conflict(
                "paper.fonts-missing",
                format!("没有中文字体，不能打印：请安装 fonts-noto-cjk，或在 gridhall.toml 的 [paper] fonts 中写明字体目录（已找过 {searched}）"),
                format!("there is no font for Chinese text, so that nothing can be printed: install fonts-noto-cjk, or name a directory of fonts as [paper] fonts in gridhall.toml (looked in {searched})"),
            )
            .into())
        }
        Answer::Form { message } => Err(Fault::impossible(format!("a form was not printed: {message}"))),
    }
}

#[derive(Clone, Deserialize)]
struct Ready {
    error: Option<Answer>,
}

#[derive(Clone, Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
enum Answer {
    Glyphs { sheets: Vec<Uncovered> },
    Fonts { searched: Vec<String> },
    Form { message: String },
}

/// The program where it is shipped: in the directory of this one.
fn beside() -> Option<PathBuf> {
    let own = std::env::current_exe().ok()?;
    Some(own.with_file_name(PROGRAM)).filter(|program| program.is_file())
}

fn program_missing() -> Refusal {
    Refusal::conflict(
        "paper.program-missing",
        format!("没有打印程序 {PROGRAM}：请把它放在 gridhall 同一目录，或在 gridhall.toml 中以 [paper] program 指明"),
        format!(
            "the printing program {PROGRAM} is missing: put it beside gridhall, or name it as [paper] program in gridhall.toml"
        ),
    )
}

/// A printing process. Dropped, it is ended.
#[derive(Debug)]
struct Worker {
    child: Child,
    pipes: Option<Pipes>,
}

#[derive(Debug)]
struct Pipes {
    orders: ChildStdin,
    papers: ChildStdout,
}

/// Why a process did not answer.
#[derive(Debug)]
enum Lost {
    Died,
    Hung,
}

impl Lost {
    fn error(self, limit: Duration) -> crate::Error {
        let seconds = limit.as_secs();
        match self {
            Lost::Died => Fault::impossible("the printing process died over an order"),
            Lost::Hung => Refusal::conflict(
                "paper.too-slow",
                format!("打印超过 {seconds} 秒未完成，已中止；请重试，或减少份数"),
                format!("printing took more than {seconds} seconds and was ended; try again, or print fewer"),
            )
            .into(),
        }
    }
}

type Heard = Result<(Worker, u8, Vec<u8>), Lost>;

impl Worker {
    fn of(mut child: Child) -> Result<Worker> {
        let (Some(orders), Some(papers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Fault::impossible("a process without its pipes"));
        };
        Ok(Worker { child, pipes: Some(Pipes { orders, papers }) })
    }

    async fn hear(self, limit: Duration) -> Heard {
        self.talk(limit, |pipes| pipes.receive()).await
    }

    async fn exchange(self, order: Arc<Vec<u8>>, limit: Duration) -> Heard {
        let send_and_receive = move |pipes: &mut Pipes| {
            pipes.orders.write_all(&u32::try_from(order.len()).map_err(std::io::Error::other)?.to_be_bytes())?;
            pipes.orders.write_all(&order)?;
            pipes.orders.flush()?;
            pipes.receive()
        };
        self.talk(limit, send_and_receive).await
    }

    /// Talks on a blocking thread. When the time is over the process is ended, which ends its pipes
    /// and with them the thread.
    async fn talk<F>(mut self, limit: Duration, talk: F) -> Heard
    where
        F: FnOnce(&mut Pipes) -> std::io::Result<(u8, Vec<u8>)> + Send + 'static,
    {
        let mut pipes = self.pipes.take().ok_or(Lost::Died)?;
        let talking = tokio::task::spawn_blocking(move || talk(&mut pipes).map(|(kind, body)| (pipes, kind, body)));
        match tokio::time::timeout(limit, talking).await {
            Ok(Ok(Ok((pipes, kind, body)))) => {
                self.pipes = Some(pipes);
                Ok((self, kind, body))
            }
            Ok(_) => Err(Lost::Died),
            Err(_) => Err(Lost::Hung),
        }
    }
}

impl Pipes {
    fn receive(&mut self) -> std::io::Result<(u8, Vec<u8>)> {
        let mut head = [0; 5];
        self.papers.read_exact(&mut head)?;
        let [kind, length @ ..] = head;
        let length = u32::from_be_bytes(length);
        if length > LARGEST {
            return Err(std::io::Error::other("an answer beyond all measure"));
        }
        let mut body = vec![0; usize::try_from(length).map_err(std::io::Error::other)?];
        self.papers.read_exact(&mut body)?;
        Ok((kind, body))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may have ended by itself; either way it is waited for, so that no zombie stays.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const PACK: &str = "paper/issuer.toml";

/// Who issues papers, with what the form says of him; from a pack.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuerPack {
    #[allow(dead_code)] // for people who read the pack
    kind: String,
    hotline: String,
    contact: Vec<Text>,
    ways_to_pay: Vec<Text>,
    notes: Vec<Text>,
    code: Codes,
}

/// What QR codes say, with names in braces for what changes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Codes {
    bill: String,
    receipt: String,
}

impl IssuerPack {
    pub fn read(packs: &Packs) -> Result<IssuerPack> {
        packs.read(PACK)
    }

    pub fn issuer(&self, config: &Config, language: PaperLanguage) -> Issuer {
        let list = |texts: &[Text]| texts.iter().map(|text| say(text, language)).collect();
        Issuer {
            name: config.company.name.clone(),
            contact: list(&self.contact),
            hotline: self.hotline.clone(),
            ways_to_pay: list(&self.ways_to_pay),
            notes: list(&self.notes),
        }
    }

    pub fn bill_code(&self, supply_no: &str, bill_no: &str, amount: &str, digest: &str) -> String {
        let with = [("{supply_no}", supply_no), ("{bill_no}", bill_no), ("{amount}", amount), ("{digest}", digest)];
        filled(&self.code.bill, &with)
    }

    pub fn receipt_code(&self, receipt_no: &str, amount: &str) -> String {
        filled(&self.code.receipt, &[("{receipt_no}", receipt_no), ("{amount}", amount)])
    }
}

fn filled(template: &str, values: &[(&str, &str)]) -> String {
    values.iter().fold(template.to_owned(), |text, (name, value)| text.replace(name, value))
}

/// A text in the language of a paper.
pub fn say(text: &Text, language: PaperLanguage) -> String {
    match language {
        PaperLanguage::Zh => text.zh.to_string(),
        PaperLanguage::En => text.en.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    use kernel::paper::PaperSize;

    use super::*;

    fn order() -> Order {
        Order {
            language: PaperLanguage::Zh,
            size: PaperSize::A4,
            title: "账单".into(),
            dated_on: jiff::civil::date(2026, 11, 1),
            issuer: IssuerPack::read(&Packs::load(None).expect("packs"))
                .expect("an issuer")
                .issuer(&Config::default(), PaperLanguage::Zh),
            sheets: Vec::new(),
        }
    }

    /// A program that answers as `script` says; `$ready` tells that it is ready.
    fn program(folder: &Path, script: &str) -> PaperConfig {
        let path = folder.join("press");
        let ready = r#"printf 'R\000\000\000\016{"error":null}'"#;
        std::fs::write(&path, format!("#!/bin/sh\n{}\n", script.replace("$ready", ready))).expect("written");
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(&path, mode).expect("executable");
        PaperConfig { program: Some(path), seconds: 2, ..PaperConfig::default() }
    }

    fn code(error: &crate::Error) -> Option<&'static str> {
        error.refusal().map(|refusal| refusal.code)
    }

    #[tokio::test]
    async fn an_answer_comes_back_and_the_process_stays_for_the_next_order() {
        let folder = tempfile::tempdir().expect("a folder");
        let counted = folder.path().join("starts");
        let script = format!(
            "echo x >> {}\n$ready\nprintf 'P\\000\\000\\000\\003one'\nprintf 'P\\000\\000\\000\\003two'\nsleep 9",
            counted.display()
        );
        let press = Press::new(program(folder.path(), &script));
        assert_eq!(press.print(&order()).await.expect("printed"), b"one");
        assert_eq!(press.print(&order()).await.expect("printed"), b"two");
        assert_eq!(std::fs::read_to_string(counted).expect("text").lines().count(), 1);
    }

    #[tokio::test]
    async fn a_process_that_died_while_idle_is_replaced_without_a_word() {
        let folder = tempfile::tempdir().expect("a folder");
        let press =
            Press::new(program(folder.path(), "$ready\nprintf 'P\\000\\000\\000\\003one'\nhead -c 4 > /dev/null"));
        for _ in 0..3 {
            assert_eq!(press.print(&order()).await.expect("printed"), b"one");
        }
    }

    #[tokio::test]
    async fn a_process_that_hangs_is_ended_and_the_next_order_gets_a_new_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let mark = folder.path().join("mark");
        let script = format!(
            "$ready\nif [ -e {0} ]; then printf 'P\\000\\000\\000\\003two'; fi\ntouch {0}\nexec sleep 60",
            mark.display()
        );
        let press = Press::new(program(folder.path(), &script));
        let error = press.print(&order()).await.expect_err("hung");
        assert_eq!(code(&error), Some("paper.too-slow"));
        assert_eq!(press.print(&order()).await.expect("printed"), b"two");
    }

    #[tokio::test]
    async fn a_process_that_dies_over_an_order_is_a_fault() {
        let folder = tempfile::tempdir().expect("a folder");
        let press = Press::new(program(folder.path(), "$ready\nexit 3"));
        let error = press.print(&order()).await.expect_err("died");
        assert!(error.refusal().is_none(), "{error}");
    }

    #[tokio::test]
    async fn what_is_missing_is_named_with_what_to_install() {
        let nowhere = PaperConfig { program: Some("/nowhere/press".into()), ..PaperConfig::default() };
        let error = Press::new(nowhere).print(&order()).await.expect_err("no program");
        assert_eq!(code(&error), Some("paper.program-missing"));
        let folder = tempfile::tempdir().expect("a folder");
        let body = r#"{"error":{"reason":"fonts","searched":["/usr"]}}"#;
        let script = format!("printf 'R\\000\\000\\000\\{:03o}%s' '{body}'", body.len());
        let error = Press::new(program(folder.path(), &script)).print(&order()).await.expect_err("no fonts");
        assert_eq!(code(&error), Some("paper.fonts-missing"));
        assert!(error.to_string().contains("fonts-noto-cjk"));
    }

    #[tokio::test]
    async fn characters_without_a_glyph_are_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let body = r#"{"reason":"glyphs","sheets":[{"number":"B1","characters":"𪚥","text":"王𪚥"}]}"#;
        let script = format!("$ready\nprintf 'N\\000\\000\\000\\{:03o}%s' '{body}'\nsleep 9", body.len());
        let press = Press::new(program(folder.path(), &script));
        let error = press.print(&order()).await.expect_err("refused");
        assert_eq!(code(&error), Some("paper.glyphs"));
        assert!(error.to_string().contains("U+2A6A5") && error.to_string().contains("B1"));
    }
}
