//! The passwords that are tried first.
//!
//! `zxcvbn` knows 30 000 common passwords, names, words, dates and keyboard walks with their ranks,
//! and estimates after how many guesses an attacker who knows them arrives at a password. A password
//! of rank n is guessed with at most n guesses, so the 3 000 commonest are far below the bound.

use zxcvbn::zxcvbn;

/// A password that is guessed with fewer tries is refused: the 100 tries a minute that one account
/// allows strangers would get there in a week.
const GUESSES_MIN: u64 = 1_000_000;
/// How much of a password is judged, in characters: the estimate of a text of 100 can take seconds,
/// of 32 at most as long as hashing it. A longer password is at least as hard as its beginning.
const JUDGED: usize = 32;

/// Whether a password, in any case, is guessed too soon. May take as long as hashing it.
pub(crate) fn is_common(password: &str) -> bool {
    let lower: String = password.chars().take(JUDGED).collect::<String>().to_lowercase();
    zxcvbn(&lower, &[]).guesses() < GUESSES_MIN
}

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf, process::Command};

    use super::*;

    /// The folder of the library's sources.
    fn library() -> PathBuf {
        // Packages of other systems need not have been fetched.
        let system = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
        let metadata = Command::new(env!("CARGO"))
            .args(["metadata", "--format-version=1", "--offline", "--locked"])
            .args(["--filter-platform", &system])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        let metadata: serde_json::Value = serde_json::from_slice(&metadata.stdout).unwrap();
        let packages = metadata["packages"].as_array().unwrap();
        let package = packages.iter().find(|package| package["name"] == "zxcvbn").unwrap();
        let manifest = PathBuf::from(package["manifest_path"].as_str().unwrap());
        manifest.parent().unwrap().to_owned()
    }

    #[test]
    fn the_3000_commonest_passwords_are_refused_in_any_case() {
        let source = fs::read_to_string(library().join("src/frequency_lists.rs")).unwrap();
        let (_, list) = source.split_once("const PASSWORDS: &str = \"").unwrap();
        let (list, _) = list.split_once('"').unwrap();
        let top: Vec<&str> = list.split(',').take(3000).collect();
        assert_eq!((top.len(), top[..2].to_vec()), (3000, vec!["123456", "password"]));
        let long = top.iter().filter(|common| (8..=128).contains(&common.chars().count()));
        let mut count = 0;
        for common in long {
            assert!(is_common(common), "{common}");
            assert!(is_common(&common.to_uppercase()), "{common}");
            count += 1;
        }
        assert!(count > 800, "{count}");
    }

    #[test]
    fn habits_are_refused() {
        for habit in [
            "aaaaaaaa",
            "................",
            "abcdefgh",
            "hgfedcba",
            "1234567890",
            "9876543210",
            "abcabcabc",
            "12341234",
            "qwertyui",
            "poiuytrewq",
            "1q2w3e4r5t6y",
            "zxcvbnm,",
            "azertyuiop",
            "summer2024",
            "Sommer2025",
            "dragon99",
            "Password123!",
            "P@ssw0rd",
            "Passw0rd!",
            "welcome!!",
            "letmein123",
            "changeme",
            "admin1234",
            "iloveyou!",
            "motdepasse",
            "passwort1",
        ] {
            assert!(is_common(habit), "{habit}");
        }
        assert!(is_common(&"1".repeat(128)) && is_common(&"ab".repeat(64)));
    }

    #[test]
    fn good_passwords_are_taken() {
        for good in [
            "correct horse battery staple",
            "a second long walk",
            "another good password",
            "what a nice long sentence",
            "le chat dort sur le toit",
            "Kaffee-um-halb-acht",
            "winter garden paradox 42",
            "horse-battery",
            "tr0ub4dor&3",
            "x7Qm2vRt",
            "vK9#pLq2",
            "пароль пароль",
            "日本語の長い言葉です",
        ] {
            assert!(!is_common(good), "{good}");
        }
        assert!(!is_common(&"my dog ate the blue lamp ".repeat(5)));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_judgement_panic(raw in ".{0,40}") {
            let _ = is_common(&raw);
        }
    }
}
