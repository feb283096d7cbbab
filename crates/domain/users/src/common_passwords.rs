//! The passwords that are tried first. What people choose most follows a few habits, so most of
//! them are known by rule and the rest by name. Everything here is in lower case.

/// Is this password, in lower case, among the first that anybody would try?
pub(crate) fn is_common(lower: &str) -> bool {
    COMMON.contains(&lower)
        || is_word_with_tail(lower)
        || is_run(lower)
        || is_repetition(lower)
        || is_keyboard_walk(lower)
}

/// A common word, then at most four digits, then at most two other characters: `Summer2024!`.
fn is_word_with_tail(lower: &str) -> bool {
    let trimmed = lower.trim_end_matches(|c: char| !c.is_alphanumeric());
    if lower.chars().count() - trimmed.chars().count() > 2 {
        return false;
    }
    let word = trimmed.trim_end_matches(|c: char| c.is_ascii_digit());
    trimmed.len() - word.len() <= 4 && (WORDS.contains(&word) || COMMON.contains(&word))
}

/// Each character the same distance from the one before it: `aaaaaaaa`, `abcdefgh`, `87654321`;
/// 0 follows 9, and a follows z.
fn is_run(lower: &str) -> bool {
    let follows = |a: char, b: char| match (a, b) {
        ('9', '0') | ('z', 'a') => true,
        _ => u32::from(b) == u32::from(a) + 1,
    };
    let pairs = || lower.chars().zip(lower.chars().skip(1));
    pairs().all(|(a, b)| a == b)
        || pairs().all(|(a, b)| follows(a, b))
        || pairs().all(|(a, b)| follows(b, a))
}

/// One to four characters again and again: `abcabcabc`, `12341234`.
fn is_repetition(lower: &str) -> bool {
    let count = lower.chars().count();
    (1..=4).any(|unit| {
        count >= 2 * unit && lower.chars().zip(lower.chars().skip(unit)).all(|(a, b)| a == b)
    })
}

/// Eight or more keys in the order of a keyboard, there or back.
fn is_keyboard_walk(lower: &str) -> bool {
    let back: String = lower.chars().rev().collect();
    lower.len() >= 8 && WALKS.iter().any(|walk| walk.contains(lower) || walk.contains(&back))
}

/// Along the rows and the columns of usual keyboards.
const WALKS: [&str; 14] = [
    "1234567890qwertyuiopasdfghjklzxcvbnm",
    "qwertyuiop1234567890",
    "qwertyuiop[]\\asdfghjkl;'zxcvbnm,./",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "qazwsxedcrfvtgbyhnujmikolp",
    "zaq1xsw2cde3vfr4bgt5nhy6mju7",
    "1a2s3d4f5g6h7j8k9l",
    "!@#$%^&*()_+",
    "!qaz@wsx#edc$rfv",
    "147258369963852741",
];

/// Words that are made long enough by a few digits.
#[rustfmt::skip] // many to a line
const WORDS: &[&str] = &[
    "abcd", "abc", "access", "admin", "administrator", "adrian", "alex", "alexander", "alexandra",
    "alice", "amanda", "amazon", "america", "andrea", "andrew", "angel", "angela", "angels",
    "animal", "anthony", "apple", "april", "arsenal", "asdf", "asdfg", "asdfgh", "asdfghjkl",
    "ashley", "august", "austin", "autumn", "babygirl", "bailey", "banana", "barcelona", "baseball",
    "basket", "batman", "beach", "bear", "beautiful", "benjamin", "berlin", "bigdog", "bitcoin",
    "black", "blessed", "blue", "bond", "boston", "brandon", "brian", "buddy", "bulldog", "buster",
    "butterfly", "camaro", "changeme", "charlie", "cheese", "chelsea", "chicago", "chicken",
    "chocolate", "chris", "christian", "classic", "coffee", "company", "compaq", "computer",
    "cookie", "corvette", "cowboy", "crystal", "daddy", "dallas", "daniel", "danielle", "david",
    "december", "default", "dexter", "diamond", "dolphin", "donald", "dragon", "eagle", "edward",
    "elephant", "elizabeth", "eminem", "emily", "england", "facebook", "falcon", "family", "father",
    "february", "ferrari", "fish", "flower", "football", "forever", "france", "freedom", "friday",
    "friend", "friends", "fuckyou", "gandalf", "garfield", "gateway", "george", "germany", "ginger",
    "golden", "golfer", "google", "guest", "guitar", "hannah", "happy", "harley", "heaven", "hello",
    "hockey", "home", "honda", "hunter", "iceman", "iloveyou", "internet", "jackson", "jaguar",
    "january", "jasmine", "jennifer", "jessica", "jesus", "john", "johnny", "jordan", "joseph",
    "joshua", "july", "june", "junior", "justin", "killer", "king", "kitten", "kitty", "knight",
    "lakers", "letmein", "liverpool", "login", "london", "love", "lovely", "lucky", "maggie",
    "manager", "march", "maria", "marina", "marine", "marlboro", "martin", "master", "matrix",
    "matthew", "maverick", "mercedes", "merlin", "mexico", "michael", "michelle", "mickey",
    "midnight", "miller", "minecraft", "monday", "money", "monika", "monkey", "monster", "morgan",
    "mother", "mustang", "naruto", "nascar", "newpass", "newyork", "nicholas", "nicole", "nintendo",
    "nothing", "november", "october", "office", "oliver", "orange", "pakistan", "panther", "paris",
    "parola", "pass", "passw0rd", "passwd", "password", "passwort", "patrick", "peaches", "peanut",
    "pepper", "peter", "phoenix", "player", "pokemon", "porsche", "prince", "princess", "private",
    "purple", "qazwsx", "qwer", "qwert", "qwerty", "qwertz", "rachel", "raiders", "rainbow",
    "ranger", "rebecca", "richard", "robert", "rocket", "root", "runner", "russia", "samantha",
    "samsung", "samuel", "sandra", "saturday", "school", "scooter", "scorpion", "secret",
    "security", "september", "server", "service", "sexy", "shadow", "shannon", "silver", "simple",
    "skywalker", "snoopy", "soccer", "sophie", "spider", "spiderman", "spring", "star", "starwars",
    "steelers", "steven", "student", "summer", "sunday", "sunny", "sunshine", "super", "superman",
    "support", "system", "taylor", "teacher", "temp", "tennis", "test", "tester", "testing",
    "thomas", "thunder", "thursday", "tiger", "tigers", "tigger", "toyota", "trustno", "tuesday",
    "turtle", "user", "vanessa", "victor", "victoria", "viking", "wednesday", "welcome", "whatever",
    "william", "winner", "winston", "winter", "wizard", "xbox", "yamaha", "yankees", "yellow",
    "zxcv", "zxcvbn", "zxcvbnm",
];

/// Common passwords of eight characters or more that no rule above knows.
#[rustfmt::skip] // many to a line
const COMMON: &[&str] = &[
    "00112233", "01012011", "09876543", "0987654321", "10203040", "11112222", "11223344",
    "1122334455", "123123123", "123321123", "1234567a", "123456789a", "12345678a", "1234qwer",
    "123654789", "123698745", "1236987450", "123abc123", "123qweasd", "123qweasdzxc", "12qwaszx",
    "13131313", "14725836", "147852369", "159357258", "159753456", "159753258", "19841984",
    "1g2w3e4r", "1password", "1qaz1qaz", "1qazxsw2", "1qazxsw23edc", "20202020", "212121212",
    "22446688", "3.1415926", "31415926", "321654987", "4815162342", "741852963", "77777778",
    "789456123", "7894561230", "87654321", "88888889", "963258741", "987456321", "987654321",
    "a1234567", "a12345678", "a123456789", "a1b2c3d4", "a1b2c3d4e5", "aa123456", "aaa11111",
    "aabbccdd", "abc12345", "abcd1234", "abcdef123", "access14", "adgjmptw", "admin123",
    "admin1234", "adminadmin", "adobe123", "alexander", "allstars", "america1", "anything",
    "applepie", "arsenal1", "asd123456", "asdasdasd", "asdf1234", "asdfasdf", "asdfghjk",
    "asdqwe123", "assassin", "asshole1", "azertyui", "baby1234", "babygirl", "backspace",
    "badboy123", "barbara1", "baseball", "basketball", "beautiful", "bigdaddy", "billabong",
    "bismillah", "blackcat", "blackjack", "blahblah", "blessing", "blink182", "bluebird",
    "bluesky1", "bubbles1", "bullshit", "burgers1", "business", "butterfly", "californ",
    "california", "capricorn", "carolina", "cartman1", "cassandra", "catherine", "champion",
    "changeit", "changeme", "charlene", "charles1", "charlie1", "cheaters", "chelsea1", "chevelle",
    "chocolate", "christin", "christina", "christine", "christopher", "cinderella", "cleopatr",
    "cocacola", "computer", "consumer", "courtney", "creative", "criminal", "darkness", "darkside",
    "darthvader", "deadpool", "dearbook", "december", "defender", "december1", "deftones",
    "delfines", "deutschland", "diamonds", "dickhead", "digital1", "direction", "discover",
    "dolphins", "domination", "dontknow", "doraemon", "download", "dragonball", "drowssap",
    "dumbledore", "earthlink", "einstein", "eldorado", "electric", "elizabeth", "eminem12",
    "enterprise", "everlast", "everyday", "excalibur", "exchange", "explorer", "fantasia",
    "fatboy12", "fernando", "fireball", "firebird", "firefighter", "fireman1", "florence",
    "flowers1", "fluffy12", "football", "forever1", "forgetit", "formula1", "fountain", "francesco",
    "francisco", "frankie1", "freedom1", "freepass", "freeuser", "friendly", "friends1", "fuckfuck",
    "fuckoff1", "fucku123", "fuckyou1", "g00dpass", "galatasaray", "gangster", "garfield",
    "genesis1", "gfhjkm123", "ghbdtnbr", "giovanni", "godisgood", "godzilla", "goldfish",
    "goodluck", "graduate", "grandma1", "grateful", "greenday", "guinness", "guitar12", "hacker12",
    "hallo123", "hallohallo", "hamilton", "handsome", "hardcore", "harrypotter", "hawaii50",
    "heather1", "hello123", "hellohello", "hellokitty", "hesoyam1", "hollywood", "homepage",
    "hotstuff", "houston1", "i love you", "iamthebest", "idontknow", "ihateyou", "iloveme1",
    "ilovegod", "ilovejesus", "iloveyou", "iloveyou2", "iloveyou!", "imissyou", "imperial",
    "infantry", "infinity", "inuyasha", "ironman1", "isabella", "jackass1", "jamesbond", "january1",
    "jeremiah", "jessica1", "jesuschrist", "jesus123", "johncena", "jonathan", "jordan23",
    "juventus", "kamikaze", "kangaroo", "kathleen", "katherine", "kawasaki", "kimberly", "kingkong",
    "kristina", "ladybug1", "lacrosse", "lasvegas", "lawrence", "leonardo", "letmein1",
    "letmein123", "letmeinn", "liberty1", "lifehack", "lightning", "linkedin", "liverpool",
    "lol12345", "lollipop", "lollypop", "loveless", "lovelove", "loveme12", "loverboy", "loveyou1",
    "loveyou2", "ludacris", "macdaddy", "macintosh", "madison1", "magnolia", "manchester",
    "manutd123", "margaret", "marlboro", "marseille", "marshall", "masterkey", "maximus1",
    "mazdarx7", "mercedes", "metallica", "michael1", "michelle", "microsoft", "midnight",
    "millions", "minecraft", "mistress", "mitchell", "mohammed", "monalisa", "montana1", "montreal",
    "moonlight", "motdepasse", "motocross", "motorola", "mountain", "muhammad", "muhammed",
    "mustang1", "mymother", "mypassword", "myspace1", "napoleon", "nathalie", "national",
    "newcastle", "newlife1", "newyork1", "nicholas", "nightmare", "ninja123", "nirvana1",
    "nokia6300", "nopassword", "november", "october1", "oblivion", "octopus1", "omsairam",
    "onelove1", "operator", "override", "p@$$w0rd", "p@ssw0rd", "p@ssword", "pa$$word", "pa55w0rd",
    "pa55word", "paradise", "paramore", "parisparis", "pass1234", "passpass", "passport",
    "passw0rd", "passwort", "password", "passwordpassword", "patricia", "patriots", "pavilion",
    "peterpan", "picasso1", "pineapple", "platinum", "playboy1", "playstation", "poohbear",
    "porn1234", "portugal", "positive", "postgres", "predator", "princesa", "princess", "princess1",
    "professor", "punkrock", "q1w2e3r4", "q1w2e3r4t5", "qazwsx123", "qazwsxedc", "qwaszx12",
    "qwe123qwe", "qwe12345", "qweasd123", "qweasdzxc", "qweqweqwe", "qwer1234", "qwert123",
    "qwert12345", "qwerty12", "qwerty123", "qwerty12345", "qwerty123456", "qwertyui", "rammstein",
    "rasputin", "realmadrid", "redskins", "redsox04", "remember", "renegade", "revolution",
    "ricardo1", "rockstar", "rockyou1", "rolltide", "ronaldo7", "rootroot", "rush2112", "salasana",
    "salvador", "samantha", "samsung1", "santiago", "savannah", "scarface", "schalke04", "scorpion",
    "scotland", "sebastian", "secret12", "secret123", "sexy1234", "shadow12", "shannon1",
    "sheridan", "showtime", "sigmachi", "skateboard", "skittles", "slipknot", "smokeweed",
    "snickers", "snowball", "snowboard", "snowflake", "softball", "something", "sometime",
    "southside", "spartacus", "spiderman", "spitfire", "spongebob", "squirrel", "srinivas",
    "standard", "stargate", "starlight", "startrek", "starwars", "stephanie", "strawberry",
    "student1", "stupid12", "summer12", "sunflower", "sunshine", "superman", "superstar",
    "swordfish", "sysadmin", "teddybear", "telephone", "tennessee", "tequiero", "terminator",
    "test1234", "testpass", "testtest", "theman12", "theresa1", "thething", "thuglife", "thunder1",
    "tinkerbell", "titanic1", "tokiohotel", "toor1234", "tottenham", "trinity1", "triumph1",
    "troubles", "trustme1", "trustno1", "twilight", "undertaker", "universal", "university",
    "vacation", "valentina", "valentine", "vampires", "veronica", "victoria", "volkswagen",
    "voyager1", "warcraft", "warhammer", "warriors", "washington", "waterfall", "webmaster",
    "welcome1", "welcome123", "westside", "whatever", "whiteboy", "wildcats", "william1",
    "windows1", "windows10", "wolfgang", "wolverine", "woodland", "wrestling", "xxxxxxxx",
    "yankees1", "yellow12", "yourmom1", "yugioh12", "z1x2c3v4", "zaq12wsx", "zaq1zaq1", "zeppelin",
    "zxc12345", "zxcvbnm1", "zxczxczxc",
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_lists_are_in_lower_case_and_name_nothing_twice() {
        for list in [COMMON, WORDS] {
            let set: BTreeSet<&str> = list.iter().copied().collect();
            assert_eq!(set.len(), list.len());
            assert!(list.iter().all(|word| *word == word.to_lowercase()));
        }
        assert!(COMMON.iter().all(|word| word.chars().count() >= 8));
        let ends_in_digit = |word: &&str| word.ends_with(|c: char| c.is_ascii_digit());
        assert!(!WORDS.iter().any(ends_in_digit), "a tail would eat the digit");
        assert!(COMMON.len() >= 300, "{}", COMMON.len());
    }

    #[test]
    fn habits_are_known_by_rule() {
        for common in [
            "aaaaaaaa",
            "................",
            "abcdefgh",
            "uvwxyzab",
            "hgfedcba",
            "12345678",
            "1234567890",
            "0123456789",
            "9876543210",
            "abcabcabc",
            "12341234",
            "xyxyxyxyx",
            "qwertyui",
            "poiuytrewq",
            "asdfghjkl",
            "lkjhgfdsa",
            "1q2w3e4r5t",
            "zxcvbnm,",
            "azertyuiop",
            "summer2024",
            "dragon99",
            "password1234",
            "welcome!!",
            "welcome2026!",
            "letmein123",
            "monkey12",
        ] {
            assert!(is_common(common), "{common}");
        }
    }

    #[test]
    fn what_no_habit_explains_is_let_pass() {
        for fine in [
            "correct horse battery staple",
            "a second long walk",
            "password12345x",
            "summer20245",
            "dragon!!!",
            "abcdefgz",
            "12345679",
            "abcdeabcde1",
            "qwertyux",
            "пароль пароль",
            "tr0ub4dor&3",
            "日本語の長い言葉です",
        ] {
            assert!(!is_common(fine), "{fine}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_judgement_panic(raw in ".{0,130}") {
            let _ = is_common(&raw);
        }

        #[test]
        fn a_word_and_its_year_is_common(index in 0..WORDS.len(), year in 1900..2100_u32) {
            let word = WORDS[index];
            let raw = format!("{word}{year}");
            proptest::prop_assert!(is_common(&raw));
        }
    }
}
