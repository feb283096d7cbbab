//! Typing errors that are made from words are understood.

use search::{
    Dictionary,
    typos::{ONE_EDIT, TWO_EDITS},
};

const WORDS: &str = "administrator aluminium apartment backup bicycle blanket bluetooth bracelet calendar camera candle \
    carpet category ceramic charger children chocolate coffee computer contract cotton curtain customer database delivery \
    department document dressing electric elephant envelope equipment festival furniture garden graphic hammer headphones \
    holiday hospital invoice jacket keyboard kitchen ladder language leather library machine magazine material medicine \
    message meeting mirror monitor mountain network notebook orange package password pencil picture planet platform \
    pottery printer product project quality receipt recipe refrigerator report review saddle schedule scissors security \
    shelter shipping silver smartphone software speaker station storage summer support surface tablet telephone \
    temperature ticket toaster travel umbrella vacuum vehicle village volume warehouse warranty weather website widget \
    window winter wireless workshop electricite reunion equipe facture boisson journal chapeau fenetre";

/// A sequence of numbers that is always the same.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}

fn mistyped(word: &str, numbers: &mut Numbers) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    let at = numbers.below(letters.len());
    let other = char::from(b'a' + numbers.below(26) as u8);
    match numbers.below(4) {
        0 => letters.insert(at, other),
        1 => drop(letters.remove(at)),
        2 => letters.splice(at..=at, [other]).for_each(drop),
        _ => {
            let next = (at + 1).min(letters.len() - 1);
            letters.swap(at, next);
        }
    }
    letters.into_iter().collect()
}

#[test]
fn generated_typing_errors_are_understood() {
    let words: Vec<&str> = WORDS.split_whitespace().collect();
    let mut dictionary = Dictionary::default();
    dictionary.add(words.iter().map(|word| (*word).to_owned()));
    let mut numbers = Numbers(7);
    let (mut tried, mut missed) = (0, Vec::new());
    for word in &words {
        for edits in 1..=2 {
            for _ in 0..10 {
                let typed =
                    (0..edits).fold((*word).to_owned(), |one, _| mistyped(&one, &mut numbers));
                let least = if edits == 1 { ONE_EDIT } else { TWO_EDITS };
                if typed.chars().count() < least || typed == *word {
                    continue;
                }
                tried += 1;
                if !dictionary.meant(&typed).iter().any(|(near, _)| near == word) {
                    missed.push(format!("{typed} for {word}"));
                }
            }
        }
    }
    assert!(tried > 1000, "{tried}");
    assert!(missed.len() * 20 <= tried, "{} of {tried}: {missed:?}", missed.len());
}
