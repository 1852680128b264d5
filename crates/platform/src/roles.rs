//! Roles as data: which rights come with a post.

use kernel::Text;
use serde::Deserialize;

use crate::Result;
use crate::packs::Packs;

#[derive(Debug, Clone)]
pub struct Role {
    pub code: String,
    pub name: Text,
    pub rights: Vec<String>,
}

#[derive(Debug, Clone, Default)]
pub struct Roles(Vec<Role>);

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pack {
    #[allow(dead_code)] // tells packs of one folder apart
    kind: String,
    role: Vec<RolePack>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct RolePack {
    code: String,
    zh: String,
    en: String,
    rights: Vec<String>,
}

const PATH: &str = "access/roles.toml";

impl Roles {
    pub fn read(packs: &Packs) -> Result<Roles> {
        let pack: Pack = packs.read(PATH)?;
        let role = |role: RolePack| Role { code: role.code, name: Text::new(role.zh, role.en), rights: role.rights };
        Ok(Roles(pack.role.into_iter().map(role).collect()))
    }

    pub fn get(&self, code: &str) -> Option<&Role> {
        self.0.iter().find(|role| role.code == code)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Role> {
        self.0.iter()
    }
}
