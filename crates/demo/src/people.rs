//! The people of the demonstration: hired first, so that whatever is done has its author; given their
//! passwords last, when all is there.

use platform::{Fault, Result, access, journal};

use crate::desk::{Filled, Life, POSTS, Teller};
use crate::store;

impl Life<'_> {
    /// The people come first: whatever is done has its author.
    pub async fn hire(&self) -> Result<()> {
        let house = &self.bureau.house;
        for post in &POSTS {
            let tx = house.db.write().await?;
            let hired = access::employ(&tx, &house.operator(), &house.roles, post.login, post.role, post.unit).await;
            match hired {
                // Nobody is told the password: he gets another one when all is there.
                Ok(_) => tx.commit().await?,
                Err(error) if error.refusal().is_some_and(|refusal| refusal.code == "login.taken") => {
                    tx.rollback().await?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Everybody gets a password, told when all is there.
    pub async fn hand_over(&self, teller: &mut dyn Teller) -> Result<()> {
        let house = &self.bureau.house;
        self.clock(self.plan.until, 8, 0)?;
        let mut accounts = Vec::new();
        for post in &POSTS {
            let tx = house.db.write().await?;
            let reason = Some("演示账号交付");
            let once = access::people::reset_password(&tx, &house.operator(), post.login, reason).await?;
            tx.commit().await?;
            let password = self.own_password(post.login, once).await?;
            let (login, zh, en) = (post.login.to_owned(), post.zh.to_owned(), post.en.to_owned());
            accounts.push((store::Account { login, zh, en }, password));
        }
        let filled = Filled { accounts };
        teller.hand_over(&filled)?;
        let tx = house.db.write().await?;
        let names: Vec<store::Account> = filled.accounts.into_iter().map(|(account, _)| account).collect();
        store::complete(&tx, &names).await?;
        tx.commit().await?;
        journal::seal(&house.db).await.map(drop)
    }

    /// Each changes the one-time password as everybody must.
    async fn own_password(&self, login: &str, once: String) -> Result<String> {
        let house = &self.bureau.house;
        let session = access::sign_in(&house.db, &house.nobody(), login, once.clone()).await?;
        let resumed = access::resume(house, &house.db.glance().await?, &session.token).await?;
        let (_, ctx) = resumed.ok_or_else(|| Fault::impossible("a session that has just begun is gone"))?;
        let password = password();
        access::change_password(&house.db, &ctx, &session.token, once, password.clone()).await?;
        let tx = house.db.write().await?;
        access::sign_out(&tx, &ctx, &session.token).await?;
        tx.commit().await?;
        Ok(password)
    }
}

/// Four groups of letters and digits that are not mistaken for each other.
fn password() -> String {
    const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
    use rand::RngExt;
    let mut random = rand::rng();
    let group = |random: &mut rand::rngs::ThreadRng| -> String {
        (0..4).map(|_| char::from(LETTERS[random.random_range(0..LETTERS.len())])).collect()
    };
    (0..4).map(|_| group(&mut random)).collect::<Vec<_>>().join("-")
}
