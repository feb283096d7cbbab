//! The words that are not the document's own, in the languages they can be written in.

use files::document::Language;

/// The labels of documents.
#[derive(Debug)]
pub(crate) struct Labels {
    pub(crate) invoice: &'static str,
    pub(crate) number: &'static str,
    pub(crate) date: &'static str,
    pub(crate) due: &'static str,
    pub(crate) seller: &'static str,
    pub(crate) buyer: &'static str,
    pub(crate) tax_id: &'static str,
    pub(crate) description: &'static str,
    pub(crate) quantity: &'static str,
    pub(crate) unit_price: &'static str,
    pub(crate) tax: &'static str,
    pub(crate) amount: &'static str,
    pub(crate) net: &'static str,
    /// With `{rate}` and `{net}`.
    pub(crate) tax_on: &'static str,
    pub(crate) total: &'static str,
    pub(crate) notes: &'static str,
    /// Of one row and of several, with `{rows}`.
    pub(crate) rows: [&'static str; 2],
}

const ENGLISH: Labels = Labels {
    invoice: "Invoice",
    number: "Number",
    date: "Date",
    due: "Due",
    seller: "From",
    buyer: "To",
    tax_id: "Tax ID",
    description: "Description",
    quantity: "Quantity",
    unit_price: "Unit price",
    tax: "Tax",
    amount: "Amount",
    net: "Net",
    tax_on: "Tax {rate} on {net}",
    total: "Total",
    notes: "Notes",
    rows: ["{rows} row", "{rows} rows"],
};

const FRENCH: Labels = Labels {
    invoice: "Facture",
    number: "Numéro",
    date: "Date",
    due: "Échéance",
    seller: "Émetteur",
    buyer: "Destinataire",
    tax_id: "Numéro fiscal",
    description: "Désignation",
    quantity: "Quantité",
    unit_price: "Prix unitaire",
    tax: "Taxe",
    amount: "Montant",
    net: "Total HT",
    tax_on: "Taxe {rate} sur {net}",
    total: "Total",
    notes: "Remarques",
    rows: ["{rows} ligne", "{rows} lignes"],
};

const GERMAN: Labels = Labels {
    invoice: "Rechnung",
    number: "Nummer",
    date: "Datum",
    due: "Fällig",
    seller: "Von",
    buyer: "An",
    tax_id: "Steuernummer",
    description: "Beschreibung",
    quantity: "Menge",
    unit_price: "Einzelpreis",
    tax: "Steuer",
    amount: "Betrag",
    net: "Netto",
    tax_on: "Steuer {rate} auf {net}",
    total: "Gesamt",
    notes: "Anmerkungen",
    rows: ["{rows} Zeile", "{rows} Zeilen"],
};

const CHINESE: Labels = Labels {
    invoice: "发票",
    number: "编号",
    date: "日期",
    due: "到期日",
    seller: "卖方",
    buyer: "买方",
    tax_id: "税号",
    description: "项目",
    quantity: "数量",
    unit_price: "单价",
    tax: "税率",
    amount: "金额",
    net: "不含税金额",
    tax_on: "税额 {rate}，税基 {net}",
    total: "合计",
    notes: "备注",
    rows: ["{rows} 行", "{rows} 行"],
};

impl Labels {
    pub(crate) const fn of(language: Language) -> &'static Self {
        match language {
            Language::En => &ENGLISH,
            Language::Fr => &FRENCH,
            Language::De => &GERMAN,
            Language::ZhHans => &CHINESE,
        }
    }

    pub(crate) fn tax_on(&self, rate: &str, net: &str) -> String {
        self.tax_on.replace("{rate}", rate).replace("{net}", net)
    }

    pub(crate) fn rows(&self, rows: usize) -> String {
        let [one, several] = self.rows;
        (if rows == 1 { one } else { several }).replace("{rows}", &rows.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_in_their_labels() {
        for language in Language::ALL {
            let labels = Labels::of(language);
            let tax = labels.tax_on("19 %", "100.00");
            assert!(tax.contains("19 %") && tax.contains("100.00") && !tax.contains('{'), "{tax}");
            let rows = labels.rows(2);
            assert!(rows.contains('2') && !rows.contains('{'), "{rows}");
        }
        assert_eq!(Labels::of(Language::Fr).rows(1), "1 ligne");
    }
}
