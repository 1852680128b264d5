//! One order through the typesetter.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use fast_qr::convert::Builder;
use fast_qr::convert::svg::SvgBuilder;
use fast_qr::{ECL, QRBuilder};
use kernel::paper::Order;
use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Smart};
use typst::layout::{Frame, FrameItem};
use typst::syntax::{FileId, Source};
use typst_as_lib::TypstEngine;
use typst_as_lib::file_resolver::FileResolver;
use typst_as_lib::{TypstAsLibError, TypstTemplateCollection};
use typst_layout::PagedDocument;
use typst_pdf::PdfOptions;

use crate::fonts::Fonts;
use crate::{Refused, Uncovered};

const FORMS: [(&str, &str); 4] = [
    ("/main.typ", include_str!("../forms/main.typ")),
    ("/words.typ", include_str!("../forms/words.typ")),
    ("/bill.typ", include_str!("../forms/bill.typ")),
    ("/receipt.typ", include_str!("../forms/receipt.typ")),
];

/// How many orders the typesetter remembers its intermediate results for: the forms stay warm, and
/// what belonged to one order is forgotten soon.
const REMEMBERED_ORDERS: usize = 0;

pub struct Press {
    engine: TypstEngine<TypstTemplateCollection>,
    fonts: Fonts,
    desk: Desk,
}

impl Press {
    pub fn new(fonts: Fonts) -> Press {
        let desk = Desk::default();
        let engine = TypstEngine::builder()
            .fonts(fonts.fonts.clone())
            .with_static_source_file_resolver(FORMS)
            .add_file_resolver(desk.clone())
            .comemo_evict_max_age(Some(REMEMBERED_ORDERS))
            .build();
        Press { engine, fonts, desk }
    }

    pub fn families(&self) -> &[String] {
        &self.fonts.families
    }

    pub fn print(&self, order: Order) -> Result<Vec<u8>, Refused> {
        let uncovered = self.uncovered(&order);
        if !uncovered.is_empty() {
            return Err(Refused::Glyphs { sheets: uncovered });
        }
        let form = |message: String| Refused::Form { message };
        let ident = order.title.clone();
        self.desk.lay_out(order, &self.fonts.families).map_err(form)?;
        let typeset: Result<PagedDocument, TypstAsLibError> = self.engine.compile("/main.typ").output;
        let document = typeset.map_err(|error| form(error.to_string()))?;
        // The check above goes by what the fonts say of themselves, this one by what was drawn.
        if let Some(text) = document.pages().iter().find_map(|page| undrawn(&page.frame)) {
            return Err(form(format!("a character was not drawn in \"{text}\"")));
        }
        let options = PdfOptions { ident: Smart::Custom(ident), tagged: false, ..PdfOptions::default() };
        typst_pdf::pdf(&document, &options).map_err(|errors| form(format!("{errors:?}")))
    }

    fn uncovered(&self, order: &Order) -> Vec<Uncovered> {
        let head = self.judge(&order.title, &order.texts());
        let sheets = order.sheets.iter().filter_map(|sheet| self.judge(sheet.number(), &sheet.texts()));
        head.into_iter().chain(sheets).collect()
    }

    fn judge(&self, number: &str, texts: &[&str]) -> Option<Uncovered> {
        let bare = |text: &str| text.chars().filter(|c| !self.fonts.covers(*c)).collect::<BTreeSet<char>>();
        let characters: BTreeSet<char> = texts.iter().flat_map(|text| bare(text)).collect();
        let text = texts.iter().find(|text| !bare(text).is_empty())?;
        Some(Uncovered {
            number: number.to_owned(),
            characters: characters.into_iter().collect(),
            text: (*text).to_owned(),
        })
    }
}

/// The first text with a glyph that stands for "none".
fn undrawn(frame: &Frame) -> Option<String> {
    frame.items().find_map(|(_, item)| match item {
        FrameItem::Group(group) => undrawn(&group.frame),
        FrameItem::Text(text) if text.glyphs.iter().any(|glyph| glyph.id == 0) => Some(text.text.to_string()),
        _ => None,
    })
}

/// Where the forms find the order and its QR codes.
#[derive(Clone, Default)]
struct Desk(Arc<Mutex<Files>>);

#[derive(Default)]
struct Files {
    order: Option<Bytes>,
    codes: Vec<Bytes>,
}

impl Desk {
    fn lay_out(&self, order: Order, families: &[String]) -> Result<(), String> {
        let codes = order.sheets.iter().map(|sheet| code(sheet.code())).collect::<Result<_, _>>()?;
        let mut value = serde_json::to_value(order).map_err(|error| error.to_string())?;
        value["families"] = families.into();
        let order = Bytes::new(serde_json::to_vec(&value).map_err(|error| error.to_string())?);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Files { order: Some(order), codes };
        Ok(())
    }
}

impl FileResolver for Desk {
    fn resolve_binary(&self, id: FileId) -> FileResult<Cow<'_, Bytes>> {
        let files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let name = id.vpath().get_with_slash();
        let code = || name.strip_prefix("/code-")?.strip_suffix(".svg")?.parse::<usize>().ok();
        let found = match name {
            "/order.json" => files.order.clone(),
            _ => code().and_then(|number| files.codes.get(number)).cloned(),
        };
        found.map(Cow::Owned).ok_or_else(|| FileError::NotFound(name.into()))
    }

    fn resolve_source(&self, id: FileId) -> FileResult<Cow<'_, Source>> {
        Err(FileError::NotFound(id.vpath().get_with_slash().into()))
    }
}

fn code(text: &str) -> Result<Bytes, String> {
    let code = QRBuilder::new(text).ecl(ECL::M).build().map_err(|error| format!("a QR code: {error:?}"))?;
    Ok(Bytes::from_string(SvgBuilder::default().margin(0).to_str(&code)))
}
