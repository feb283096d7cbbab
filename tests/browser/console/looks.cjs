// Each screen in both themes, three languages, narrow, and with longer words: pictures, axe, and no sideways scrolling.
const { ALVEOLE_EMAIL, ALVEOLE_PASSWORD, axe, check, noSideways, open, shot, signIn } = require("./kit.cjs");

const SCREENS = ["", "tasks", "files", "notifications", "notifications?tab=preferences", "chat", "products", "catalogue", "catalogue?tab=categories", "monitoring", "monitoring?tab=rules", "users", "services", "services?tab=roles", "audit", "jobs", "jobs?tab=schedules",
  "jobs?tab=queues", "webhooks", "settings", "explorer/tasks_create", "account", "account?tab=security", "account?tab=tokens", "gallery"];

async function settle(page) {
  await page.waitForSelector("main h1");
  await page.waitForFunction(() => !document.querySelector("main .skeleton") || location.pathname.endsWith("gallery"));
  await page.waitForTimeout(100);
}

async function go(page, where) {
  await page.evaluate((address) => {
    history.pushState(null, "", `/console/${address}`);
    dispatchEvent(new PopStateEvent("popstate"));
  }, where);
  await page.waitForTimeout(50);
  await settle(page);
}

const name = (where) => where.replace(/\W+/g, "-") || "overview";

async function prefer(page, key, value) {
  await page.evaluate(([stored, text]) => localStorage.setItem(stored, text), [`alveole.${key}`, value]);
}

function themed(theme) {
  return async (make) => {
    const page = await (await make({ colorScheme: theme })).newPage();
    await open(page);
    await page.waitForSelector("input[name=password]");
    check((await page.evaluate(() => document.documentElement.dataset.theme)) === theme, "the theme is that of the system");
    await shot(page, `sign-in-${theme}`);
    await axe(page, `sign-in, ${theme}`);
    await signIn(page, ALVEOLE_EMAIL, ALVEOLE_PASSWORD);
    for (const where of SCREENS) {
      await go(page, where);
      await shot(page, `${name(where)}-${theme}`);
      // Only contrast depends on the theme.
      await axe(page, `${name(where)}, ${theme}`, theme === "dark" ? ["color-contrast"] : undefined);
    }
  };
}

function spoken(language) {
  return async (make) => {
    const page = await (await make()).newPage();
    await open(page);
    await prefer(page, "language", language);
    await signIn(page, ALVEOLE_EMAIL, ALVEOLE_PASSWORD);
    for (const where of SCREENS) {
      await go(page, where);
      await shot(page, `${name(where)}-${language}`);
      await noSideways(page, `${name(where)}, ${language}`);
    }
    check((await page.evaluate(() => document.documentElement.lang)) === language, "the language of the page is said");
  };
}

module.exports = {
  light: themed("light"),
  dark: themed("dark"),
  french: spoken("fr"),
  chinese: spoken("zh-Hans"),
  "longer words": spoken("en-XA"),
  async narrow(make) {
    const page = await (await make({ viewport: { width: 320, height: 640 }, hasTouch: true })).newPage();
    await open(page);
    await page.waitForSelector("input[name=password]");
    await noSideways(page, "sign-in");
    await signIn(page, ALVEOLE_EMAIL, ALVEOLE_PASSWORD);
    for (const where of [...SCREENS, "tasks?open=1", "users?open=1"]) {
      await go(page, where);
      await shot(page, `${name(where)}-320`);
      await noSideways(page, name(where));
    }
    await open(page, "");
    await settle(page);
    await page.click("button[aria-label=Menu]");
    await page.waitForSelector(".side.open");
    await shot(page, "menu-320");
  },
  async "a cold start"(make) {
    const page = await (await make()).newPage();
    await open(page);
    await page.waitForSelector("input[name=password]");
    const first = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0);
    check(first > 0, "something is painted");
    // The time of a machine decides no test; docs/PERFORMANCE.md has what was measured.
    console.log(`    the first screen in ${Math.round(first)} ms (goal: 1000)`);
  },
  async "a hundred rows"(make) {
    const page = await (await make()).newPage();
    await signIn(page, ALVEOLE_EMAIL, ALVEOLE_PASSWORD, "tasks?limit=100");
    await page.waitForFunction(() => document.querySelectorAll("tbody tr .open").length === 100);
    // The rows are there already when another screen leads back. In time of the browser's main thread:
    // others share the machine.
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("Performance.enable");
    const used = async () => {
      const { metrics } = await devtools.send("Performance.getMetrics");
      return metrics.filter(({ name }) => /^(Script|Layout|RecalcStyle)Duration$/.test(name)).reduce((sum, { value }) => sum + value * 1000, 0);
    };
    const tries = [];
    for (let at = 0; at < 5; at += 1) {
      await go(page, "audit");
      const before = await used();
      await page.evaluate(() => new Promise((resolve) => {
        history.pushState(null, "", "/console/tasks?limit=100");
        dispatchEvent(new PopStateEvent("popstate"));
        const look = () => requestAnimationFrame(() => (document.querySelectorAll("tbody tr .open").length === 100 ? setTimeout(resolve) : look()));
        look();
      }));
      tries.push((await used()) - before);
    }
    tries.sort((a, b) => a - b);
    console.log(`    a hundred rows in ${Math.round(tries[0])} ms at best, ${Math.round(tries[2])} ms in the middle (goal: 50)`);
  },
};
