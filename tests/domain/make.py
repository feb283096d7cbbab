#!/usr/bin/env python3
"""Writes a new domain: its crates, stores, migrations, tests and journeys, and its lines in shared files.

    tests/domain/make.py NAME [SINGULAR]        recipes recipe

`templates/` holds the domain `bookmarks` file by file, as it will stand in the repository. NAME is its plural
in lower case, which is also the path of the resource; SINGULAR is NAME without its last s by default.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TEMPLATES = pathlib.Path(__file__).resolve().parent / "templates"
WORD = re.compile(r"[a-z]{2,30}")
# Words that Rust or the templates use for something else.
TAKEN = set("""
    alloc app core crypto flows kernel memory rest std test tests
    as async await box break const continue crate do dyn else enum extern final fn for gen if impl in let loop macro
    match mod move mut override priv pub ref return self static struct super trait try type union unsafe use virtual
    where while yield
    actor answer app body caller case change clock code command content cursor delivery domain error event export
    fixture id item key kit list module name new note number outcome owner page people policy port problem query
    record reply request resource result row service status store table tag text title tx user value version word work
""".split())


def fail(why):
    sys.exit(f"make domain: {why}")


class Names:
    def __init__(self, plural, singular):
        self.plural, self.singular = plural, singular
        pairs = [("bookmark", singular), ("bookmarks", plural)]
        self.words = {}
        for old, new in pairs:
            for form in (str.lower, str.capitalize, str.upper):
                self.words[form(old)] = form(new)
        self.article = "an" if singular[0] in "aeio" else "a"

    def files(self):
        """The files of the domain with their templates."""
        templates = sorted(path for path in TEMPLATES.rglob("*") if path.is_file())
        paths = {self.fill(str(path.relative_to(TEMPLATES))): path for path in templates}
        return {path: template for path, template in paths.items() if not path.startswith("migrations/")}

    def fill(self, text):
        """The text of a template with this domain's names in it."""
        text = re.sub(r"\b([Aa]) (?=`?[Bb]ookmark\b)", lambda m: m[1] + self.article[1:] + " ", text)
        # Longest first, so that a plural is never read as a singular and an s.
        pattern = "|".join(sorted(self.words, key=len, reverse=True))
        return re.sub(pattern, lambda m: self.words[m[0]], text)


class Shared:
    """A file that every domain has lines in. Each edit names the place; a place that is gone is an error."""

    def __init__(self, path):
        self.path = path
        self.lines = (ROOT / path).read_text().split("\n")

    def find(self, pattern, start=0):
        for at in range(start, len(self.lines)):
            if re.search(pattern, self.lines[at]):
                return at
        fail(f"{self.path} has no line like {pattern!r} any more: adapt tests/domain/make.py")

    def insert(self, at, text):
        self.lines[at:at] = text.rstrip("\n").split("\n")
        return self

    def after_last(self, pattern, text, section=None):
        """Behind the last line like `pattern`, in a section of a TOML file or in the whole file."""
        start, end = 0, len(self.lines)
        if section:
            start = self.find(re.escape(section)) + 1
            end = next((n for n in range(start, end) if self.lines[n].startswith("[")), end)
        found = [n for n in range(start, end) if re.search(pattern, self.lines[n])]
        if not found:
            fail(f"{self.path} has no line like {pattern!r} any more: adapt tests/domain/make.py")
        return self.insert(found[-1] + 1, text)

    def before_end(self, opening, closing, text):
        """As the last entry of the list that a line like `opening` begins and one like `closing` ends."""
        return self.insert(self.find(closing, self.find(opening) + 1), text)

    def save(self):
        (ROOT / self.path).write_text("\n".join(self.lines))
        print(f"  edited   {self.path}")


def run(*command):
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        fail(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return done.stdout


def migrations(names):
    """A pair under a new version, listed with its checksums."""
    made = run(sys.executable, "tests/migrations.py", "new", names.plural)
    for path in re.findall(r"^migrations/\S+", made, re.M):
        _, engine, _, file = path.split("/")
        (ROOT / path).write_text(names.fill((TEMPLATES / "migrations" / engine / file).read_text()))
    run(sys.executable, "tests/migrations.py", "list")
    print(f"  written  migrations/{{sqlite,postgres}}/*_{names.plural}")


def new_files(names):
    for path, template in names.files().items():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(names.fill(template.read_text()))
        print(f"  written  {path}")


def shared_files(names):
    """The shared files with their new lines, not saved yet."""
    plural, singular, fill = names.plural, names.singular, names.fill

    cargo = Shared("Cargo.toml")
    for folder, package in (("domain", plural), ("rest", f"rest-{plural}")):
        line = f'alveole-{package} = {{ path = "crates/{folder}/{plural}" }}'
        cargo.after_last(rf'^alveole-.* path = "crates/{folder}/', line, "[workspace.dependencies]")

    permission = Shared("crates/kernel/src/permission.rs")
    permission.before_end(r"^permissions! \{", r"^\}", fill('''\
    BookmarksRead: User, "bookmarks:read", "Read your own bookmarks.";
    BookmarksWrite: User, "bookmarks:write", "Create, change and delete your own bookmarks.";'''))

    optional = "alveole-{} = {{ workspace = true, optional = true }}"
    on = f'#[cfg(feature = "{plural}")]\n'

    def feature(manifest, line):
        """As the last domain among the features, and among the default ones."""
        at = manifest.find(r'"products"')
        manifest.lines[at] = manifest.lines[at].replace('"products"', f'"products", "{plural}"')
        manifest.insert(manifest.find(r"^(products = .*\]|\])$", manifest.find(r"^products = ")) + 1, line)

    shared = [cargo, permission]
    for adapter in ("memory", "diesel"):
        manifest = Shared(f"crates/adapters/{adapter}/Cargo.toml")
        kit = f'alveole-{plural} = {{ workspace = true, features = ["kit"] }}'
        manifest.after_last(r"^alveole-[a-z]+(\.| = \{ )workspace", optional.format(plural), "[dependencies]")
        feature(manifest, f'{plural} = ["dep:alveole-{plural}"]')
        manifest.after_last(r"^alveole-[a-z]+ = .*\"kit\"", kit, "[dev-dependencies]")
        domains = Shared(f"crates/adapters/{adapter}/src/domains.rs")
        domains.after_last(r"^(pub\(crate\) )?mod \w+;$", on + f'#[path = "{plural}/mod.rs"]\nmod {plural};')
        domains.before_end(r"^kernel::faces!\(", r"^\);", "    " + on + fill('''\
    ::bookmarks::BookmarksTx {
        bookmarks: ::bookmarks::BookmarkStore,
    }'''))
        tests = Shared(f"crates/adapters/{adapter}/tests/it/main.rs")
        if adapter == "memory":
            domains.before_end(r"struct DomainTables", r"^\}",
                               "    " + on + fill("    pub(crate) bookmarks: bookmarks::BookmarksTables,"))
            tests.insert(tests.find(r"^    libtest_mimic::run"), fill('''\
    all.extend(trials("bookmarks", bookmarks::kit::CASES, || {
        let db = MemoryDb::new();
        let people = ["ada", "grace"].map(|name| db.add_person(name).unwrap());
        bookmarks::kit::Fixture { work: db, people: people.to_vec() }
    }));'''))
        else:
            tests.insert(tests.find(r"^        trials\.extend\(engines::trials"), fill('''\
        trials.extend(kit(engine, "bookmarks", bookmarks::kit::CASES, |fixture| {
            let db = fixture.ready();
            let (people, _) = people(&db);
            bookmarks::kit::Fixture { work: db, people }
        }));'''))
        shared += [manifest, domains, tests]

    app = Shared("crates/app/Cargo.toml")
    app.after_last(r"^alveole-rest-[a-z]+ = ", optional.format(f"rest-{plural}"), "[dependencies]")
    app.after_last(r"^alveole-(?!rest|adapter)[a-z]+ = ", optional.format(plural), "[dependencies]")
    feature(app, f'{plural} = ["dep:alveole-{plural}", "dep:alveole-rest-{plural}", "alveole-adapter-diesel/{plural}"]')

    modules = Shared("crates/app/src/modules.rs")
    complete = modules.find(r'^ +feature = "products"', modules.find(r"^pub const COMPLETE"))
    modules.lines[complete] = modules.lines[complete].replace(
        'feature = "products"', f'feature = "products", feature = "{plural}"')
    modules.before_end(r"^pub fn descriptions", r"^    \]", "        " + on + fill("        rest_bookmarks::description(),"))
    modules.before_end(r"let all: Vec<rest::Module> = vec!\[", r"^ +\];", "            " + on + fill(
        "            rest_bookmarks::module(std::sync::Arc::new(bookmarks::Bookmarks::new($db.clone(), "
        "$clock.clone()))),"))

    journeys = Shared("tests/tests/e2e/main.rs")
    journeys.after_last(r"^mod \w+;$", f"mod {plural};")
    text = (TEMPLATES / "tests/tests/e2e/bookmarks.rs").read_text()
    cases = re.findall(r"^pub\(crate\) fn (\w+)\(backend", fill(text), re.M)
    listed = "".join(f"        {case},\n" for case in cases)[:-2]
    journeys.before_end(r"= journeys! \{", r"^\};", f"    {plural}:\n{listed};")

    config = Shared("crates/app/src/config.rs")
    config.insert(config.find(r"^];", config.find(r"^const ABSENT")),
                  f'    #[cfg(not(feature = "{plural}"))]\n    ("{plural}", &["{plural}."]),')

    return [*shared, app, modules, config, journeys]


def main(arguments):
    if not 1 <= len(arguments) <= 2:
        fail("usage: make domain name=recipes [singular=recipe]")
    plural = arguments[0]
    singular = arguments[1] if len(arguments) == 2 else plural.removesuffix("s")
    if plural == singular:
        fail(f"say the singular of {plural}: make domain name={plural} singular=…")
    libraries = re.findall(r"^([a-z0-9_-]+) = ", (ROOT / "Cargo.toml").read_text(), re.M)
    for word in (plural, singular):
        if not WORD.fullmatch(word) or word in TAKEN or word in libraries:
            fail(f"{word!r} must be a word of small letters that is not used for something else")
    names = Names(plural, singular)
    for path in names.files():
        if (ROOT / path).exists():
            fail(f"{path} exists")
    print(f"The domain {plural} (one {singular}):")
    # Each place in a shared file is found before anything is written.
    shared = shared_files(names)
    new_files(names)
    migrations(names)
    for file in shared:
        file.save()
    run("cargo", "fmt", "--all")
    run("cargo", "update", "--workspace", "--offline")
    print(f"{len(shared)} shared files edited. Next: make golden, read its diff, then make test.\n"
          f"Write what {plural} are into the two README files and CHANGELOG.md; CONTRIBUTING.md has the check list.")


main(sys.argv[1:])
