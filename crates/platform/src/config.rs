//! Settings of one installation: `gridhall.toml` in the data directory.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kernel::Refusal;
use serde::Deserialize;

use crate::{Fault, Result};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The bureau's civil time.
    pub zone: String,
    pub company: CompanyConfig,
    pub packs: PacksConfig,
    pub cli: CliConfig,
    pub http: HttpConfig,
    pub health: HealthConfig,
    pub traces: TracesConfig,
    pub paper: PaperConfig,
    /// Printers of tills and stations by name, each as `host:port`: `till-1 = "192.168.1.50:9100"`.
    pub printers: BTreeMap<String, String>,
}

/// Who the bureau is to its customers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CompanyConfig {
    /// As it stands on bills and receipts.
    pub name: String,
}

impl Default for CompanyConfig {
    fn default() -> CompanyConfig {
        CompanyConfig { name: "供电公司".into() }
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PacksConfig {
    /// A directory whose packs go before the shipped ones.
    pub directory: Option<PathBuf>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CliConfig {
    /// Whether bills that the command line issues must have been approved by somebody else.
    pub second_person: bool,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HttpConfig {
    /// Whether browsers may send the session's cookie over TLS only, whatever the proxy tells.
    pub secure_cookie: bool,
}

/// When the house says that it is not well.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HealthConfig {
    /// Less free space than this in the data directory is told, in MiB.
    pub free_mib: u64,
    /// A last back-up that is older is told, in hours. Absent: it is not asked for one.
    pub backup_hours: Option<u32>,
}

impl Default for HealthConfig {
    fn default() -> HealthConfig {
        HealthConfig { free_mib: 512, backup_hours: None }
    }
}

/// Who collects traces.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TracesConfig {
    /// Where a collector takes OTLP over HTTP: `http://127.0.0.1:4318`. Absent: there are no traces.
    pub endpoint: Option<String>,
}

/// How papers are printed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PaperConfig {
    /// The printing program; absent: `gridhall-paper` beside this one.
    pub program: Option<PathBuf>,
    /// Directories with fonts that go before the system's, for rare characters of names.
    pub fonts: Vec<PathBuf>,
    /// How long one order may take.
    pub seconds: u64,
}

impl Default for PaperConfig {
    fn default() -> PaperConfig {
        PaperConfig { program: None, fonts: Vec::new(), seconds: 120 }
    }
}

impl Default for Config {
    fn default() -> Config {
        Config {
            zone: "Asia/Shanghai".into(),
            company: CompanyConfig::default(),
            packs: PacksConfig::default(),
            cli: CliConfig::default(),
            http: HttpConfig::default(),
            health: HealthConfig::default(),
            traces: TracesConfig::default(),
            paper: PaperConfig::default(),
            printers: BTreeMap::new(),
        }
    }
}

impl Config {
    /// Reads `gridhall.toml` in `data`; without the file, all defaults hold.
    pub fn load(data: &Path) -> Result<Config> {
        let path = data.join("gridhall.toml");
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Config::default());
            }
            Err(error) => return Err(Fault::because(path.display().to_string(), error)),
        };
        let mut config: Config = toml::from_str(&text).map_err(|error| {
            Refusal::invalid(
                "config.invalid",
                format!("配置文件 {} 有误：{error}", path.display()),
                format!("{} is not valid: {error}", path.display()),
            )
        })?;
        // A relative directory is meant from where the file lies, not from where a command was run.
        config.packs.directory = config.packs.directory.map(|directory| data.join(directory));
        config.paper.program = config.paper.program.map(|program| data.join(program));
        config.paper.fonts = config.paper.fonts.iter().map(|directory| data.join(directory)).collect();
        Ok(config)
    }
}
