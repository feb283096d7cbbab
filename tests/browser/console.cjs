// The console in a real browser. usage: node console.cjs ADDRESS [WALK …]
//
// ADDRESS serves the API and /console/. ALVEOLE_EMAIL, ALVEOLE_PASSWORD: its super_admin. CHROMIUM: the browser.
// SETUP_TOKEN: of a server without administrators, which the first walk then makes. SHOTS: a folder for pictures; those
// of the README are in docs/images. The server's limits for sign-ins have to be raised (rate_limit.auth,
// rate_limit.anon): the walks sign in more often than a person does.
const { context, launch, prepare } = require("./console/kit.cjs");

const { setup, ...door } = require("./console/door.cjs");
const WALKS = { ...(process.env.SETUP_TOKEN && { "first administrator": setup }), ...door, ...require("./console/work.cjs"), ...require("./console/operate.cjs"), ...require("./console/looks.cjs") };

async function main() {
  const asked = process.argv.slice(3);
  const names = asked.length ? asked : Object.keys(WALKS);
  const browser = await launch();
  const began = Date.now();
  const failed = [];
  const one = async (name) => {
    const at = Date.now();
    const contexts = [];
    const make = async (options) => {
      const fresh = await context(browser, options);
      contexts.push(fresh);
      return fresh;
    };
    try {
      await WALKS[name](make);
      const faults = contexts.flatMap((each) => each.faults);
      if (faults.length) throw new Error(`the page complained:\n  ${faults.join("\n  ")}`);
      console.log(`ok: ${name} (${((Date.now() - at) / 1000).toFixed(1)} s)`);
    } catch (error) {
      failed.push(name);
      const faults = contexts.flatMap((each) => each.faults);
      console.error(`FAILED: ${name}: ${error.stack ?? error}${faults.length ? `\n  ${faults.join("\n  ")}` : ""}`);
      for (const [at, each] of contexts.entries()) {
        const page = each.pages()[0];
        if (process.env.SHOTS && page) await page.screenshot({ path: `${process.env.SHOTS}/failed-${name}-${at}.png` }).catch(() => undefined);
      }
    } finally {
      for (const each of contexts) await each.close();
    }
  };
  // Three at a time: they wait more than they work.
  const queue = [...names];
  if (process.env.SETUP_TOKEN) await one(queue.shift());
  await prepare();
  await Promise.all([1, 2, 3].map(async () => {
    for (let name = queue.shift(); name; name = queue.shift()) await one(name);
  }));
  await browser.close();
  console.log(`${names.length - failed.length} of ${names.length} walks in ${((Date.now() - began) / 1000).toFixed(0)} s`);
  process.exit(failed.length ? 1 : 0);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
