//! The people at the desks.

use std::net::SocketAddr;

use anyhow::{Result, ensure};
use business::Bureau;
use platform::access;
use serde_json::json;

use crate::http::{Client, text};

/// Who works where.
pub struct Post {
    pub login: String,
    pub role: &'static str,
    pub unit: String,
}

/// Somebody with his password for once.
pub struct Hired {
    pub login: String,
    once: String,
}

/// Employs them; who was employed before gets another password.
pub async fn hire(bureau: &Bureau, posts: Vec<Post>) -> Result<Vec<Hired>> {
    let (house, mut all) = (&bureau.house, Vec::new());
    for Post { login, role, unit } in posts {
        let (tx, ctx) = (house.db.write().await?, house.operator());
        let once = match access::employ(&tx, &ctx, &house.roles, &login, role, &unit).await {
            Err(error) if error.refusal().is_some_and(|refusal| refusal.code == "login.taken") => {
                access::people::reset_password(&tx, &ctx, &login, Some("measured again")).await?
            }
            hired => hired?,
        };
        tx.commit().await?;
        all.push(Hired { login, once });
    }
    Ok(all)
}

impl Hired {
    /// Signs in at a desk and changes the password, as everybody must.
    pub async fn sign_in(&self, desk: usize, server: SocketAddr) -> Result<Client> {
        let Hired { login, once } = self;
        let mut client = Client::at_desk(desk, server).await?;
        let session = client.post("/api/session", None, &json!({ "login": login, "password": once })).await?.json()?;
        client.keep_session(text(&session, "token")?)?;
        ensure!(session["must_change"] == true, "{login} has a password already");
        let own = json!({ "old": once, "new": "correct horse battery staple" });
        client.post("/api/session/password", None, &own).await?;
        Ok(client)
    }
}

/// All of them, one desk each, from desk 1 on.
pub async fn sign_in(staff: &[Hired], server: SocketAddr) -> Result<Vec<Client>> {
    let mut clients = Vec::new();
    for (desk, hired) in (1..).zip(staff) {
        clients.push(hired.sign_in(desk, server).await?);
    }
    Ok(clients)
}
