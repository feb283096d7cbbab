// How much work Swagger UI does until the first tag and to open an operation. The time of a machine decides no test,
// so the work is counted in a unit of the same browser: the time of a fixed loop.
const ui = require("./ui.cjs");

const RUNS = Number(process.env.RUNS ?? 3);
// Units; docs/PERFORMANCE.md has what was measured.
const BOUNDS = { page: 6, operation: 8 };
const OPERATIONS = ["tasks_list", "tasks_create", "products_list", "files_upload"];

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

// Seconds of work that a page has done so far.
async function meter(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  return async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return metrics.find(({ name }) => name === "TaskDuration").value;
  };
}

// A loop with what a page does: objects, strings, maps and garbage.
function loop() {
  let length = 0;
  for (let round = 0; round < 60; round++) {
    const rows = [];
    for (let i = 0; i < 2000; i++) rows.push({ id: i, name: `row ${(i * 7919) % 2003}`, tags: [`t${i % 7}`] });
    rows.sort((a, b) => (a.name < b.name ? -1 : 1));
    const known = new Map(rows.map((row) => [row.name, row]));
    length += JSON.stringify(JSON.parse(JSON.stringify([...known.values()]))).length;
  }
  return length;
}

async function speed(browser, faults) {
  const all = await ui.operations();
  const seen = { unit: [], page: [], operation: [] };
  for (let run = 0; run < RUNS; run++) {
    const page = await (await browser.newContext()).newPage();
    ui.watch(page, faults);
    const work = await meter(page);
    // A loop that runs for the first time is compiled on the way.
    await page.evaluate(loop);
    let before = await work();
    await page.evaluate(loop);
    seen.unit.push((await work()) - before);
    before = await work();
    await page.goto(`${ui.ALVEOLE_URL}/docs/`);
    await page.waitForSelector(".opblock-tag", { timeout: ui.PATIENCE });
    seen.page.push((await work()) - before);
    for (const operationId of OPERATIONS) {
      const operation = all.find((operation) => operation.operationId === operationId);
      await ui.openTag(page, operation.tag);
      await page.locator(`[id$="-${operationId}"]`).waitFor({ timeout: ui.PATIENCE });
      await page.waitForTimeout(300);
      before = await work();
      await ui.opened(page, operation);
      await page.waitForTimeout(300);
      seen.operation.push((await work()) - before);
    }
    await page.context().close();
  }
  const unit = median(seen.unit);
  console.log(`unit: ${unit.toFixed(3)} s`);
  for (const part of ["page", "operation"]) {
    const seconds = median(seen[part]);
    const units = seconds / unit;
    console.log(`${part}: ${seconds.toFixed(2)} s, ${units.toFixed(1)} units`);
    ui.check(units <= BOUNDS[part], `${part}: at most ${BOUNDS[part]} units of work`);
  }
}

module.exports = { speed };
