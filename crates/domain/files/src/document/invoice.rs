//! An invoice and its totals.

use kernel::{Date, FieldError};

use super::{Currency, FieldErrors, Line, Price, Prose, Quantity, TaxRate};

/// The greatest number of items.
pub const MAX_ITEMS: usize = 1_000;
/// The greatest number of lines of an address.
pub const MAX_ADDRESS: usize = 8;

/// Who sells or buys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// Their name.
    pub name: Line,
    /// Their address, line by line.
    pub address: Vec<Line>,
    /// Their number at the tax office.
    pub tax_id: Option<Line>,
}

/// What is sold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// In words.
    pub description: Line,
    /// How many.
    pub quantity: Quantity,
    /// The price of one, without tax.
    pub unit_price: Price,
    /// The tax on it; none when not said.
    pub tax_rate: Option<TaxRate>,
}

/// What an invoice is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceDraft {
    /// Its number.
    pub number: Line,
    /// When it was written.
    pub date: Date,
    /// When it is to be paid.
    pub due_date: Option<Date>,
    /// In which money.
    pub currency: Currency,
    /// Who sells.
    pub seller: Party,
    /// Who buys.
    pub buyer: Party,
    /// What is sold.
    pub items: Vec<Item>,
    /// What is to be said besides.
    pub notes: Option<Prose>,
}

/// An invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice(InvoiceDraft);

/// What is taxed at one rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaxShare {
    /// The rate.
    pub rate: TaxRate,
    /// The sum of its items, in minor units.
    pub net: i128,
    /// The tax on that sum, in minor units.
    pub tax: i128,
}

/// Sums, in minor units of the currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totals {
    /// All items.
    pub net: i128,
    /// The taxes, the lowest rate first.
    pub taxes: Vec<TaxShare>,
    /// What is to be paid.
    pub gross: i128,
}

impl Invoice {
    /// Items from 1 to [`MAX_ITEMS`], not due before it is written.
    pub fn parse(draft: InvoiceDraft) -> Result<Self, Vec<FieldError>> {
        let mut faults = FieldErrors::default();
        faults.count("/data/items", draft.items.len(), 1, MAX_ITEMS);
        faults.count("/data/seller/address", draft.seller.address.len(), 0, MAX_ADDRESS);
        faults.count("/data/buyer/address", draft.buyer.address.len(), 0, MAX_ADDRESS);
        if draft.due_date.is_some_and(|due| due < draft.date) {
            let message = "must not be before the date of the invoice";
            faults.note("/data/due_date", "files.document_due_early", message);
        }
        faults.characters(draft.items.iter().map(|item| item.description.as_str()));
        faults.finish(Self(draft))
    }

    /// What it is made of.
    pub const fn content(&self) -> &InvoiceDraft {
        &self.0
    }

    /// The price of an item, without tax: quantity times price, rounded to the minor unit, half a
    /// unit away from zero.
    pub fn amount(&self, item: &Item) -> i128 {
        item.unit_price.times(item.quantity, self.0.currency)
    }

    /// The sums. Items are rounded one by one, and tax once for each rate, on the sum of its items,
    /// as EN 16931 asks: so the lines add up to what is printed below them.
    pub fn totals(&self) -> Totals {
        let mut taxes: Vec<TaxShare> = Vec::new();
        let mut net = 0;
        for item in &self.0.items {
            let amount = self.amount(item);
            net += amount;
            let Some(rate) = item.tax_rate else { continue };
            match taxes.iter_mut().find(|share| share.rate == rate) {
                Some(share) => share.net += amount,
                None => taxes.push(TaxShare { rate, net: amount, tax: 0 }),
            }
        }
        taxes.sort_by_key(|share| share.rate);
        for share in &mut taxes {
            share.tax = share.rate.of(share.net);
        }
        let gross = net + taxes.iter().map(|share| share.tax).sum::<i128>();
        Totals { net, taxes, gross }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(quantity: &str, price: &str, rate: Option<&str>) -> Item {
        Item {
            description: Line::parse("A thing").unwrap(),
            quantity: Quantity::parse(quantity).unwrap(),
            unit_price: Price::parse(price).unwrap(),
            tax_rate: rate.map(|rate| TaxRate::parse(rate).unwrap()),
        }
    }

    fn draft(items: Vec<Item>) -> InvoiceDraft {
        let party = Party { name: Line::parse("Ada").unwrap(), address: Vec::new(), tax_id: None };
        InvoiceDraft {
            number: Line::parse("2026-1").unwrap(),
            date: Date::parse("2026-11-21").unwrap(),
            due_date: None,
            currency: Currency::parse("EUR").unwrap(),
            seller: party.clone(),
            buyer: party,
            items,
            notes: None,
        }
    }

    #[test]
    fn the_lines_add_up_to_the_sums() {
        let items = vec![
            item("3", "0.335", Some("20")),
            item("1.5", "10.01", Some("5.5")),
            item("1", "0.50", Some("20")),
            item("2", "4", None),
            item("1", "-1", Some("20")),
        ];
        let invoice = Invoice::parse(draft(items)).unwrap();
        let lines: Vec<i128> =
            invoice.content().items.iter().map(|item| invoice.amount(item)).collect();
        assert_eq!(lines, [101, 1502, 50, 800, -100]);
        let totals = invoice.totals();
        assert_eq!(totals.net, lines.iter().sum::<i128>());
        let rate = |raw| TaxRate::parse(raw).unwrap();
        assert_eq!(
            totals.taxes,
            [
                TaxShare { rate: rate("5.5"), net: 1502, tax: 83 },
                TaxShare { rate: rate("20"), net: 51, tax: 10 },
            ]
        );
        assert_eq!(totals.gross, 2353 + 83 + 10);
    }

    #[test]
    fn all_errors_are_reported_together() {
        let mut wrong = draft(Vec::new());
        wrong.due_date = Some(Date::parse("2026-11-20").unwrap());
        wrong.buyer.address = vec![Line::parse("x").unwrap(); MAX_ADDRESS + 1];
        let faults = Invoice::parse(wrong).unwrap_err();
        let fields: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["/data/items", "/data/buyer/address", "/data/due_date"]);
        assert!(Invoice::parse(draft(vec![item("1", "1", None); MAX_ITEMS])).is_ok());
        assert!(Invoice::parse(draft(vec![item("1", "1", None); MAX_ITEMS + 1])).is_err());
    }
}
