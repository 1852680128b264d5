//! A file as the body of a request: streamed to the disk, never held in memory.

use std::fs::{DirBuilder, File};
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use axum::body::Body;
use axum::http::StatusCode;
use futures_util::StreamExt;
use kernel::Refusal;
use sha2::{Digest, Sha256};

use super::problem::{Answer, Failure};
use crate::{Ctx, Fault, Result};

/// A file that has arrived. It is gone when this is dropped, unless it was kept.
#[derive(Debug)]
pub struct Upload {
    path: PathBuf,
    pub bytes: u64,
    /// SHA-256 of its content.
    pub digest: String,
}

impl Upload {
    /// Takes a body of at most `most` bytes into a file of `folder`.
    pub async fn receive(folder: &Path, ctx: &Ctx, body: Body, most: u64) -> Answer<Upload> {
        private_folder(folder)?;
        let path = folder.join(ctx.new_id().to_string());
        let mut file = File::create_new(&path).map_err(crate::Error::from)?;
        let mut upload = Upload { path, bytes: 0, digest: String::new() };
        let mut hash = Sha256::new();
        let mut pieces = body.into_data_stream();
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|_| broken())?;
            upload.bytes += piece.len() as u64;
            if upload.bytes > most {
                return Err(too_large(most));
            }
            hash.update(&piece);
            let written = tokio::task::spawn_blocking(move || file.write_all(&piece).map(|()| file)).await;
            file = written.map_err(|error| Fault::because("writing an upload", error))?.map_err(crate::Error::from)?;
        }
        if upload.bytes == 0 {
            let (zh, en) = ("请求内容应为文件，但它是空的", "the request body must be the file, but it is empty");
            return Err(Refusal::invalid("file.empty", zh, en).into());
        }
        // What is acknowledged must outlast a failure of power.
        file.sync_all().map_err(crate::Error::from)?;
        upload.digest = kernel::hex(hash.finalize());
        Ok(upload)
    }

    /// Keeps the file as `name` in `folder`.
    pub fn keep(&self, folder: &Path, name: &str) -> Result<()> {
        private_folder(folder)?;
        Ok(std::fs::rename(&self.path, folder.join(name))?)
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        // After it was kept there is nothing here any more.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Personal data lies in such folders: nobody else on the machine may look.
fn private_folder(path: &Path) -> Result<()> {
    Ok(DirBuilder::new().recursive(true).mode(0o700).create(path)?)
}

fn broken() -> Failure {
    let (zh, en) = ("文件没有传完，请重试", "the file did not arrive whole; try again");
    Failure::from(Refusal::invalid("file.broken", zh, en)).with_status(StatusCode::BAD_REQUEST)
}

fn too_large(most: u64) -> Failure {
    let mib = most / (1024 * 1024);
    let (zh, en) =
        (format!("文件超过 {mib} MiB，请分成几个文件"), format!("the file has more than {mib} MiB: split it"));
    Failure::from(Refusal::invalid("file.too-large", zh, en)).with_status(StatusCode::PAYLOAD_TOO_LARGE)
}

/// The last part of a file's name as somebody told it, without what a file system or a header would
/// stumble over.
pub fn plain_name(told: &str, otherwise: &str) -> String {
    let last = told.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String =
        last.chars().filter(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ')).take(80).collect();
    let kept = kept.trim_matches(['.', ' ']);
    if kept.is_empty() { otherwise.to_owned() } else { kept.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_what_people_read_and_loses_what_leads_elsewhere() {
        let table = [
            ("readings.csv", "readings.csv"),
            ("C:\\抄表\\8月 读数.csv", "8月 读数.csv"),
            ("../../etc/passwd", "passwd"),
            ("..", "file.csv"),
            ("a\"b\r\nc;.csv", "abc.csv"),
            ("", "file.csv"),
        ];
        for (told, expected) in table {
            assert_eq!(plain_name(told, "file.csv"), expected, "{told:?}");
        }
    }
}
