//! The codes of integrations.

use rest::codes::{Code, code};

/// In alphabetical order.
pub const CODES: &[Code] = &[
    code("integrations.city_invalid", 400, "City not valid", "`city` has 1 to 100 characters."),
    code(
        "integrations.currency_invalid",
        400,
        "Currency not valid",
        "`currency` has 2 to 10 letters or digits, such as USD.",
    ),
    code(
        "integrations.language_invalid",
        400,
        "Language not valid",
        "A language is a tag such as en, fr or pt-BR.",
    ),
    code(
        "integrations.language_unsupported",
        422,
        "Language not supported",
        "The provider does not translate from or to this language.",
    ),
    code(
        "integrations.not_configured",
        503,
        "No provider configured",
        "A setting is missing; `detail` names it.",
    ),
    code(
        "integrations.refused",
        422,
        "Refused by the provider",
        "The provider does not take this request.",
    ),
    code(
        "integrations.symbol_invalid",
        400,
        "Symbol not valid",
        "`symbol` has 1 to 30 letters, digits, '-', '_' or '.'.",
    ),
    code(
        "integrations.text_invalid",
        400,
        "Text not valid",
        "`text` has 1 to 500 characters in a query and 1 to 5 000 in a body.",
    ),
    code(
        "integrations.unavailable",
        503,
        "No provider answers",
        "`Retry-After` says when it is worth trying again.",
    ),
    code(
        "integrations.unknown_city",
        404,
        "No such city",
        "No provider knows a city of this name.",
    ),
    code(
        "integrations.unknown_symbol",
        404,
        "No such price",
        "No provider knows the symbol, or not in this currency.",
    ),
];
